/// What the units of an image do: write an update, go back, judge a boot.
#include "agent/slot_work.hpp"

#include <algorithm>
#include <format>
#include <memory>
#include <thread>

#include <boost/json.hpp>

#include "agent/api/client.hpp"
#include "agent/base/text.hpp"
#include "agent/slots/bundle.hpp"
#include "agent/slots/gate.hpp"
#include "agent/slots/record.hpp"
#include "agent/slots/running.hpp"
#include "agent/slots/target.hpp"
#include "agent/slots/writer.hpp"
#include "agent/sys/boot.hpp"
#include "agent/sys/byte_source.hpp"
#include "agent/sys/disk_access.hpp"
#include "agent/sys/disks_table.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/log.hpp"
#include "agent/sys/real_disks.hpp"
#include "agent/sys/run_child.hpp"

namespace kgnode {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using slots::Outcome, slots::Record;
using sys::Level;

constexpr std::uint64_t kReportEvery = std::uint64_t{8} << 20;  // bytes

class DiskTable final : public slots::Table {
 public:
  Result<> name(const std::string& disk, unsigned partition, const std::string& uuid,
                const std::string& label) override {
    const auto open = TRY(sys::open_disk({}, disk, sys::Access::shared));
    return sys::name_partition(open, partition, uuid, label);
  }
};

Result<std::vector<sys::PublicKey>> read_keys(sys::Files& files) {
  const auto text = TRY(files.read(slots::kKeysFile));
  auto keys = slots::parse_keys(text.value_or(""));
  if (!keys) return fail(std::move(keys).error().in(slots::kKeysFile));
  if (keys->empty())
    return fail(Error::plain(
        std::format("{} has no key that updates are accepted from", slots::kKeysFile)));
  return keys;
}

void report_progress(sys::Files& files, const slots::Progress& progress) {
  static std::uint64_t reported = 0;
  if (progress.done < reported + kReportEvery && progress.done < progress.total) return;
  reported = progress.done;
  (void)files.replace(slots::kProgressPath, slots::to_text(progress), 0644);  // it is only shown
}

/// The values of an answer that may be anything; null when there is none.
const json::value& at(const json::value& answer, std::string_view key) {
  static const json::value kNone;
  const auto* object = answer.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(key);
  return found == nullptr ? kNone : *found;
}

std::string text_at(const json::value& answer, std::string_view key) {
  const auto* text = at(answer, key).if_string();
  return text == nullptr ? "unknown" : std::string(*text);
}

Result<slots::NodeWord> ask_node() {
  const auto health = TRY(api::call({.target = "/v1/health", .limit = 5s})).body;
  const auto cluster = TRY(api::call({.target = "/v1/cluster", .limit = 5s})).body;
  const auto* healthy = at(health, "healthy").if_bool();
  const auto* nodes = at(cluster, "nodes").if_array();
  const auto is_alive = [](const json::value& node) { return text_at(node, "state") == "alive"; };
  return slots::NodeWord{.healthy = healthy != nullptr && *healthy,
                         .phase = text_at(health, "phase"),
                         .reason = text_at(health, "reason"),
                         .hears_peers = nodes != nullptr && std::ranges::any_of(*nodes, is_alive)};
}

struct Update {
  std::unique_ptr<sys::ByteSource> source;
  slots::Bundle bundle;
  slots::Places places;
};

/// Everything that can be refused before anything is changed.
Result<Update> prepare(sys::Files& files, const std::string& name, const slots::Running& running) {
  Update update{.source = TRY(sys::open_bytes(name))};
  const auto keys = TRY(read_keys(files));
  update.bundle = TRY(slots::open_bundle(*update.source, keys));
  sys::RealDisks disks;
  const auto devices = TRY(disks.list());
  const auto found = TRY(slots::find_slots(devices, running));
  TRY(slots::check_update(update.bundle.manifest, running, found.other));
  update.places = {.disk = found.disk,
                   .root = found.other.root->path,
                   .verity = found.other.verity->path,
                   .root_number = found.other.root->partition,
                   .verity_number = found.other.verity->partition,
                   .entries = slots::kEntriesFolder,
                   .running = running.version};
  return update;
}

Result<> write_slot(sys::Files& files, const std::string& name) {
  const auto running = TRY(slots::read_running(files));
  const auto update = TRY(prepare(files, name, running));
  slots::RecordFile file(files);
  const auto before = TRY(file.load());
  Record record{.version = update.bundle.manifest.version,
                .from = running.version,
                .boot_id = TRY(sys::read_boot_id()),
                .outcome = Outcome::writing,
                .rollback_index = before ? before->rollback_index : 0};
  TRY(file.save(record));
  sys::log(Level::notice, std::format("writing version {} to {} and {}", record.version,
                                      update.places.root, update.places.verity));
  // What cannot be asked is not asked of the new version either.
  if (const auto word = ask_node()) {
    record.was_ready = word->phase == "ready";
    record.heard_peers = word->hears_peers;
  }
  DiskTable table;
  const auto written = slots::write_update(
      *update.source, update.bundle, update.places, table,
      [&files](const slots::Progress& progress) { report_progress(files, progress); });
  record.outcome = written ? Outcome::written : Outcome::broken_off;
  if (!written) record.reason = written.error().message();
  TRY(file.save(record));
  return written;
}

/// An entry without tries left is the last that is booted.
slots::Entry without_tries(const slots::Entry& entry) {
  return {.version = entry.version, .tries_left = 0, .tries_done = entry.tries_done + 1};
}

Result<> go_back(sys::Files& files) {
  const auto running = TRY(slots::read_running(files));
  if (running.root_hash.empty())
    return fail(Error::plain("this node does not run from an image with two slots"));
  const auto entries = TRY(slots::list_entries(slots::kEntriesFolder));
  const auto other = TRY(slots::check_rollback(entries, running));
  const auto* own = slots::find_entry(entries, running.version);
  if (own == nullptr)
    return fail(Error::plain(std::format("{} has no entry of the running version {}",
                                         slots::kEntriesFolder, running.version)));
  TRY(slots::change_entry(slots::kEntriesFolder, *own, without_tries(*own)));
  slots::RecordFile file(files);
  const auto before = TRY(file.load());
  sys::log(Level::notice, std::format("the next boot is version {}", other));
  return file.save({.version = running.version,
                    .from = other,
                    .boot_id = TRY(sys::read_boot_id()),
                    .outcome = Outcome::rolled_back,
                    .reason = "an operator went back to " + other,
                    .rollback_index = before ? before->rollback_index : 0});
}

Result<> carry_out(sys::Files& files) {
  const auto text = TRY(files.read(kSlotRequest)).value_or("");
  const auto request = trim(text);
  constexpr std::string_view kWrite = "write ";
  if (request.starts_with(kWrite))
    return write_slot(files, std::string(request.substr(kWrite.size())));
  if (request == "rollback") return go_back(files);
  return fail(Error::plain(std::format("{} has no request: use kgnode upgrade", kSlotRequest)));
}

std::string wait_for_health(std::chrono::seconds limit, const std::optional<Record>& record,
                            const slots::Running& running) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto word = ask_node();
    auto trouble =
        word ? slots::trouble_of(*word, record, running) : std::string(word.error().message());
    if (trouble.empty() || std::chrono::steady_clock::now() >= end) return trouble;
    std::this_thread::sleep_for(2s);
  }
}

