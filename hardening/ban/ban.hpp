#pragma once
/// Who attacks is kept out. The engine decides on bans as lines come in; this domain sees to it
/// that it works by the configuration, that the kernel holds what it should, that block lists are
/// in force, and that nobody is banned who must not be.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.hpp"
#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/config/config.hpp"
#include "agent/core/module.hpp"
#include "agent/sys/files.hpp"
#include "hardening/ban/book.hpp"
#include "hardening/ban/engine.hpp"
#include "hardening/ban/never.hpp"

namespace kgnode::hardening {

class Bans {
 public:
  static constexpr std::string_view kName = "ban";

  struct Desired {
    config::Ban settings;
    std::vector<ban::Never> never;  // without this node's addresses
    bool operator==(const Desired&) const = default;
  };

  /// A block list as it is on disk.
  struct ListFile {
    std::string path;
    std::size_t fingerprint = 0;
    std::string error;  // why it cannot be used
    bool operator==(const ListFile&) const = default;
  };

  struct Observed {
    std::vector<Address> own;                   // this node's addresses
    std::optional<config::Ban> settings;        // by which the engine works
    std::vector<ban::Never> never;              // the same
    std::vector<ListFile> files;                // those that are wanted
    std::map<std::string, std::size_t> loaded;  // block lists in force, with their fingerprints
    std::vector<Prefix> banned;
    bool in_kernel = false;
    std::vector<core::Finding> troubles;  // of the parts
    bool operator==(const Observed&) const = default;
  };

  struct Work {
    config::Ban settings;
    std::vector<ban::Never> never;
    bool operator==(const Work&) const = default;
  };
  struct Fill {
    SourceBits bits;
    bool operator==(const Fill&) const = default;
  };
  struct LoadLists {
    std::vector<std::string> read;  // anew
    std::vector<std::string> keep;
    std::vector<ban::Never> never;
    bool operator==(const LoadLists&) const = default;
  };
  struct Lift {
    Prefix source;
    std::string reason;
    bool operator==(const Lift&) const = default;
  };
  using Step = std::variant<Work, Fill, LoadLists, Lift>;

  struct Parts {
    ban::Engine& engine;
    ban::Book& book;
    sys::Files& files;
    const Clock& clock;
    std::function<Result<std::vector<Address>>()> list_addresses;
    std::function<std::string()> why_late;  // lines are noticed late; empty: they are not
  };
  explicit Bans(Parts parts) : parts_(std::move(parts)) {}

  static Desired desired(const config::Config& config);
  Task<Result<Observed>> observe(const Desired& want);
  static std::vector<Step> plan(const Desired& want, const Observed& have);
  static std::vector<core::Finding> findings(const Desired& want, const Observed& have);
  Task<Result<>> apply(const Step& step);
  static core::StepView view(const Step& step);
  static std::vector<std::string> watch_paths(const Desired& want);

 private:
  /// One block list in force.
  struct Loaded {
    std::size_t fingerprint = 0;
    std::vector<Prefix> networks;
    std::vector<std::string> problems;
  };

  ListFile look_at(const std::string& path);
  std::vector<core::Finding> troubles() const;
  Result<> carry_out(const Work& step);
  Result<> carry_out(const Fill& step);
  Result<> carry_out(const LoadLists& step);
  Result<> carry_out(const Lift& step);
  Result<Loaded> load(const std::string& path);

  Parts parts_;
  std::map<std::string, Loaded> lists_;
  std::vector<std::string> spared_;  // entries of block lists that would hit who is never banned
};

}  // namespace kgnode::hardening
