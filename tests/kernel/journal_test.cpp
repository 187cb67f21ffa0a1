/// The journal as a real journald writes it: rotation, vacuum, restarts, matches.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "agent/base/text.hpp"
#include "agent/sys/real_journal.hpp"
#include "tests/kernel/journald.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode::sys;
using namespace std::chrono_literals;
using test::Journald;
namespace fs = std::filesystem;

namespace {

void need_journald() {
  if (!Journald::is_possible()) SKIP("needs root, and a build root in which no systemd runs");
}

constexpr auto kLimit = 30s;
constexpr const char* kOurs = "kgnode-test";

RealJournal open_journal(std::vector<JournalMatch> matches = {{{"SYSLOG_IDENTIFIER", {kOurs}}}}) {
  auto journal = RealJournal::open({.matches = std::move(matches), .folder = ""});
  REQUIRE(journal);
  return *std::move(journal);
}

/// What is there now.
std::vector<std::string> read_all(RealJournal& journal) {
  std::vector<std::string> messages;
  REQUIRE(journal.process());
  while (true) {
    const auto entry = journal.next();
    REQUIRE(entry);
    if (!*entry) return messages;
    messages.emplace_back((*entry)->message);
  }
}

/// What arrives until `last` has.
std::vector<std::string> read_until(RealJournal& journal, const std::string& last) {
  std::vector<std::string> messages;
  CHECK(test::holds_within(kLimit, [&journal, &messages, &last] {
    for (auto& message : read_all(journal)) messages.push_back(std::move(message));
    return !messages.empty() && messages.back() == last;
  }));
  return messages;
}

void send_all(int from, int to) {
  for (int i = from; i < to; ++i)
    REQUIRE(test::holds_within(kLimit, [i] { return Journald::send(std::to_string(i), kOurs); }));
}

/// Only where they differ: thousands of numbers are no message.
std::string difference(const std::vector<std::string>& got, const std::vector<std::string>& want) {
  const auto [a, b] = std::ranges::mismatch(got, want);
  if (a == got.end() && b == want.end()) return "";
  return std::format("{} are right, then \"{}\" instead of \"{}\"; {} in all", a - got.begin(),
                     a == got.end() ? "nothing" : *a, b == want.end() ? "nothing" : *b, got.size());
}

std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> all;
  for (int i = from; i < to; ++i) all.push_back(std::to_string(i));
  return all;
}

/// Reads with crashes: what was read after the last checkpoint counts for nothing then.
class Reader {
 public:
  explicit Reader(unsigned seed) : random_(seed) {}

  void read_some() {
    REQUIRE(journal_.process());
    for (auto left = random_() % 200; left > 0; --left) {
      const auto entry = journal_.next();
      REQUIRE(entry);
      if (!*entry) break;
      given_.emplace_back((*entry)->message);
    }
    if (random_() % 3 == 0) checkpoint();
  }

  void checkpoint() {
    cursor_ = journal_.cursor().value();
    safe_ = given_;
  }

  void crash() {
    journal_ = open_journal();
    given_ = safe_;
    if (cursor_.empty()) return;
    const auto continuity = journal_.seek(cursor_);
    REQUIRE(continuity);
    CHECK(*continuity == Continuity::exact);
  }

  std::vector<std::string> finish(const std::string& last) {
    for (auto& message : read_until(journal_, last)) given_.push_back(std::move(message));
    return given_;
  }

 private:
  std::mt19937 random_;
  RealJournal journal_ = open_journal();
  std::string cursor_;
  std::vector<std::string> given_;
  std::vector<std::string> safe_;
};

}  // namespace

TEST_CASE("journal: each entry once over rotations, restarts of journald and of the reader",
          "[kernel]") {
  need_journald();
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here writes the environment
  const int entries = std::getenv("KGNODE_LONG") == nullptr ? 6000 : 100'000;
  Journald journald("Storage=volatile\nRuntimeMaxFiles=1000\n");
  std::mt19937 random(7);
  Reader reader(8);
  int sent = 0;
  for (int round = 0; sent < entries; ++round) {
    const int next = std::min<int>(entries, sent + static_cast<int>(random() % 200));
    send_all(sent, next);
    sent = next;
    if (round % 7 == 3) journald.rotate();
    if (round % 19 == 11) {
      journald.stop();
      journald.start();
    }
    reader.read_some();
    if (round % 5 == 2) reader.crash();
  }
  send_all(entries, entries + 1);
  const auto wrong = difference(reader.finish(std::to_string(entries)), numbers(0, entries + 1));
  INFO(wrong);
  CHECK(wrong.empty());
}

