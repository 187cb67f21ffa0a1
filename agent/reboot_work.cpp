/// From the request's file to the reboot.
#include "agent/reboot_work.hpp"

#include <optional>

#include "agent/config/load.hpp"
#include "agent/node_files.hpp"
#include "agent/reboot_host.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/log.hpp"

namespace kgnode {
namespace {

/// Once: what was cut off is not begun anew by itself.
Result<std::optional<k3s::RebootWish>> take_request(sys::Files& files) {
  const auto text = TRY(files.read(kRebootRequest));
  if (!text) return std::nullopt;
  TRY(files.remove(kRebootRequest));
  return TRY(k3s::parse_reboot_wish(*text));
}

Result<> carry_out(sys::Files& files) {
  const auto wish = TRY(take_request(files));
  const auto loaded = TRY(config::load_file(files, kConfig));
  const k3s::Say say = [&files](std::string_view line) {
    sys::log(sys::Level::notice, line);
    (void)files.replace(kRebootProgress, std::string(line) + "\n", 0644);  // it is only shown
  };
  // A node without a configuration is in no cluster.
  const auto config = loaded.config ? *loaded.config : config::Config{};
  RealRebootHost host(config, wish ? wish->within : k3s::RebootWish{}.within);
  return wish ? k3s::reboot_in_cluster(*wish, host, files, say) : k3s::take_back(host, files, say);
}

}  // namespace

int run_reboot_work() {
  sys::RealFiles files;
  const auto done = carry_out(files);
  const auto said = done ? std::string() : done.error().message();
  if (!done) sys::log(sys::Level::error, said);
  if (const auto told = files.replace(kRebootResult, said + "\n", 0644); !told)
    sys::log(sys::Level::error, told.error().message());
  return done ? 0 : 1;
}

}  // namespace kgnode
