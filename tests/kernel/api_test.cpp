/// The admin API on a real socket: slow, oversized, malformed and uninvited peers.
#include <grp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "agent/api/client.hpp"
#include "agent/api/listen.hpp"
#include "agent/api/server.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_node.hpp"
#include "tests/support/temp_dir.hpp"

using namespace kgnode;
using namespace std::chrono_literals;

namespace {

constexpr uid_t kNobody = 65534;

/// A server on a thread of its own; every limit on time is a fraction of a second.
class Rig {
 public:
  static constexpr api::ServerLimits kHasty{.request = 400ms, .idle = 600ms, .farewell = 300ms};

  explicit Rig(api::AccessGroups groups = {}, api::ServerLimits limits = kHasty) {
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755));
    auto listening = api::open_admin_socket(path());
    REQUIRE(listening);
    server_ = std::make_unique<api::Server>(io_, node, *std::move(listening), groups, limits);
    thread_ = std::thread([this] { io_.run(); });
  }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;
  ~Rig() {
    boost::asio::post(io_, [this] { server_.reset(); });
    thread_.join();
  }

  std::string path() const { return directory_ / "admin.sock"; }
  Result<api::ClientResponse> get(const std::string& target) const {
    return api::call({.target = target, .socket = path(), .limit = 5s});
  }
  bool alive() const {
    const auto answer = get("/v1/status");
    return answer && answer->status == 200;
  }

  test::FakeNode node;

 private:
  test::TempDir directory_;
  boost::asio::io_context io_{1};
  std::unique_ptr<api::Server> server_;
  std::thread thread_;
};

UniqueFd dial(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const timeval limit{.tv_sec = 5, .tv_usec = 0};
  REQUIRE(::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
  return fd;
}

// False when the server has closed.
bool send_text(const UniqueFd& fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (done < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

// Everything until the server closes; "TIMEOUT" at the end when it does not.
std::string receive_all(const UniqueFd& fd) {
  std::string all;
  char piece[4096];
  for (;;) {
    const ssize_t got = ::recv(fd.get(), piece, sizeof piece, 0);
    if (got == 0 || (got < 0 && errno == ECONNRESET)) return all;
    if (got < 0) return all + "TIMEOUT";
    all.append(piece, static_cast<std::size_t>(got));
  }
}

std::string converse(const Rig& rig, std::string_view text) {
  const UniqueFd fd = dial(rig.path());
  (void)send_text(fd, text);
  return receive_all(fd);
}

// The status of one request by nobody, in a child process with these groups.
int status_as(gid_t gid, const std::vector<gid_t>& groups, const Rig& rig,
              const api::ClientRequest& request) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool dropped = ::setgroups(groups.size(), groups.data()) == 0 && ::setgid(gid) == 0 &&
                         ::setuid(kNobody) == 0;
    if (!dropped) ::_exit(1);
    api::ClientRequest mine = request;
    mine.socket = rig.path();
    const auto answer = api::call(mine);
    ::_exit(answer ? static_cast<int>(answer->status / 10) : 2);  // an exit status has 8 bits
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) * 10 : -1;
}

}  // namespace

TEST_CASE("admin socket: the client gets the status") {
  const Rig rig;
  const auto answer = rig.get("/v1/status");
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body.at("node").at("name") == "cp-1");
}

TEST_CASE("admin socket: curl gets the status") {
  const Rig rig;
  const std::string file = rig.path() + ".out";
  const std::string command =
      "curl -sS --max-time 5 --unix-socket " + rig.path() + " http://kgnode/v1/status -o " + file;
  REQUIRE(std::system(command.c_str()) == 0);  // NOLINT: a test may use a shell
  CHECK(std::filesystem::file_size(file) > 200);
}

