/// Tells other control planes whether this one holds data of a cluster.
#include "agent/seat.hpp"

#include <filesystem>

#include "agent/sys/datagram.hpp"
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

void SeatService::answer(const config::Config& config) {
  if (config.node.role != config::Role::control_plane) return drop();
  const auto key = find_key(files_, config.k3s.token);
  if (!key) return drop();
  sys::answer_datagrams(socket_.get(),
                        [&key, &config](const Address& from,
                                        std::string_view question) -> std::optional<std::string> {
                          if (!config.network.vrack.contains(from)) return std::nullopt;
                          return k3s::make_seat_answer(*key, question, config.node.name,
                                                       has_cluster_data());
                        });
}

void SeatService::drop() {
  sys::answer_datagrams(
      socket_.get(), [](const Address&, std::string_view) { return std::optional<std::string>(); });
}

}  // namespace kgnode
