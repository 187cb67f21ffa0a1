#pragma once
/// Carries out the steps of a restore.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/sys/files.hpp"
#include "k3s/snapshot/restore.hpp"

namespace kgnode::k3s {

/// What is done to the node; the tests have one of their own. Each may be called again.
class RestoreHost {
 public:
  virtual ~RestoreHost() = default;
  /// K3s, and a reset that an earlier command left running.
  virtual Result<> stop() = 0;
  virtual Result<> configure() = 0;
  /// What K3s printed.
  virtual Result<std::string> reset(const RestoreRecord& record) = 0;
  /// The names in server/db.
  virtual Result<std::vector<std::string>> list_databases() = 0;
  /// server/db under another name, which is returned; empty: there is none.
  virtual Result<std::string> move_database() = 0;
  virtual Result<> start() = 0;
  virtual Result<> wait_until_ready() = 0;
};

/// From the step that is next to the last one. `say` gets what was done, a line each. An Error is
/// recorded too, and the step is begun anew the next time.
Result<> carry_out(RestoreRecord record, RestoreHost& host, sys::Files& files,
                   const std::function<void(std::string_view)>& say);

}  // namespace kgnode::k3s