TEST_CASE("journal: an entry that was vacuumed is a known gap, and reading goes on after it",
          "[kernel]") {
  need_journald();
  Journald journald("Storage=volatile\n");
  send_all(0, 50);
  auto journal = open_journal();
  CHECK(read_until(journal, "49") == numbers(0, 50));
  const auto cursor = journal.cursor().value();
  REQUIRE(read_all(journal).empty());

  const auto archived = [] {
    std::vector<fs::path> files;
    for (const auto& file : fs::recursive_directory_iterator(Journald::kRuntime)) {
      if (file.path().filename().string().starts_with("system@")) files.push_back(file.path());
    }
    return files;
  };
  journald.rotate();
  REQUIRE(test::holds_within(kLimit, [&archived] { return !archived().empty(); }));
  send_all(50, 60);
  // While it is open, and for one that is opened later.
  for (const auto& file : archived()) fs::remove(file);
  CHECK(read_until(journal, "59") == numbers(50, 60));
  auto later = open_journal();
  CHECK(later.seek(cursor).value() == Continuity::gap);
  CHECK(read_until(later, "59") == numbers(50, 60));
}

TEST_CASE("journal: a cursor of another journal is an unknown place; no cursor is an error",
          "[kernel]") {
  need_journald();
  const Journald journald("Storage=volatile\n");
  send_all(0, 3);
  auto journal = open_journal();
  REQUIRE(read_until(journal, "2").size() == 3);
  auto cursor = journal.cursor().value();
  const auto hash = cursor.rfind("x=") + 2;
  cursor[hash] = cursor[hash] == '1' ? '2' : '1';
  CHECK(journal.seek(cursor).value() == Continuity::unknown);
  CHECK_FALSE(journal.seek("nonsense"));
}

TEST_CASE("journal: the matches may be others than when the cursor was taken", "[kernel]") {
  need_journald();
  const Journald journald("Storage=volatile\n");
  REQUIRE(Journald::send("before", "other"));
  send_all(0, 3);
  REQUIRE(Journald::send("after", "other"));
  auto journal = open_journal();
  CHECK(read_until(journal, "2").size() == 3);
  auto other = open_journal({{{"SYSLOG_IDENTIFIER", {"other"}}}});
  CHECK(other.seek(journal.cursor().value()).value() == Continuity::exact);
  CHECK(read_until(other, "after") == std::vector<std::string>{"after"});
}

TEST_CASE(
    "journal: any of several matches, all fields of one; what a sender claims of itself "
    "does not help",
    "[kernel]") {
  need_journald();
  const Journald journald("Storage=volatile\n");
  const pid_t child = ::fork();
  if (child == 0) {
    const bool sent = ::setuid(65534) == 0 && Journald::send("forged", "sshd");
    ::_exit(sent ? 0 : 1);
  }
  int status = 0;
  REQUIRE((::waitpid(child, &status, 0) == child && status == 0));
  for (const auto* identifier : {"sshd", "cron", "sshd-session", "k3s"})
    REQUIRE(Journald::send(identifier, identifier));
  auto journal = open_journal({{{"_UID", {"0"}}, {"SYSLOG_IDENTIFIER", {"sshd", "sshd-session"}}},
                               {{"SYSLOG_IDENTIFIER", {"k3s"}}}});
  CHECK(read_until(journal, "k3s") == std::vector<std::string>{"sshd", "sshd-session", "k3s"});

  REQUIRE(journal.seek_since({}));
  REQUIRE(journal.next().value().has_value());
  CHECK(journal.field("_UID").value() == "0");
  CHECK(journal.field("SYSLOG_IDENTIFIER").value() == "sshd");
  CHECK(journal.field("_SYSTEMD_UNIT").value() == std::nullopt);
}

TEST_CASE("journal: a journal that does not exist yet is read when it comes", "[kernel]") {
  need_journald();
  {
    const Journald removes_what_was_there;
  }
  fs::remove_all(Journald::kRuntime);
  auto journal = open_journal();
  CHECK(read_all(journal).empty());
  CHECK(journal.cursor().value().empty());
  const Journald journald("Storage=volatile\n");
  send_all(0, 3);
  CHECK(read_until(journal, "2") == numbers(0, 3));
}

