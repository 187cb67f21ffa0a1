/// What the CIS benchmark asks of the files that K3s made, and of how it was started.
#include "k3s/join/paths.hpp"
#include "k3s/k3s.hpp"

namespace kgnode::k3s {
namespace {

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
  have.benchmark = std::move(seen);
  return {};
}

}  // namespace kgnode::k3s
