/// The OpenStack metadata service: the same documents as on a config drive, over HTTP.
#include <algorithm>
#include <format>
#include <thread>

#include "agent/firstboot/seed.hpp"
#include "agent/firstboot/sources.hpp"

namespace kgnode::firstboot {
namespace {

constexpr Address kService4{.family = Family::ipv4, .bytes = {169, 254, 169, 254}};
// fe80::a9fe:a9fe
constexpr Address kService6{
    .family = Family::ipv6,
    .bytes = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xa9, 0xfe, 0xa9, 0xfe}};
using namespace std::chrono_literals;

// One try; the service is on the same host as the network's own agents.
constexpr std::chrono::milliseconds kTry = 5s;
constexpr std::chrono::milliseconds kFirstPause = 250ms;
constexpr std::chrono::milliseconds kLongestPause = 5s;

/// What is left of the whole time, for one try.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds limit)
      : end_(std::chrono::steady_clock::now() + limit) {}
  std::chrono::milliseconds left() const {
    return std::chrono::ceil<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now());
  }
  sys::HttpLimits one_try() const { return {.time = std::min(kTry, left())}; }

 private:
  std::chrono::steady_clock::time_point end_;
};

std::optional<std::string> why_not_ours(const sys::HttpAnswer& answer) {
  if (answer.status != 200) return std::format("status {}", answer.status);
  if (is_good_answer({.meta = {.name = "meta_data.json", .text = answer.body}}))
    return std::nullopt;
  return "meta_data.json names no instance";
}

Result<RawSeed> read_rest(const sys::HttpServer& server, const std::string& meta,
                          const Deadline& deadline) {
  const Source source{.kind = SourceKind::metadata_service, .place = sys::to_string(server)};
  const auto read = [&server, &meta,
                     &deadline](const std::string& name) -> Result<std::optional<std::string>> {
    if (name.ends_with("meta_data.json")) return meta;
    auto answer = sys::http_get(server, "/" + name, deadline.one_try());
    if (!answer) return fail(std::move(answer).error().in(name));
    if (answer->status == 404) return std::nullopt;
    if (answer->status != 200) {
      return fail(Error::plain(
          std::format("{}: {}: status {}", name, sys::to_string(server), answer->status)));
    }
    return std::move(answer->body);
  };
  auto raw = TRY(read_documents(source, read));
  if (!raw) return fail(Error::plain("meta_data.json is gone again"));
  return *std::move(raw);
}

}  // namespace

std::vector<sys::HttpServer> metadata_servers(std::span<const sys::EthernetCard> cards) {
  std::vector<sys::HttpServer> servers{{.address = kService4}};
  for (const auto& card : cards) servers.push_back({.address = kService6, .interface = card.index});
  return servers;
}

Result<RawSeed> ask_metadata_service(std::span<const sys::HttpServer> servers,
                                     std::chrono::milliseconds limit) {
  const Deadline deadline(limit);
  auto pause = kFirstPause;
  std::vector<sys::HttpServer> asked(servers.begin(), servers.end());
  std::string rest;  // what was wrong after good meta data: the answers of others do not hide it
  for (;;) {
    auto winner =
        sys::http_race(asked, "/openstack/latest/meta_data.json", deadline.one_try(), why_not_ours);
    if (winner) {
      auto raw = read_rest(asked[winner->server], winner->answer.body, deadline);
      if (raw) return raw;
      rest = raw.error().message();
      // One that is first with its meta data and fails with the rest must not keep the others out.
      asked.erase(asked.begin() + static_cast<std::ptrdiff_t>(winner->server));
    }
    if (deadline.left() <= pause)
      return fail(Error::plain(rest.empty() ? winner.error().message() : rest));
    if (!winner || asked.empty()) asked.assign(servers.begin(), servers.end());
    std::this_thread::sleep_for(pause);  // a process of its own, run once: nothing waits behind it
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace kgnode::firstboot
