#pragma once
/// What we changed on this node and what was there before, so that it can be given back.
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"

namespace kgnode::core {

class Owned {
 public:
  virtual ~Owned() = default;

  /// key -> value before our first change; nullopt: it did not exist.
  using Entries = std::map<std::string, std::optional<std::string>>;
  virtual Entries of(std::string_view domain) const = 0;

  /// Call before the change. The first value wins; on disk (fsync) when this returns.
  virtual Result<> remember(std::string_view domain, std::string_view key,
                            const std::optional<std::string>& before) = 0;
  /// Call after the value was given back.
  virtual Result<> forget(std::string_view domain, std::string_view key) = 0;
};

}  // namespace kgnode::core
