#pragma once
/// Owned state in /var/lib/kgnode/owned.json.
#include <map>
#include <string>

#include "agent/core/owned.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::state {

class OwnedFile final : public core::Owned {
 public:
  /// A damaged file is an error: guessing what was there before would give back the wrong value.
  static Result<OwnedFile> load(sys::Files& files, std::string path);

  Entries of(std::string_view domain) const override;
  Result<> remember(std::string_view domain, std::string_view key,
                    const std::optional<std::string>& before) override;
  Result<> forget(std::string_view domain, std::string_view key) override;

 private:
  using Domains = std::map<std::string, Entries, std::less<>>;
  OwnedFile(sys::Files& files, std::string path, Domains domains)
      : files_(&files), path_(std::move(path)), domains_(std::move(domains)) {}
  Result<> save(const Domains& domains);

  sys::Files* files_;
  std::string path_;
  Domains domains_;
};

}  // namespace kgnode::state
