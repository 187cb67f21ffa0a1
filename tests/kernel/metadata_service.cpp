/// Hostile and broken metadata services: each ends within the limit and says what was wrong; none
/// keeps a good one out.
#include <atomic>
#include <format>
#include <future>

#include "agent/firstboot/sources.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/http_standin.hpp"

namespace {

using namespace kgnode;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using firstboot::ask_metadata_service;
using test::HttpPeer, test::HttpStandIn;

constexpr auto kShort = 4s;  // for those who never give a good answer
constexpr auto kLong = 60s;  // for those who do; no test waits for it

const std::string kMeta = R"({"uuid": "5e3d4b2c-0f51-4c55-9d6a-0b7a2f1c9e11", "name": "cp-1"})";
const std::string kUserData = "schema = 1\n";

std::string answer(std::string_view status, std::string_view body) {
  return std::format("HTTP/1.0 {}\r\nContent-Length: {}\r\n\r\n{}", status, body.size(), body);
}

std::string document(const std::string& path) {
  if (path == "/openstack/latest/meta_data.json") return answer("200 OK", kMeta);
  if (path == "/openstack/latest/network_data.json") return answer("200 OK", R"({"links": []})");
  if (path == "/openstack/latest/user_data") return answer("200 OK", kUserData);
  return answer("404 Not Found", "");
}

void be_good(const HttpPeer& peer, const std::string& path) { peer.send(document(path)); }

HttpStandIn::Serve always(std::string bytes) {
  return [bytes = std::move(bytes)](const HttpPeer& peer, const std::string&) { peer.send(bytes); };
}

void drip(const HttpPeer& peer, const std::string&) {
  if (!peer.send("HTTP/1.0 200 OK\r\nContent-Length: 500000\r\n\r\n")) return;
  while (peer.send("x") && peer.pause()) continue;
}

void flood(const HttpPeer& peer, const std::string&) {
  const std::string much(65536, 'x');
  if (!peer.send("HTTP/1.0 200 OK\r\n\r\n")) return;
  while (peer.send(much)) continue;
}

void flood_header(const HttpPeer& peer, const std::string&) {
  const std::string much = "X-Much: " + std::string(65536, 'x') + "\r\n";
  if (!peer.send("HTTP/1.0 200 OK\r\n")) return;
  while (peer.send(much)) continue;
}

void be_silent(const HttpPeer& peer, const std::string&) {
  while (peer.pause()) continue;
}

void stay_open(const HttpPeer& peer, const std::string& path) {
  if (peer.send(document(path))) be_silent(peer, path);
}

struct Hostile {
  const char* what;
  HttpStandIn::Serve serve;
  const char* told;
};

std::vector<Hostile> hostile() {
  const auto ok = std::string("HTTP/1.0 200 OK\r\n");
  return {
      {"slow drip", drip, "no answer in time"},
      {"a body without end", flood, "more than 1048576 bytes"},
      {"a header without end", flood_header, "more than 1048576 bytes"},
      {"silence", be_silent, "no answer in time"},
      {"an answer that stays open", stay_open, "no answer in time"},
      {"redirect", always("HTTP/1.0 302 Found\r\nLocation: http://198.51.100.7/\r\n\r\n"),
       "status 302"},
      {"server error", always(answer("500 Internal Server Error", kMeta)), "status 500"},
      {"body shorter than announced", always(ok + "Content-Length: 900\r\n\r\n" + kMeta),
       "announces \"900\""},
      {"body longer than announced", always(ok + "Content-Length: 3\r\n\r\n" + kMeta),
       "announces \"3\""},
      {"a length that is no number", always(ok + "Content-Length: -1\r\n\r\n" + kMeta),
       "announces \"-1\""},
      {"chunks", always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
       "chunks"},
      {"another protocol", always("SSH-2.0-OpenSSH_10.0\r\n"), "not HTTP"},
      {"nothing", always(""), "not HTTP or was cut short"},
      {"no JSON", always(answer("200 OK", "<html>")), "names no instance"},
      {"nobody's meta data", always(answer("200 OK", R"({"name": "cp-1"})")), "names no instance"},
  };
}

Result<firstboot::RawSeed> ask(const std::vector<sys::HttpServer>& servers,
                               std::chrono::milliseconds limit) {
  return ask_metadata_service(servers, limit);
}

/// What each of them was told, all at once: every one of them uses its whole time.
std::vector<std::string> errors_of(const std::vector<HttpStandIn::Serve>& services) {
  std::vector<std::future<std::string>> asking;
  asking.reserve(services.size());
  for (const auto& serve : services) {
    asking.push_back(std::async(std::launch::async, [serve] {
      const HttpStandIn service(serve);
      const auto raw = ask({service.server()}, kShort);
      if (raw) return std::string("taken");
      return raw.error().message().contains(sys::to_string(service.server()))
                 ? raw.error().message()
                 : "does not name the server: " + raw.error().message();
    }));
  }
  std::vector<std::string> errors;
  errors.reserve(asking.size());
  for (auto& error : asking) errors.push_back(error.get());
  return errors;
}

}  // namespace

