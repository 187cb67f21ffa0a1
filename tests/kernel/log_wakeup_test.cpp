/// The wake-up from a real journald to an entry that can be read, on a real loop.
#include "agent/sys/log_wakeup.hpp"

#include <thread>

#include <boost/asio/io_context.hpp>

#include "agent/sys/loop.hpp"
#include "agent/sys/real_journal.hpp"
#include "tests/kernel/journald.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode::sys;
using namespace std::chrono_literals;
using test::Journald;

namespace {

void need_journald() {
  if (!Journald::is_possible()) SKIP("needs root, and a build root in which no systemd runs");
}

/// A reader as the agent is one; with `talkative` it logs a line for every entry that it finds.
struct Agent {
  Loop loop;
  RealJournal journal =
      RealJournal::open({.matches = {{{"SYSLOG_IDENTIFIER", {"sshd"}}}}, .folder = ""}).value();
  bool talkative = false;
  int looks = 0;
  bool by_datagram = false;  // what has woken it last
  int at_once = 0;
  std::vector<std::string> found;
  std::function<void()> when_found = [] {};
  LogWakeup wakeup{loop, [this] { look(); }};

  void start() {
    REQUIRE(wakeup.start());
    CHECK(wakeup.finding().empty());
    loop.on_readable(wakeup.fd(), [this] {
      by_datagram = true;
      wakeup.on_readable();
    });
    loop.on_readable(journal.fd(), [this] {
      by_datagram = false;
      look();
    });
  }
  void look() {
    ++looks;
    REQUIRE(journal.process());
    while (true) {
      const auto entry = journal.next();
      REQUIRE(entry);
      if (!*entry) return;
      found.emplace_back((*entry)->message);
      if (by_datagram) ++at_once;
      if (talkative) REQUIRE(Journald::send("agent: found one", "kgnode"));
      when_found();
    }
  }
  void run_for(std::chrono::milliseconds limit) {
    loop.context().restart();
    loop.after(limit, [this] { loop.stop(); });
    loop.run();
  }
};

}  // namespace

TEST_CASE("log wakeup: every line is found, by the datagram that comes with it", "[kernel]") {
  need_journald();
  const Journald journald("Storage=volatile\n");
  Agent agent;
  agent.start();
  constexpr int kLines = 50;
  agent.when_found = [&agent] {
    if (agent.found.size() == kLines) return agent.loop.stop();
    REQUIRE(Journald::send(std::to_string(agent.found.size()), "sshd"));
  };
  REQUIRE(Journald::send("0", "sshd"));
  agent.run_for(60s);
  REQUIRE(agent.found.size() == kLines);
  CHECK(agent.found.back() == std::to_string(kLines - 1));
  // How many is a matter of load; without the datagrams it is none.
  CHECK(agent.at_once > 0);
}

TEST_CASE("log wakeup: what the agent itself logs does not keep it awake", "[kernel]") {
  need_journald();
  const Journald journald("Storage=volatile\n");
  Agent agent;
  agent.talkative = true;
  agent.start();
  REQUIRE(Journald::send("one", "sshd"));
  agent.when_found = [&agent] { agent.loop.stop(); };
  agent.run_for(60s);
  agent.when_found = [] {};
  CHECK(agent.found == std::vector<std::string>{"one"});
  agent.run_for(1500ms);  // its own line, and journald's notices
  const int before = agent.looks;
  agent.run_for(1000ms);
  // Awake for ever it would look some hundred times.
  CHECK(agent.looks - before < 20);
}

TEST_CASE("log wakeup: a flood of lines is read to its end", "[kernel]") {
  need_journald();
  const Journald journald("Storage=volatile\n");
  Agent agent;
  agent.start();
  constexpr int kLines = 5000;
  agent.when_found = [&agent] {
    if (agent.found.size() == kLines) agent.loop.stop();
  };
  std::thread flood([] {
    for (int i = 0; i < kLines; ++i) {
      while (!Journald::send(std::to_string(i), "sshd")) std::this_thread::yield();
    }
  });
  agent.run_for(60s);
  flood.join();
  REQUIRE(agent.found.size() == kLines);
  CHECK(agent.found.back() == std::to_string(kLines - 1));
}
