/// What is known of each snapshot.
#include "k3s/snapshot/book.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <boost/json.hpp>

#include "k3s/snapshot/json.hpp"

namespace kgnode::k3s {
namespace {

namespace json = boost::json;

constexpr std::chrono::days kGoodFor{7};
constexpr std::array kFits = {std::pair{TokenFit::fits, std::string_view("fits")},
                              std::pair{TokenFit::other, std::string_view("other")},
                              std::pair{TokenFit::unknown, std::string_view("unknown")}};

std::int64_t to_number(Time time) { return time.time_since_epoch().count(); }

json::object to_json(const Rehearsal& one) {
  json::array bootstraps;
  for (const auto& digits : one.found.content.bootstraps) bootstraps.emplace_back(digits);
  return {{"name", one.file.name},
          {"size", one.file.size},
          {"changed", one.file.changed},
          {"taken", to_number(one.taken())},
          {"looked", to_number(one.looked)},
          {"hash_ok", one.found.hash_ok},
          {"error", one.found.error},
          {"buckets", one.found.content.buckets},
          {"keys", one.found.content.keys},
          {"revision", one.found.content.revision},
          {"bootstraps", std::move(bootstraps)},
          {"token", to_string(one.token)},
          {"proven", one.proven()},
          {"trouble", one.trouble()}};
}

std::optional<TokenFit> parse_fit(std::string_view text) {
  const auto* const known = std::ranges::find(kFits, text, &decltype(kFits)::value_type::second);
  return known == kFits.end() ? std::nullopt : std::optional(known->first);
}

/// nullopt: not as to_json() wrote it.
std::optional<Rehearsal> from_json(const json::value& value) {
  if (!value.is_object()) return std::nullopt;
  const auto& object = value.get_object();
  bool whole = true;
  const auto count = [&object, &whole](std::string_view key) {
    const auto number = number_at(object, key);
    whole = whole && number && *number >= 0;
    return number.value_or(0);
  };
  const auto unsigned_count = [&count](std::string_view key) {
    return static_cast<std::uint64_t>(count(key));
  };
  const auto name = text_at(object, "name");
  const auto changed = number_at(object, "changed");
  const auto hash_ok = truth_at(object, "hash_ok");
  const auto error = text_at(object, "error");
  const auto token = parse_fit(text_at(object, "token").value_or(""));
  if (!name || !changed || !hash_ok || !error || !token) return std::nullopt;
  Rehearsal one{.file = {.name = *name, .size = unsigned_count("size"), .changed = *changed},
                .looked = Time(std::chrono::seconds(count("looked"))),
                .found = {.hash_ok = *hash_ok,
                          .error = *error,
                          .content = {.buckets = unsigned_count("buckets"),
                                      .keys = unsigned_count("keys"),
                                      .revision = unsigned_count("revision"),
                                      .bootstraps = texts_at(object, "bootstraps")}},
                .token = *token};
  return whole ? std::optional(std::move(one)) : std::nullopt;
}

bool is_older(const Rehearsal& one, const Rehearsal& other) {
  return std::pair(one.taken(), one.file.name) < std::pair(other.taken(), other.file.name);
}

const Rehearsal* find(const SnapshotBook& book, const SnapshotFile& file) {
  const auto found = std::ranges::find(book.snapshots, file, &Rehearsal::file);
  return found == book.snapshots.end() ? nullptr : &*found;
}

TokenFit fit_of(const Rehearsal& one, std::string_view digits) {
  if (digits.empty() || !one.found.error.empty()) return TokenFit::unknown;
  return std::ranges::contains(one.found.content.bootstraps, digits) ? TokenFit::fits
                                                                     : TokenFit::other;
}

}  // namespace

std::string_view to_string(TokenFit fit) {
  return std::ranges::find(kFits, fit, &decltype(kFits)::value_type::first)->second;
}

std::string Rehearsal::trouble() const {
  if (!found.error.empty()) return found.error;
  if (token == TokenFit::other) return "it belongs to another server token";
  if (token == TokenFit::unknown) return "the server token could not be read";
  return {};
}

std::string to_text(const SnapshotBook& book) {
  json::array list;
  for (const auto& one : book.snapshots) list.push_back(to_json(one));
  return json::serialize(
             json::object{{"looked", to_number(book.looked)}, {"snapshots", std::move(list)}}) +
         "\n";
}

Result<SnapshotBook> parse_book(std::string_view text) {
  const auto damaged = [] {
    return fail(Error::plain(std::string(kSnapshotBook) + " is damaged: remove it"));
  };
  const auto root = parse_object(text);
  const auto looked = root ? number_at(*root, "looked") : std::nullopt;
  const auto* list = root ? root->if_contains("snapshots") : nullptr;
  if (!looked || list == nullptr || !list->is_array()) return damaged();
  SnapshotBook book{.looked = Time(std::chrono::seconds(*looked)), .snapshots = {}};
  for (const auto& value : list->get_array()) {
    auto one = from_json(value);
    if (!one) return damaged();
    book.snapshots.push_back(*std::move(one));
  }
  return book;
}

std::vector<SnapshotFile> to_look_at(const SnapshotBook& book, std::vector<SnapshotFile> files,
                                     Time now) {
  std::erase_if(files, [&book, now](const SnapshotFile& file) {
    const auto* known = find(book, file);
    // A clock that was set back makes nothing old.
    const bool fresh = known != nullptr && known->looked <= now && now - known->looked < kGoodFor;
    return fresh || !taken_at(file.name);
  });
  std::ranges::sort(files, {}, [](const SnapshotFile& file) { return taken_at(file.name); });
  return files;
}

void add(SnapshotBook& book, Rehearsal rehearsal) {
  std::erase_if(book.snapshots, [&rehearsal](const Rehearsal& known) {
    return known.file.name == rehearsal.file.name;
  });
  const auto place = std::ranges::upper_bound(book.snapshots, rehearsal, is_older);
  book.snapshots.insert(place, std::move(rehearsal));
}

void tidy(SnapshotBook& book, const std::vector<SnapshotFile>& files, std::string_view digits) {
  std::erase_if(book.snapshots, [&files](const Rehearsal& known) {
    return !std::ranges::contains(files, known.file.name, &SnapshotFile::name);
  });
  for (auto& one : book.snapshots) one.token = fit_of(one, digits);
}

std::vector<SnapshotGroup> group(const std::vector<SnapshotFile>& files, std::string_view node) {
  std::map<std::string, SnapshotGroup> groups;
  for (const auto& file : files) {
    const auto taken = taken_at(file.name);
    if (!taken) continue;
    const auto base = std::string(base_of(file.name, node));
    auto& one =
        groups.try_emplace(base, SnapshotGroup{.base = base, .oldest = *taken}).first->second;
    ++one.count;
    one.size += file.size;
    one.oldest = std::min(one.oldest, *taken);
  }
  std::vector<SnapshotGroup> list;
  for (auto& [base, one] : groups) list.push_back(std::move(one));
  return list;
}

const Rehearsal* newest_proven(const SnapshotBook& book) {
  const auto found = std::ranges::find_if(book.snapshots.rbegin(), book.snapshots.rend(),
                                          [](const Rehearsal& one) { return one.proven(); });
  return found == book.snapshots.rend() ? nullptr : &*found;
}

}  // namespace kgnode::k3s
