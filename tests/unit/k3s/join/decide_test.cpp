/// Which way into the cluster: never a second one by accident, and a reason for every wait.
#include "k3s/join/decide.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;
using k3s::Contact, k3s::Seat, k3s::Way;

namespace {

const auto kFirst = *parse_address("10.0.0.11");
const auto kSecond = *parse_address("10.0.0.12");
const auto kThird = *parse_address("10.0.0.13");
const auto kWorker = *parse_address("10.0.0.21");

k3s::Situation situation(const Address& address, std::vector<k3s::ServerSeen> seen) {
  k3s::Situation result{.node = "node-a",
                        .server = address != kWorker,
                        .address = address,
                        .servers = {kFirst, kSecond, kThird},
                        .has_token = true,
                        .token = k3s::parse_token("one-long-password")};
  result.report = k3s::LookReport{.servers = std::move(seen)};
  return result;
}

k3s::ServerSeen seen(const Address& address, Contact contact, Seat seat = Seat::unknown) {
  return {.address = address, .contact = contact, .seat = seat};
}

}  // namespace

TEST_CASE("k3s join: a cluster is started only when every other server says it has none") {
  struct Row {
    Contact contact;
    Seat second, third;
    Way way;
    std::string cause;
  };
  for (const auto& row : std::vector<Row>{
           {Contact::refused, Seat::empty, Seat::empty, Way::initialise, ""},
           {Contact::refused, Seat::empty, Seat::unknown, Way::wait, "servers-missing"},
           {Contact::silent, Seat::unknown, Seat::unknown, Way::wait, "servers-missing"},
           {Contact::refused, Seat::empty, Seat::taken, Way::wait, "cluster-exists"},
           {Contact::starting, Seat::empty, Seat::empty, Way::wait, "server-starting"},
           {Contact::ready, Seat::taken, Seat::empty, Way::join, ""}}) {
    CAPTURE(row.cause);
    const auto decision =
        k3s::decide(situation(kFirst, {seen(kSecond, row.contact, row.second),
                                       seen(kThird, Contact::refused, row.third)}));
    CHECK(decision.way == row.way);
    CHECK(decision.trouble.cause == row.cause);
  }
}

TEST_CASE("k3s join: a server that is not the first never starts a cluster") {
  const auto decision =
      k3s::decide(situation(kSecond, {seen(kFirst, Contact::refused, Seat::empty),
                                      seen(kThird, Contact::refused, Seat::empty)}));
  CHECK(decision.way == Way::wait);
  CHECK(decision.trouble.cause == "no-cluster-yet");
}

TEST_CASE("k3s join: data of a cluster on the disk is a way back and nothing else") {
  auto mine = situation(kFirst, {seen(kSecond, Contact::refused, Seat::empty),
                                 seen(kThird, Contact::ready, Seat::taken)});
  mine.own.etcd = true;
  const auto decision = k3s::decide(mine);
  CHECK(decision.way == Way::resume);
  CHECK(decision.server == "10.0.0.13");
}

TEST_CASE("k3s join: servers join one at a time, under names of their own") {
  auto server = seen(kFirst, Contact::ready, Seat::taken);
  server.members = {{.name = "cp-1-00000000", .learner = false}};
  CHECK(k3s::decide(situation(kSecond, {server})).way == Way::join);
  server.members.push_back({.name = "cp-3-00000001", .learner = true});
  CHECK(k3s::decide(situation(kSecond, {server})).trouble.cause == "learner");
  server.members = {{.name = "node-a-00000002", .learner = false}};
  CHECK(k3s::decide(situation(kSecond, {server})).trouble.cause == "duplicate-name");
}

TEST_CASE("k3s join: without a token of the right kind nobody joins") {
  const auto open = seen(kFirst, Contact::ready, Seat::taken);
  auto none = situation(kSecond, {open});
  none.has_token = false;
  none.token.reset();
  CHECK(k3s::decide(none).trouble.cause == "no-token");
  none.token_file = "/run/secrets/k3s-token";
  CHECK(k3s::decide(none).trouble.why ==
        "there is no token to join with: \"/run/secrets/k3s-token\" is not there");
  auto malformed = situation(kSecond, {open});
  malformed.token.reset();
  CHECK(k3s::decide(malformed).trouble.cause == "malformed-token");
  auto bootstrap = situation(kSecond, {open});
  bootstrap.token = k3s::parse_token("abcdef.0123456789abcdef");
  CHECK(k3s::decide(bootstrap).trouble.cause == "agent-token");
  auto worker = situation(kWorker, {open});
  worker.token = bootstrap.token;
  CHECK(k3s::decide(worker).way == Way::join);
}

TEST_CASE("k3s join: every way in which a server does not let us in has a cause and a remedy") {
  for (int i = 0; i < static_cast<int>(Contact::ready); ++i) {
    const auto trouble =
        k3s::explain(seen(kFirst, static_cast<Contact>(i)), situation(kWorker, {}));
    CAPTURE(i);
    CHECK_FALSE(trouble.cause.empty());
    CHECK_FALSE(trouble.why.empty());
    CHECK_FALSE(trouble.remedy.empty());
  }
}

TEST_CASE("k3s token: the forms that K3s takes") {
  const std::string hash(64, 'a');
  const auto text = " K10" + hash + "::server:secret\n";
  const auto full = k3s::parse_token(text);
  REQUIRE(full);
  CHECK(full->ca_hash == hash);
  CHECK(full->user == "server");
  CHECK(full->secret == "secret");
  CHECK(k3s::parse_token("plain")->ca_hash.empty());
  for (const auto* bad : {"", " \n", "K10", "K10abc::server:x", "K10::server:", "K10::nocolon"})
    CHECK_FALSE(k3s::parse_token(bad));
}

TEST_CASE("k3s seat: who does not know the token can neither ask nor answer") {
  const auto key = *k3s::seat_key("secret");
  const auto other = *k3s::seat_key("another");
  const auto question = k3s::make_seat_question(key, "c0ffee");
  const auto answer = k3s::make_seat_answer(key, question, "cp-2", true);
  REQUIRE(answer);
  const auto opened = k3s::open_seat_answer(key, "c0ffee", *answer);
  REQUIRE(opened);
  CHECK(opened->seat == Seat::taken);
  CHECK(opened->node == "cp-2");
  CHECK_FALSE(k3s::make_seat_answer(other, question, "cp-2", true));
  CHECK_FALSE(k3s::open_seat_answer(other, "c0ffee", *answer));
  CHECK_FALSE(k3s::open_seat_answer(key, "decaf0", *answer));
}

TEST_CASE("k3s look: request and report come back as they were") {
  const k3s::LookRequest request{.node = "cp-1", .address = kFirst, .servers = {kFirst, kSecond}};
  CHECK(*k3s::parse_look_request(to_text(request)) == request);
  k3s::LookReport report{.servers = {seen(kSecond, Contact::wrong_ca, Seat::taken)}};
  report.servers[0].clock = -7;
  report.node = k3s::NodeSeen{.answered = true, .ready = true, .voter = true};
  CHECK(*k3s::parse_look_report(to_text(report)) == report);
  CHECK_FALSE(k3s::parse_look_report("{\"servers\": 3}"));
}
