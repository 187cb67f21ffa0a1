/// The OpenStack metadata service: the same documents as on a config drive, over HTTP.
#include <algorithm>
#include <format>
#include <thread>

#include "agent/firstboot/seed.hpp"
#include "agent/firstboot/sources.hpp"

namespace kgnode::firstboot {
namespace {

using namespace std::chrono_literals;

// One try; the service is on the same host as the network's own agents.
constexpr sys::HttpLimits kTry{.time = 5s};
constexpr auto kFirstPause = 250ms;
constexpr auto kLongestPause = 5s;

bool is_our_instance(const sys::HttpAnswer& answer) {
  if (answer.status != 200) return false;
  return is_good_answer({.meta = {.name = "meta_data.json", .text = answer.body}});
}

Result<RawSeed> read_rest(const sys::HttpServer& server, const std::string& meta) {
  const Source source{.kind = SourceKind::metadata_service, .place = sys::to_string(server)};
  const auto read = [&server, &meta](const std::string& name) -> Result<std::optional<std::string>> {
    if (name.ends_with("meta_data.json")) return meta;
    auto answer = TRY(sys::http_get(server, "/" + name, kTry));
    if (answer.status == 404) return std::nullopt;
    if (answer.status != 200)
      return fail(Error::plain(std::format("{}: status {}", name, answer.status)));
    return std::move(answer.body);
  };
  auto raw = TRY(read_documents(source, read));
  return *std::move(raw);
}

}  // namespace

std::vector<sys::HttpServer> metadata_servers(std::span<const sys::EthernetCard> cards) {
  std::vector<sys::HttpServer> servers{{.address = *parse_address("169.254.169.254")}};
  for (const auto& card : cards)
    servers.push_back({.address = *parse_address("fe80::a9fe:a9fe"), .interface = card.index});
  return servers;
}

Result<RawSeed> ask_metadata_service(std::span<const sys::HttpServer> servers,
                                     std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  std::chrono::milliseconds pause = kFirstPause;
  for (;;) {
    auto winner =
        sys::http_race(servers, "/openstack/latest/meta_data.json", kTry, is_our_instance);
    // Another document may fail where the first one came: then the whole round is asked again.
    auto raw = winner ? read_rest(servers[winner->server], winner->answer.body)
                      : Result<RawSeed>(fail(std::move(winner).error()));
    if (raw || std::chrono::steady_clock::now() + pause >= end) return raw;
    std::this_thread::sleep_for(pause);  // a process of its own, run once: nothing waits behind it
    pause = std::min<std::chrono::milliseconds>(pause * 2, kLongestPause);
  }
}

}  // namespace kgnode::firstboot