TEST_CASE("metadata: a hostile service ends within the limit and is named with what was wrong") {
  const auto all = hostile();
  std::vector<HttpStandIn::Serve> services;
  services.reserve(all.size());
  for (const auto& one : all) services.push_back(one.serve);
  const auto errors = errors_of(services);
  for (std::size_t i = 0; i < all.size(); ++i) {
    INFO(all[i].what);
    CHECK_THAT(errors[i], ContainsSubstring(all[i].told));
    CHECK_THAT(errors[i], !ContainsSubstring("does not name"));
  }
}

TEST_CASE("metadata: no hostile service keeps a good one out") {
  const HttpStandIn good(be_good);
  for (const auto& one : hostile()) {
    INFO(one.what);
    const HttpStandIn bad(one.serve);
    const auto raw = ask({bad.server(), good.server()}, kLong);
    REQUIRE(raw);
    CHECK(raw->source.place == sys::to_string(good.server()));
    CHECK(raw->user_data.text == kUserData);
  }
}

TEST_CASE("metadata: nobody listens") {
  sys::HttpServer nobody;
  {
    const HttpStandIn gone(be_good);
    nobody = gone.server();
  }
  const auto raw = ask({nobody}, kShort);
  REQUIRE_FALSE(raw);
  CHECK_THAT(raw.error().message(), ContainsSubstring("Connection refused"));
}

TEST_CASE("metadata: a service that is still starting is asked again") {
  std::atomic<int> asked = 0;
  const HttpStandIn late([&asked](const HttpPeer& peer, const std::string& path) {
    if (++asked <= 2) {
      peer.send(answer("503 Service Unavailable", ""));
    } else {
      be_good(peer, path);
    }
  });
  const auto raw = ask({late.server()}, kLong);
  REQUIRE(raw);
  CHECK(raw->meta.text == kMeta);
  CHECK(asked == 5);
}

TEST_CASE("metadata: documents that are not there are absent, not an error") {
  const HttpStandIn half([](const HttpPeer& peer, const std::string& path) {
    peer.send(path.ends_with("meta_data.json") ? document(path) : answer("404 Not Found", "x"));
  });
  const auto raw = ask({half.server()}, kLong);
  REQUIRE(raw);
  CHECK(raw->meta.text == kMeta);
  CHECK_FALSE(raw->network.text);
  CHECK_FALSE(raw->user_data.text);
}

TEST_CASE("metadata: a document that fails is named, and the time is over all the same") {
  auto all = hostile();
  // What meta data says is meta data's alone.
  std::erase_if(all,
                [](const Hostile& one) { return std::string_view(one.told).contains("names no"); });
  std::vector<HttpStandIn::Serve> services;
  services.reserve(all.size());
  for (const auto& one : all) {
    services.emplace_back([serve = one.serve](const HttpPeer& peer, const std::string& path) {
      if (path.ends_with("/user_data")) return serve(peer, path);
      be_good(peer, path);
    });
  }
  const auto errors = errors_of(services);
  for (std::size_t i = 0; i < all.size(); ++i) {
    INFO(all[i].what);
    CHECK_THAT(errors[i], ContainsSubstring(all[i].told));
    CHECK_THAT(errors[i], ContainsSubstring("openstack/latest/user_data"));
    CHECK_THAT(errors[i], !ContainsSubstring("does not name"));
  }
}

TEST_CASE("metadata: the first with its meta data that fails with the rest gives way to another") {
  std::atomic<bool> was_asked = false;
  const HttpStandIn bad([&was_asked](const HttpPeer& peer, const std::string& path) {
    if (path.ends_with("/meta_data.json")) return be_good(peer, path);
    was_asked = true;
    peer.send(answer("500 Internal Server Error", ""));
  });
  // Good only once the other one had its chance.
  const HttpStandIn good([&was_asked](const HttpPeer& peer, const std::string& path) {
    while (!was_asked && peer.pause()) continue;
    be_good(peer, path);
  });
  const auto raw = ask({bad.server(), good.server()}, kLong);
  REQUIRE(raw);
  CHECK(raw->source.place == sys::to_string(good.server()));
}
