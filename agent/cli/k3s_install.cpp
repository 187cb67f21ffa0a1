/// `kgnode k3s install`.
#include "agent/cli/k3s_install.hpp"

#include <unistd.h>

#include <format>
#include <print>

#include "agent/base/text.hpp"
#include "agent/cli/k3s_install_host.hpp"
#include "agent/config/load.hpp"
#include "agent/node_files.hpp"
#include "agent/sys/files.hpp"
#include "k3s/snapshot/restore.hpp"

namespace kgnode::cli {
namespace {

Result<> install(const InstallRequest& request) {
  if (::geteuid() != 0) return fail(Error::plain("only root may do this: use sudo"));
  const auto sha256 = to_lower(request.sha256);
  constexpr std::size_t kDigits = 64;
  if (sha256.size() != kDigits || sha256.find_first_not_of("0123456789abcdef") != std::string::npos)
    return fail(Error::plain(
        "--sha256 takes 64 hexadecimal digits: K3s' release has them in sha256sum-amd64.txt"));
  sys::RealFiles files;
  auto loaded = TRY(config::load_file(files, kConfig));
  if (!loaded.config)
    return fail(Error::plain(std::format("{} has errors: kgnode check names them", kConfig)));
  if (k3s::restore_is_under_way(files))
    return fail(Error::plain("a restore is under way on this server: finish that first"));
  const auto known = TRY(k3s::read_install_record(files));
  const auto record = TRY(k3s::choose_install(known, sha256));
  if (record.step != k3s::InstallStep::fetch)
    std::println("the installation of {} goes on", record.version);
  RealInstallHost host(*loaded.config, request.source);
  return k3s::carry_out(record, host, files,
                        [](std::string_view line) { std::println("done    {}", line); });
}

}  // namespace

int install_k3s(const InstallRequest& request) {
  const auto done = install(request);
  if (done) return 0;
  std::println(stderr, "kgnode: {}", done.error().message());
  return 1;
}

}  // namespace kgnode::cli
