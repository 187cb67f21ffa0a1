#pragma once
/// Owned state in memory, with a log of what was remembered and forgotten.
#include <map>
#include <string>
#include <vector>

#include "agent/core/owned.hpp"

namespace test {

struct FakeOwned final : kgnode::core::Owned {
  std::map<std::string, Entries, std::less<>> entries;
  std::vector<std::string> log;

  Entries of(std::string_view domain) const override {
    auto it = entries.find(domain);
    return it == entries.end() ? Entries{} : it->second;
  }
  kgnode::Result<> remember(std::string_view domain, std::string_view key,
                            const std::optional<std::string>& before) override {
    log.push_back("remember " + std::string(key));
    entries[std::string(domain)].try_emplace(std::string(key), before);
    return {};
  }
  kgnode::Result<> forget(std::string_view domain, std::string_view key) override {
    log.push_back("forget " + std::string(key));
    entries[std::string(domain)].erase(std::string(key));
    return {};
  }
};

}  // namespace test