TEST_CASE("journal: moved from memory to disk under the reader, nothing comes twice", "[kernel]") {
  need_journald();
  const Journald journald("Storage=persistent\n");
  send_all(0, 40);
  auto journal = open_journal();
  CHECK(read_until(journal, "39") == numbers(0, 40));
  const auto cursor = journal.cursor().value();
  journald.flush_to_var();
  REQUIRE(test::holds_within(
      kLimit, [] { return !fs::exists(Journald::kRuntime) || fs::is_empty(Journald::kRuntime); }));
  send_all(40, 60);
  CHECK(read_until(journal, "59") == numbers(40, 60));
  auto later = open_journal();
  CHECK(later.seek(cursor).value() == Continuity::exact);
  CHECK(read_until(later, "59") == numbers(40, 60));
}

TEST_CASE("journal: a time to begin at, and the time of an entry", "[kernel]") {
  need_journald();
  const Journald journald("Storage=volatile\n");
  send_all(0, 3);
  auto journal = open_journal();
  CHECK(read_until(journal, "2").size() == 3);
  const auto between = std::chrono::system_clock::now();
  REQUIRE(journal.seek_since(between));
  CHECK(read_all(journal).empty());
  send_all(3, 5);
  CHECK(read_until(journal, "4") == numbers(3, 5));
  REQUIRE(journal.seek_since(between));
  const auto entry = journal.next();
  REQUIRE((entry && *entry));
  CHECK((*entry)->time >= between);
  CHECK((*entry)->time <= std::chrono::system_clock::now());
}

TEST_CASE("journal: a long message is cut and says so, compressed or not", "[kernel]") {
  need_journald();
  const Journald journald("Storage=volatile\n");
  std::mt19937 random(1);
  std::string noise(20'000, ' ');
  for (auto& byte : noise) byte = static_cast<char>(' ' + random() % 90);
  for (const auto& text :
       {std::string(20'000, 'x'), noise, std::string(Journal::kMessageLimit, 'y')})
    REQUIRE(Journald::send(text, kOurs));
  send_all(0, 1);
  auto journal = open_journal();
  const auto messages = read_until(journal, "0");
  REQUIRE(messages.size() == 4);
  CHECK(messages[0] == std::string(Journal::kMessageLimit, 'x'));
  CHECK(messages[1] == noise.substr(0, Journal::kMessageLimit));
  REQUIRE(journal.seek_since({}));
  std::vector<bool> cut;
  cut.reserve(4);
  for (int i = 0; i < 4; ++i) cut.push_back(journal.next().value()->cut);
  CHECK(cut == std::vector{true, true, false, false});
  CHECK(journal.unreadable() == 0);
}

TEST_CASE("journal: its descriptor becomes readable, and stays the same when it is opened anew",
          "[kernel]") {
  need_journald();
  {
    const Journald removes_what_was_there;
  }
  fs::remove_all(Journald::kRuntime);
  auto journal = open_journal();
  const Journald journald("Storage=volatile\n");
  send_all(0, 1);
  CHECK(read_until(journal, "0").size() == 1);
  (void)read_all(journal);
  send_all(1, 2);
  pollfd ready{.fd = journal.fd(), .events = POLLIN, .revents = 0};
  CHECK(::poll(&ready, 1, 10'000) == 1);
  CHECK(read_until(journal, "1") == numbers(1, 2));
}

TEST_CASE("journal: what was read does not stay in memory", "[kernel]") {
  need_journald();
  const Journald journald("Storage=volatile\nRuntimeMaxFileSize=8M\n");
  send_all(0, 20'000);
  auto journal = open_journal();
  CHECK(read_until(journal, "19999").size() == 20'000);
  // Resident pages of mapped journal files, in kB.
  long resident = 0;
  bool is_journal = false;
  std::ifstream maps("/proc/self/smaps");
  for (std::string line; std::getline(maps, line);) {
    const bool is_mapping = kgnode::split_words(line).front().contains('-');
    if (is_mapping) is_journal = line.ends_with(".journal");
    if (line.starts_with("Rss:") && is_journal)
      resident += kgnode::parse_int<long>(kgnode::split_words(line).at(1)).value_or(0);
  }
  CHECK(resident < 3072);
}
