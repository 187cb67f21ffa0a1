/// Tells other control planes whether this one holds data of a cluster.
#include "agent/seat.hpp"

#include <filesystem>

#include "agent/sys/secret.hpp"
#include "k3s/join/paths.hpp"
#include "k3s/join/seat.hpp"
#include "k3s/join/token.hpp"

namespace kgnode {
namespace {

/// Of the server token: as configured, or as K3s keeps it once it has started.
std::optional<sys::SecretBuffer> find_key(sys::Files& files,
                                          const std::optional<config::Secret>& configured) {
  std::string text;
  if (configured && configured->value) text = configured->value->view();
  for (const auto& path :
       {configured ? configured->file : std::string(), std::string(k3s::kServerToken)}) {
    if (!text.empty() || path.empty()) continue;
    if (auto read = files.read(path); read && *read) text = **std::move(read);
  }
  const auto token = k3s::parse_token(text);
  auto key = token ? k3s::seat_key(token->secret) : fail(Error::plain("no token"));
  sys::wipe(text);
  return key ? std::optional(*std::move(key)) : std::nullopt;
}

bool has_cluster_data() {
  std::error_code ignored;
  return std::filesystem::exists(k3s::kEtcdLog, ignored) ||
         std::filesystem::exists(k3s::kSqlite, ignored);
}

}  // namespace

void answer_seat_questions(int socket, sys::Files& files, const config::Config& config,
                           std::span<const sys::Datagram> datagrams) {
  if (config.node.role != config::Role::control_plane || datagrams.empty()) return;
  const auto key = find_key(files, config.k3s.token);
  if (!key) return;
  for (const auto& question : datagrams) {
    if (!config.network.vrack.contains(question.from)) continue;
    const auto answer =
        k3s::make_seat_answer(*key, question.bytes, config.node.name, has_cluster_data());
    if (answer)  // one that is lost is asked for again
      (void)sys::send_datagram(socket, config.network.address, question.from, question.port,
                               *answer);
  }
}

}  // namespace kgnode
