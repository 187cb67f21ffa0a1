/// Owned state as one JSON file, replaced whole at each change.
#include "agent/state/owned_file.hpp"

#include <utility>

#include <boost/json.hpp>

namespace kgnode::state {
namespace json = boost::json;
namespace {

constexpr std::size_t kSizeLimit = std::size_t{16} << 20;

Error damaged(const std::string& path, const std::string& what) {
  return Error::plain(
      "\"" + path + "\" is damaged: " + what +
      "; what was changed on this node is no longer known, so nothing will be given "
      "back: move the file away to go on");
}

Result<core::Owned::Entries> parse_entries(const json::object& object, const std::string& path) {
  core::Owned::Entries entries;
  for (const auto& [key, before] : object) {
    if (before.is_string()) {
      entries[std::string(key)] = std::string(before.get_string());
    } else if (before.is_null()) {
      entries[std::string(key)] = std::nullopt;
    } else {
      return fail(damaged(path, "a value is neither a string nor null"));
    }
  }
  return entries;
}

}  // namespace

Result<OwnedFile> OwnedFile::load(sys::Files& files, std::string path) {
  const auto text = TRY(files.read(path, kSizeLimit));
  Domains domains;
  if (!text) return OwnedFile(files, std::move(path), std::move(domains));
  boost::system::error_code error;
  const auto root = json::parse(*text, error);
  if (error || !root.is_object()) return fail(damaged(path, "not a JSON object"));
  for (const auto& [domain, entries] : root.get_object()) {
    if (!entries.is_object()) return fail(damaged(path, "a domain is not an object"));
    domains[std::string(domain)] = TRY(parse_entries(entries.get_object(), path));
  }
  return OwnedFile(files, std::move(path), std::move(domains));
}

core::Owned::Entries OwnedFile::of(std::string_view domain) const {
  const auto it = domains_.find(domain);
  return it == domains_.end() ? Entries{} : it->second;
}

Result<> OwnedFile::remember(std::string_view domain, std::string_view key,
                             const std::optional<std::string>& before) {
  auto next = domains_;
  if (!next[std::string(domain)].try_emplace(std::string(key), before).second) return {};
  TRY(save(next));
  domains_ = std::move(next);
  return {};
}

Result<> OwnedFile::forget(std::string_view domain, std::string_view key) {
  auto next = domains_;
  const auto it = next.find(domain);
  if (it == next.end() || it->second.erase(std::string(key)) == 0) return {};
  TRY(save(next));
  domains_ = std::move(next);
  return {};
}

Result<> OwnedFile::save(const Domains& domains) {
  json::object root;
  for (const auto& [domain, entries] : domains) {
    json::object known;
    for (const auto& [key, before] : entries)
      known[key] = before ? json::value(*before) : json::value(nullptr);
    root[domain] = std::move(known);
  }
  return files_->replace(path_, json::serialize(root) + "\n", 0600);
}

}  // namespace kgnode::state