Result<bool> judge(sys::Files& files, std::chrono::seconds limit) {
  slots::Boot boot{.running = TRY(slots::read_running(files)), .boot_id = TRY(sys::read_boot_id())};
  if (boot.running.root_hash.empty()) return true;  // no image: there is nothing to judge
  slots::RecordFile file(files);
  const auto record = TRY(file.load());
  boot.trouble = wait_for_health(limit, record, boot.running);
  const auto entries = TRY(slots::list_entries(slots::kEntriesFolder));
  const auto judgement = slots::judge_boot(boot, record, entries);
  if (judgement.record) TRY(file.save(*judgement.record));
  if (boot.trouble.empty()) return true;
  if (!judgement.give_up) {
    sys::log(Level::error, std::format("not healthy within {}, and there is no other slot to go "
                                       "back to: {}",
                                       limit, boot.trouble));
    return false;
  }
  sys::log(Level::error, std::format("version {} is not healthy within {}: {}; going back to the "
                                     "other slot",
                                     boot.running.version, limit, boot.trouble));
  TRY(slots::change_entry(slots::kEntriesFolder, *judgement.give_up,
                          without_tries(*judgement.give_up)));
  const auto asked = TRY(sys::run_child({.argv = {"/usr/bin/systemctl", "--no-block", "reboot"}}));
  if (asked.status == 0) return false;
  return fail(Error::plain(std::format(
      "the node does not reboot by itself ({}): reboot it, and the other slot is booted",
      printable(trim(asked.err)))));
}

}  // namespace

int run_slot_work() {
  sys::RealFiles files;
  const auto done = carry_out(files);
  const auto said = done ? std::string() : done.error().message();
  if (!done) sys::log(Level::error, said);
  if (const auto told = files.replace(kSlotResult, said + "\n", 0644); !told)
    sys::log(Level::error, told.error().message());
  return done ? 0 : 1;
}

int run_health_gate(std::chrono::seconds limit) {
  sys::RealFiles files;
  const auto healthy = judge(files, limit);
  if (!healthy) sys::log(Level::error, healthy.error().message());
  return healthy && *healthy ? 0 : 1;
}

}  // namespace kgnode
