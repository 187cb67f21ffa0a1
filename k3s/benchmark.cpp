/// What the CIS benchmark asks of the files that K3s made, and of how it was started.
#include <algorithm>
#include <array>
#include <format>
#include <iterator>

#include "k3s/join/paths.hpp"
#include "k3s/k3s.hpp"

namespace kgnode::k3s {
namespace {

constexpr auto kEtcdConfig = "/var/lib/rancher/k3s/server/db/etcd/config";
constexpr auto kEncryptionConfig = "/var/lib/rancher/k3s/server/cred/encryption-config.json";
/// Since 1.32 most of what K3s wants of the kubelet is here and not on its command line.
constexpr auto kKubeletFolder = "/var/lib/rancher/k3s/agent/etc/kubelet.conf.d";

/// The paths that there are of one with a "*" in its last part.
Result<std::vector<std::string>> expand(sys::Files& files, const std::string& pattern) {
  const auto star = pattern.find('*');
  if (star == std::string::npos) return std::vector{pattern};
  const auto folder = pattern.substr(0, pattern.rfind('/'));
  std::vector<std::string> paths;
  for (const auto& name : TRY(files.list(folder))) {
    const auto path = folder + "/" + name;
    if (path.starts_with(pattern.substr(0, star)) && path.ends_with(pattern.substr(star + 1)))
      paths.push_back(path);
  }
  return paths;
}

/// Beside what the journal says of the program: without that, or where they cannot be read, they
/// would be half of the truth, and nothing is told of it.
void add(CisObserved& seen, std::string_view program, Result<std::vector<std::string>> settings) {
  const auto known = seen.arguments.find(program);
  if (known == seen.arguments.end()) return;
  if (settings) {
    std::ranges::move(*settings, std::back_inserter(known->second));
  } else {
    seen.arguments.erase(known);
  }
}

Result<> read_settings(sys::Files& files, CisObserved& seen) {
  std::vector<std::string> texts;
  for (const auto& path : TRY(expand(files, std::format("{}/*.conf", kKubeletFolder)))) {
    if (auto text = TRY(files.read(path))) texts.push_back(*std::move(text));
  }
  add(seen, "kubelet", cis_settings(texts));
  if (seen.role != config::Role::control_plane) return {};
  if (const auto text = TRY(files.read(kEncryptionConfig)))
    add(seen, "kube-apiserver", cis_encryption(*text));
  if (auto text = TRY(files.read(kEtcdConfig))) {
    seen.arguments["etcd"];  // no line of the journal has its settings
    add(seen, "etcd", cis_settings(std::array{*std::move(text)}));
  }
  return {};
}

}  // namespace

std::vector<core::Item> K3s::items(const Desired& want, const Observed& have) {
  return cis_items(want.config.node.role, have.benchmark);
}

Result<> K3s::read_benchmark(const Desired& want, Observed& have) {
  if (!host_.exists(kKubeletCertificate)) return {};
  CisObserved seen{.role = want.config.node.role, .files = {}, .arguments = arguments_};
  for (const auto& pattern : cis_paths(seen.role)) {
    for (const auto& path : TRY(expand(files_, pattern))) {
      if (const auto found = TRY(files_.attributes(path)))
        seen.files.push_back(
            {.path = path, .mode = found->mode, .uid = found->uid, .gid = found->gid});
    }
  }
  TRY(read_settings(files_, seen));
  have.benchmark = std::move(seen);
  return {};
}

}  // namespace kgnode::k3s
