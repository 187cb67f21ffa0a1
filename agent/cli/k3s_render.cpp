/// `kgnode k3s render`: what K3s would read on a node, without the node.
#include <filesystem>
#include <format>
#include <optional>
#include <print>

#include "agent/base/text.hpp"
#include "agent/cli/k3s.hpp"
#include "agent/config/load.hpp"
#include "agent/sys/files.hpp"
#include "k3s/render/render.hpp"

namespace kgnode::cli {
namespace {

using config::Config, config::Role, k3s::Start;

Result<Config> load(sys::Files& files, const std::string& path) {
  auto loaded = TRY(config::load_file(files, path));
  for (const auto& diagnostic : loaded.diagnostics)
    std::print(stderr, "{}", config::to_text(diagnostic));
  if (!loaded.config)
    return fail(Error::plain(std::format("{} is not valid: nothing written", quote(path))));
  return *std::move(loaded.config);
}

bool is_first_server(const Config& config) {
  return config.node.role == Role::control_plane &&
         config.k3s.servers.front() == config.network.address;
}

Result<Start> choose_start(const Config& config, const std::string& text) {
  if (text == "initialise" && config.node.role == Role::worker)
    return fail(Error::plain("a worker starts no cluster: use --start join"));
  if (text == "initialise" || (text.empty() && is_first_server(config))) return Start::initialise;
  return text == "resume" ? Start::resume : Start::join;
}

/// Empty: there is no other server.
std::string other_server(const Config& config) {
  for (const auto& server : config.k3s.servers) {
    if (server != config.network.address) return to_string(server);
  }
  return {};
}

Result<> check_empty(const std::string& folder) {
  std::error_code failed;
  const auto status = std::filesystem::status(folder, failed);
  if (!std::filesystem::exists(status)) return {};
  if (!std::filesystem::is_directory(status))
    return fail(Error::plain(std::format("{} is not a folder: name another", quote(folder))));
  const bool empty = std::filesystem::is_empty(folder, failed);
  if (failed) return fail(Error::from_errno("read " + quote(folder), failed.value()));
  if (!empty)
    return fail(Error::plain(std::format("{} is not empty: name another folder", quote(folder))));
  return {};
}

void print_what_is_left_out(const Config& config) {
  std::println("left out: flannel-iface, the interface of {}, which only the node knows",
               to_string(config.network.address));
  if (config.node.role == Role::control_plane && config.k3s.snapshots.s3)
    std::println("left out: {}, which holds a secret", k3s::kS3File);
}

Result<> render(const RenderRequest& request) {
  sys::RealFiles files;
  const auto config = TRY(load(files, request.config));
  const auto start = TRY(choose_start(config, request.start));
  const auto server = start == Start::initialise ? std::string() : other_server(config);
  if (start == Start::join && server.empty())
    return fail(Error::plain("there is no other server to join: use --start initialise"));
  TRY(check_empty(request.out));
  for (const auto& file :
       k3s::render({.config = config, .interface = {}, .start = start, .server = server})) {
    TRY(files.replace(request.out + file.path, file.text, file.mode));
    std::println("{}", request.out + file.path);
  }
  print_what_is_left_out(config);
  return {};
}

}  // namespace

int render_k3s(const RenderRequest& request) {
  const auto done = render(request);
  if (!done) std::println(stderr, "kgnode: {}", done.error().message());
  return done ? 0 : 1;
}

}  // namespace kgnode::cli