TEST_CASE("admin socket: curl sends a configuration as the manual says") {
  const Rig rig;
  const std::string file = rig.path() + ".toml";
  REQUIRE(std::system(("echo schema=1 > " + file).c_str()) == 0);  // NOLINT: a test
  const std::string command = "curl -sS --fail --max-time 5 --unix-socket " + rig.path() +
                              " -H 'Content-Type: application/toml' --data-binary @" + file +
                              " 'http://kgnode/v1/apply?confirm_within=2m' -o /dev/null";
  REQUIRE(std::system(command.c_str()) == 0);  // NOLINT: a test
  CHECK(rig.node.changes == std::vector<std::string>{"apply 2m by 0"});
}

TEST_CASE("admin socket: what is not HTTP gets an answer and the server lives on") {
  const Rig rig;
  const std::string_view bad[] = {
      "garbage\r\n\r\n",
      "GET /v1/status HTTP/9.9\r\n\r\n",
      "GET\r\n\r\n",
      std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15),
      "POST /v1/apply HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
      "POST /v1/apply HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      "POST /v1/apply HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n\r\n",
      "GET /v1/%zz HTTP/1.1\r\nConnection: close\r\n\r\n",
  };
  for (const auto text : bad) {
    CAPTURE(text);
    CHECK(converse(rig, text).starts_with("HTTP/1.1 4"));
  }
  CHECK(rig.alive());
  CHECK(rig.node.changes.empty());
}

TEST_CASE("admin socket: a header over 8 KiB is refused") {
  const Rig rig;
  const std::string header = "GET /v1/status HTTP/1.1\r\nX: " + std::string(9000, 'a');
  CHECK(converse(rig, header + "\r\n\r\n").starts_with("HTTP/1.1 431"));
  CHECK(rig.alive());
}

TEST_CASE("admin socket: a body of 256 KiB is read, one byte more is refused") {
  const Rig rig;
  const auto post = [&rig](std::size_t size) {
    return api::call({.method = "POST",
                      .target = "/v1/apply",
                      .body = std::string(size, '#'),
                      .socket = rig.path(),
                      .limit = 5s});
  };
  const auto largest = post(std::size_t{256} << 10);
  REQUIRE(largest);
  CHECK(largest->status == 200);
  const auto larger = post((std::size_t{256} << 10) + 1);
  REQUIRE(larger);
  CHECK(larger->status == 413);
  CHECK(rig.node.changes.size() == 1);
}

TEST_CASE("admin socket: chunks without end are refused at the limit") {
  const Rig rig;
  std::string text = "POST /v1/apply HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 80; ++i) text += "1000\r\n" + std::string(4096, '#') + "\r\n";
  CHECK(converse(rig, text).starts_with("HTTP/1.1 413"));
  CHECK(rig.node.changes.empty());
}

TEST_CASE("admin socket: a request that stops half way gets 408") {
  const Rig rig;
  CHECK(converse(rig, "GET /v1/status HT").starts_with("HTTP/1.1 408"));
  CHECK(converse(rig, "POST /v1/apply HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc")
            .starts_with("HTTP/1.1 408"));
  CHECK(rig.node.changes.empty());
}

TEST_CASE("admin socket: a byte now and then does not stretch the time") {
  const Rig rig;
  const UniqueFd fd = dial(rig.path());
  const auto start = std::chrono::steady_clock::now();
  for (const char c : std::string(40, 'G')) {
    if (!send_text(fd, std::string(1, c))) break;
    std::this_thread::sleep_for(50ms);
    if (std::chrono::steady_clock::now() - start > 1500ms) break;
  }
  CHECK(receive_all(fd).starts_with("HTTP/1.1 408"));
}

TEST_CASE("admin socket: who says nothing is closed") {
  const Rig rig;
  const UniqueFd fd = dial(rig.path());
  CHECK(receive_all(fd).empty());
  CHECK(rig.alive());
}

TEST_CASE("admin socket: a peer that leaves half way does no harm") {
  const Rig rig;
  for (int i = 0; i < 50; ++i) {
    const UniqueFd fd = dial(rig.path());
    (void)send_text(fd, "POST /v1/apply HTTP/1.1\r\nContent-Length: 900\r\n\r\nabc");
  }
  CHECK(rig.alive());
  CHECK(rig.node.changes.empty());
}

