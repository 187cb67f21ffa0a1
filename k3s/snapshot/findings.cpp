/// What the doctor says of snapshots.
#include "k3s/snapshot/findings.hpp"

#include <algorithm>
#include <format>

namespace kgnode::k3s {
namespace {

using core::Finding;
using core::FindingKind;

constexpr std::size_t kNamed = 5;  // damaged ones beyond that are counted
constexpr auto kTakeOne = "kgnode k3s snapshot takes one now and says whether it can be restored";

Finding judge_newest(const SnapshotBook& book, Time now) {
  Finding finding{.id = "k3s.snapshot.newest", .text = {}, .remedy = kTakeOne};
  const auto* newest = newest_proven(book);
  if (newest == nullptr) {
    finding.text = "no snapshot of etcd is proven restorable";
    return finding;
  }
  const auto age = now - newest->taken();
  const auto proof = std::format(
      "{}, {} old: its hash is right, all {} keys up to revision {} "
      "were read, the server token opens it",
      newest->file.name, show_age(age), newest->found.content.keys, newest->found.content.revision);
  if (age > kProvenWithin || age < -kLookedWithin) {
    finding.text = "the last one proven restorable is " + proof;
    return finding;
  }
  return {.id = finding.id, .kind = FindingKind::pass, .text = proof, .remedy = {}};
}

void add_damaged(const SnapshotBook& book, std::vector<Finding>& findings) {
  std::size_t damaged = 0;
  for (const auto& one : book.snapshots) {
    if (one.found.error.empty() || ++damaged > kNamed) continue;
    findings.push_back(
        {.id = "k3s.snapshot." + one.file.name,
         .text = std::format("{} cannot be restored: {}", one.file.name, one.found.error),
         .remedy = std::format("look at the disk, take another one with kgnode k3s snapshot, then "
                               "k3s etcd-snapshot delete {}",
                               one.file.name)});
  }
  if (damaged > kNamed)
    findings.push_back({.id = "k3s.snapshot.damaged",
                        .text = std::format("{} snapshots cannot be restored", damaged),
                        .remedy = "kgnode k3s snapshots lists them; look at the disk"});
}

void add_foreign(const SnapshotBook& book, std::vector<Finding>& findings) {
  const auto foreign = std::ranges::count(book.snapshots, TokenFit::other, &Rehearsal::token);
  if (foreign == 0) return;
  findings.push_back({.id = "k3s.snapshot.other_token",
                      .text = std::format("{} of {} snapshots belong to another server token",
                                          foreign, book.snapshots.size()),
                      .remedy = "keep the token that the cluster had then: restoring them takes it "
                                "with --token-file"});
}

Finding judge_token(const SnapshotFacts& facts) {
  Finding finding{.id = "k3s.snapshot.token", .text = {}, .remedy = {}};
  if (facts.operator_key.empty()) {
    finding.text =
        "the server token, without which no snapshot can be restored, is kept nowhere "
        "but on the servers";
    finding.remedy = "make a key with kgnode k3s snapshot-key and set k3s.snapshots.operator_key";
    return finding;
  }
  const auto* newest = facts.book ? newest_proven(*facts.book) : nullptr;
  const auto is_its_own = [newest, &facts](const SealedToken& token) {
    return token.snapshot == newest->file.name && token.key == facts.operator_key;
  };
  if (newest != nullptr && std::ranges::any_of(facts.sealed, is_its_own)) {
    finding.kind = FindingKind::pass;
    finding.text = std::format("{}/{}{} is sealed for the operator", kTokenFolder,
                               newest->file.name, kSealedSuffix);
    return finding;
  }
  finding.text = "the server token is not sealed for the operator yet";
  finding.remedy =
      "systemctl start kgnode-snapshot.service does it, and its log says what keeps it";
  return finding;
}

}  // namespace

std::vector<Finding> snapshot_findings(const SnapshotFacts& facts) {
  std::vector<Finding> findings;
  const auto looked = facts.book ? facts.book->looked : Time();
  if (const auto age = facts.now - looked; age > kLookedWithin || age < -kLookedWithin) {
    findings.push_back(
        {.id = "k3s.snapshot.looked",
         .kind = FindingKind::unknown,
         .text = facts.book ? std::format("the snapshots were looked at last {} ago", show_age(age))
                            : "the snapshots were not looked at yet",
         .remedy = "systemctl status kgnode-snapshot.timer kgnode-snapshot.service"});
  }
  if (facts.book) {
    findings.push_back(judge_newest(*facts.book, facts.now));
    add_damaged(*facts.book, findings);
    add_foreign(*facts.book, findings);
  }
  findings.push_back(judge_token(facts));
  return findings;
}

Result<SnapshotFacts> read_snapshot_facts(sys::Files& files, const config::Snapshots& config,
                                          Time now) {
  SnapshotFacts facts{
      .sealed = TRY(read_sealed(files)), .operator_key = config.operator_key, .now = now};
  const auto text = TRY(files.read(kSnapshotBook));
  auto book = text ? parse_book(*text) : Result<SnapshotBook>(fail(Error::plain("")));
  if (book) facts.book = *std::move(book);
  return facts;
}

}  // namespace kgnode::k3s
