#pragma once
/// K3s' program put in place, K3s restarted with it, and the way back when the node does not get
/// ready. Each step is recorded before and after it: what was cut off goes on with the same
/// command.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"
#include "agent/core/module.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::k3s {

constexpr auto kInstallRecord = "/var/lib/kgnode/k3s-install.json";

/// `fetch`: beside the program, checked. `swap`: under its name. `back`: the one that was there is
/// in place and runs again, because the new one did not get ready.
enum class InstallStep : std::uint8_t { fetch, swap, restart, ready, back };
std::string_view to_string(InstallStep step);

struct InstallRecord {
  std::string sha256;   // of the new program
  std::string version;  // that it says
  InstallStep step = InstallStep::fetch;
  bool done = false;
  std::string trouble;  // why it did not get ready
  bool operator==(const InstallRecord&) const = default;

  bool finished() const {
    return done && (step == InstallStep::ready || step == InstallStep::back);
  }
};
std::string to_text(const InstallRecord& record);
Result<std::optional<InstallRecord>> read_install_record(sys::Files& files);

/// What is done to the node; the tests have one of their own. Each may be called again.
class InstallHost {
 public:
  virtual ~InstallHost() = default;
  /// Everything that can be refused, and nothing is changed; the version of what was fetched.
  virtual Result<std::string> fetch(const std::string& sha256) = 0;
  /// Nothing when it is in place already. false: there was none before.
  virtual Result<bool> swap(const std::string& sha256) = 0;
  virtual Result<> swap_back() = 0;
  /// false: K3s has not been started here yet, and there is nothing to wait for.
  virtual Result<bool> restart() = 0;
  /// Until the node is ready with this version; empty: that of the program in place.
  virtual Result<> wait_until_ready(const std::string& version) = 0;
  /// Other servers may restart.
  virtual Result<> let_others() = 0;
};

/// Whether it is the same deed that goes on. An Error: another one is to be finished first.
Result<InstallRecord> choose_install(const std::optional<InstallRecord>& known,
                                     const std::string& sha256);

/// Of one that was cut off, or that did not get ready. nullopt: there is nothing to say.
std::optional<core::Finding> install_finding(sys::Files& files);

/// `say` gets what was done, a line each.
Result<> carry_out(InstallRecord record, InstallHost& host, sys::Files& files,
                   const std::function<void(std::string_view)>& say);

}  // namespace kgnode::k3s