TEST_CASE("admin socket: the 33rd connection is told so, and there is room again later") {
  const Rig rig({}, {.idle = 30s});
  {
    std::vector<UniqueFd> open;
    for (int i = 0; i < 32; ++i) open.push_back(dial(rig.path()));
    const auto refused = rig.get("/v1/status");
    REQUIRE(refused);
    CHECK(refused->status == 503);
  }
  bool again = false;
  for (int i = 0; i < 50 && !again; ++i) {
    std::this_thread::sleep_for(20ms);
    again = rig.alive();
  }
  CHECK(again);
}

TEST_CASE("admin socket: two requests sent at once get two answers") {
  const Rig rig;
  const std::string both = converse(rig,
                                    "GET /v1/health HTTP/1.1\r\n\r\n"
                                    "GET /v1 HTTP/1.1\r\nConnection: close\r\n\r\n");
  CHECK(both.contains("\"healthy\":true"));
  CHECK(both.contains("\"routes\""));
}

TEST_CASE("admin socket: a client that asks before it sends the body is told to go on") {
  const Rig rig;
  const UniqueFd fd = dial(rig.path());
  REQUIRE(send_text(fd,
                    "POST /v1/apply HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\n"
                    "Content-Length: 3\r\n\r\n"));
  char first[12] = {};
  REQUIRE(::recv(fd.get(), first, sizeof first, MSG_WAITALL) == sizeof first);
  CHECK(std::string_view(first, sizeof first) == "HTTP/1.1 100");
  REQUIRE(send_text(fd, "a=1"));
  CHECK(receive_all(fd).contains("HTTP/1.1 200"));
}

TEST_CASE("admin socket: groups decide who may read and who may change") {
  constexpr gid_t kAdmins = 4242;
  constexpr gid_t kReaders = 4243;
  const Rig rig({.admin = kAdmins, .read = kReaders});
  const api::ClientRequest get{.target = "/v1/status", .limit = 5s};
  const api::ClientRequest post{.method = "POST", .target = "/v1/confirm", .limit = 5s};

  CHECK(status_as(kNobody, {}, rig, get) == 400);  // 403, without its last digit
  CHECK(status_as(kNobody, {}, rig, post) == 400);
  CHECK(status_as(kNobody, {kReaders}, rig, get) == 200);
  CHECK(status_as(kNobody, {kReaders}, rig, post) == 400);
  CHECK(rig.node.changes.empty());

  CHECK(status_as(kNobody, {1, kAdmins}, rig, post) == 200);
  CHECK(rig.node.changes == std::vector<std::string>{"confirm by 65534"});
}

TEST_CASE("admin socket: readers cannot use up the administrator's connections") {
  constexpr gid_t kReaders = 4243;
  const Rig rig({.admin = {}, .read = kReaders}, {.connections = 4, .kept_for_admins = 4});
  CHECK(status_as(kReaders, {}, rig, {.target = "/v1/status", .limit = 5s}) == 500);
  CHECK(rig.alive());
}

TEST_CASE("admin socket: a dead agent's socket is replaced, a live one's is not") {
  const test::TempDir directory;
  const std::string path = directory / "admin.sock";
  {
    const auto first = api::open_admin_socket(path);
    REQUIRE(first);
    const auto second = api::open_admin_socket(path);
    REQUIRE_FALSE(second);
    CHECK(second.error().message() == "another program holds \"" + path + "\"");
  }
  CHECK(api::open_admin_socket(path));
}

TEST_CASE("admin client: no agent, no answer in time") {
  const test::TempDir directory;
  const std::string path = directory / "admin.sock";
  const auto nobody = api::call({.target = "/v1/status", .socket = path});
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().message().starts_with("the agent does not run"));

  const auto deaf = api::open_admin_socket(path);
  REQUIRE(deaf);
  const auto late = api::call({.target = "/v1/status", .socket = path, .limit = 200ms});
  REQUIRE_FALSE(late);
  CHECK(late.error().message().starts_with("no answer to GET /v1/status"));
}
