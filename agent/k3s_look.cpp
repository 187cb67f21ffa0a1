/// The look at the cluster.
#include "agent/k3s_look.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <format>
#include <optional>
#include <print>
#include <string>
#include <vector>

#include "agent/base/text.hpp"
#include "agent/k3s_api.hpp"
#include "agent/k3s_lock.hpp"
#include "agent/k3s_log.hpp"
#include "agent/sys/datagram.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/path_mtu.hpp"
#include "agent/sys/reach.hpp"
#include "k3s/cis/cis.hpp"
#include "k3s/join/ask.hpp"
#include "k3s/join/paths.hpp"
#include "k3s/join/token.hpp"

namespace kgnode {
namespace {

using namespace std::chrono_literals;
using k3s::Contact;

constexpr std::uint16_t kApiPort = 6443;
constexpr auto kCaFile = "/run/kgnode/k3s/shown-ca.pem";

/// The token while it is used. Only its parts leave this function's caller.
struct Secret {
  std::string text;
  std::optional<k3s::Token> token;
};

Secret read_secret(sys::Files& files, const std::string& path) {
  Secret secret;
  if (path.empty()) return secret;
  if (auto text = files.read(path, 4096); text && *text) secret.text = **std::move(text);
  secret.token = k3s::parse_token(secret.text);
  return secret;
}

std::string host_of(const Address& address) {
  return address.family == Family::ipv6 ? "[" + to_string(address) + "]" : to_string(address);
}

void stop_at(k3s::ServerSeen& seen, Contact contact, std::string_view text) {
  seen.contact = contact;
  seen.text = std::string(text.substr(0, 300));
}

Contact of_reach(sys::Reach reach) {
  switch (reach) {
    case sys::Reach::refused:
      return Contact::refused;
    case sys::Reach::no_route:
      return Contact::no_route;
    case sys::Reach::no_source:
      return Contact::no_source;
    case sys::Reach::silent:
      return Contact::silent;
    case sys::Reach::open:
    case sys::Reach::other:
      break;
  }
  return Contact::failed;
}

class Look {
 public:
  explicit Look(const k3s::LookRequest& request)
      : request_(request), secret_(read_secret(files_, request.token_file)) {
    std::ranges::copy_if(request.servers, std::back_inserter(others_),
                         [&request](const Address& server) { return server != request.address; });
  }
  ~Look() { sys::wipe(secret_.text); }
  Look(const Look&) = delete;
  Look& operator=(const Look&) = delete;

  std::vector<k3s::ServerSeen> servers() {
    const auto reached = sys::reach_all(request_.address, others_, kApiPort, 3s);
    const auto seats = ask_seats();
    std::vector<k3s::ServerSeen> all;
    for (std::size_t i = 0; i < others_.size(); ++i) {
      k3s::ServerSeen seen{.address = others_[i], .seat = seats[i]};
      if (reached[i].reach == sys::Reach::open) {
        enter(seen);
      } else {
        stop_at(seen, of_reach(reached[i].reach), reached[i].text);
      }
      all.push_back(std::move(seen));
    }
    return all;
  }

 private:
  std::vector<k3s::Seat> ask_seats() {
    std::vector<k3s::Seat> seats(others_.size(), k3s::Seat::unknown);
    if (!request_.server || !secret_.token) return seats;
    const auto key = k3s::seat_key(secret_.token->secret);
    if (!key) return seats;
    const auto challenge = sys::random_hex(16);
    sys::ask_all(request_.address, others_, k3s::kSeatPort,
                 k3s::make_seat_question(*key, challenge), 2s,
                 [&seats, &key, &challenge](std::size_t index,
                                            std::string_view bytes) -> std::optional<std::string> {
                   const auto answer = k3s::open_seat_answer(*key, challenge, bytes);
                   if (!answer) return std::nullopt;
                   seats[index] = answer->seat;
                   return answer->node;
                 });
    return seats;
  }

  k3s::Question to(const k3s::ServerSeen& seen, std::string_view path) const {
    return {.url = std::format("https://{}:{}{}", host_of(seen.address), kApiPort, path),
            .from = to_string(request_.address)};
  }

  /// One step after the other, until one does not hold.
  void enter(k3s::ServerSeen& seen) {
    if (is_whole(seen) && take_ca(seen) && verify(seen)) knock(seen);
  }

  /// First of all: where large packets are lost TLS hangs, and whoever asked waits for its limit.
  bool is_whole(k3s::ServerSeen& seen) {
    const auto path = sys::probe_path_mtu(request_.address, seen.address, 900ms);
    if (path.path != sys::PathMtu::cut) return true;
    stop_at(seen, Contact::cut, std::format("no packet of {} bytes arrives", path.mtu));
    return false;
  }

  bool take_ca(k3s::ServerSeen& seen) {
    const auto reply = k3s::ask(to(seen, "/cacerts"));
    if (!reply) {
      stop_at(seen, reply.error().contact, reply.error().text);
      return false;
    }
    seen.clock = reply->clock;
    if (reply->status == 503 || reply->status == 429) {
      stop_at(seen, Contact::starting, trim(printable(reply->body)));
      return false;
    }
    const auto ca = reply->status == 200 ? k3s::parse_cacerts(reply->body) : std::nullopt;
    if (!ca) {
      stop_at(seen, Contact::not_k3s, std::format("/cacerts: status {}", reply->status));
      return false;
    }
    seen.ca_hash = ca->hash;
    const auto pinned = secret_.token && !secret_.token->ca_hash.empty()
                            ? std::string(secret_.token->ca_hash)
                            : request_.ca_hash;
    if (!pinned.empty() && pinned != ca->hash) {
      stop_at(seen, Contact::wrong_ca, "pinned is " + pinned);
      return false;
    }
    const auto kept = files_.replace(kCaFile, ca->trusted, 0600);
    if (!kept) stop_at(seen, Contact::unclear, kept.error().message());
    return kept.has_value();
  }

  bool verify(k3s::ServerSeen& seen) {
    auto question = to(seen, "/ping");
    question.ca_file = kCaFile;
    const auto reply = k3s::ask(question);
    if (!reply) {
      stop_at(seen, reply.error().contact, reply.error().text);
      return false;
    }
    if (seen.clock && std::abs(*seen.clock) > k3s::kClockLimit) {
      stop_at(seen, Contact::wrong_clock, std::format("{} s", *seen.clock));
      return false;
    }
    if (reply->status == 200) return true;
    stop_at(seen, reply->status == 503 ? Contact::starting : Contact::unclear,
            std::format("/ping: status {}", reply->status));
    return false;
  }

  /// From here on the CA is the pinned one, and the token may be shown to it.
  void knock(k3s::ServerSeen& seen) {
    if (!secret_.token) return stop_at(seen, Contact::ready, "not asked with a token");
    auto question = to(seen, request_.server ? "/db/info" : "/v1-k3s/config");
    question.ca_file = kCaFile;
    if (secret_.token->kind == k3s::TokenKind::bootstrap) {
      question.bearer = std::string(secret_.token->secret);
    } else {
      question.user = std::string(request_.server ? "server:" : "node:");
      question.user += secret_.token->secret;
    }
    const auto reply = k3s::ask(question);
    sys::wipe(question.user);
    sys::wipe(question.bearer);
    if (!reply) return stop_at(seen, reply.error().contact, reply.error().text);
    judge(seen, *reply);
  }

  void judge(k3s::ServerSeen& seen, const k3s::Reply& reply) {
    const auto text = std::format("status {}", reply.status);
    switch (reply.status) {
      case 200:
        break;
      case 400:
        return stop_at(seen, Contact::no_etcd, text);
      case 401:
        return stop_at(seen, Contact::unauthorized, text);
      case 403:
        return stop_at(seen, Contact::forbidden, text);
      case 429:
      case 503:
        return stop_at(seen, Contact::starting, text);
      default:
        return stop_at(seen, Contact::unclear, text);
    }
    if (request_.server) {
      auto members = k3s::parse_members(reply.body);
      if (!members) return stop_at(seen, Contact::unclear, "/db/info is no list of members");
      seen.members = *std::move(members);
    }
    seen.contact = Contact::ready;
  }

  const k3s::LookRequest& request_;
  sys::RealFiles files_;
  Secret secret_;
  std::vector<Address> others_;
};

/// As the kubelet sees itself, with its own certificate: that much it may ask, and change.
k3s::NodeSeen see_node(const k3s::LookRequest& request, const K3sApi& api) {
  const bool patches = !request.default_disks.empty();
  const auto ask = [&request, &api, patches] {
    return api.call(
        {.method = patches ? "PATCH" : "GET",
         .path = "/api/v1/nodes/" + request.node,
         .body = patches ? k3s::annotation_patch(k3s::kDefaultDisks, request.default_disks) : ""});
  };
  auto reply = ask();
  // Where packets are lost, one connection in thousands is not made in time; the node is well.
  if (!reply && !patches) reply = ask();
  if (!reply) return {.text = reply.error().message()};
  if (reply->status != 200)
    return {.text = std::format("the API answers with status {}", reply->status)};
  return k3s::parse_node(reply->body).value_or(k3s::NodeSeen{.text = "the API shows no node"});
}

/// After the move that was asked for, when there is one.
k3s::LockSeen tend_lock(const k3s::LookRequest& request, const K3sApi& api) {
  const ClusterLock lock(api);
  // What did not work is seen, and planned once more.
  if (request.lock_move) (void)lock.carry_out(*request.lock_move);
  return lock.see();
}

std::string_view unit_of(const k3s::LookRequest& request) {
  return request.server ? k3s::kServerUnit : k3s::kAgentUnit;
}

/// From the first lines of its run: "Running kubelet --...".
k3s::Arguments read_arguments(const k3s::LookRequest& request) {
  k3s::Arguments all;
  const auto log = read_k3s_journal(unit_of(request), 0, std::format("+{}", kK3sLogLines));
  for (const auto line : split(log.value_or(""), '\n')) {
    for (const auto* program :
         {"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"}) {
      if (line.contains(std::format("Running {} ", program)))
        all[program] = k3s::cis_arguments(line);
    }
  }
  return all;
}

std::optional<k3s::LogSeen> read_log(const k3s::LookRequest& request) {
  const auto found = diagnose_unit(unit_of(request));
  if (!found || found->cause.empty() || found->state == k3s::State::running) return std::nullopt;
  return k3s::LogSeen{.cause = found->cause,
                      .evidence = found->evidence,
                      .meaning = found->meaning,
                      .remedy = found->remedy};
}

}  // namespace

k3s::LookReport look_at_cluster(const k3s::LookRequest& request) {
  k3s::LookReport report;
  const K3sApi api(request.server);
  if (request.ask_node) report.node = see_node(request, api);
  const bool is_there = report.node && report.node->answered;
  // It runs and its API is silent: why, the servers may tell.
  if (request.ask_servers || (request.ask_node && !is_there))
    report.servers = Look(request).servers();
  if (request.ask_peers && is_there) report.peers = api.see_peers();
  if (request.server && is_there) report.lock = tend_lock(request, api);
  if (request.read_log) report.log = read_log(request);
  if (request.read_arguments) report.arguments = read_arguments(request);
  return report;
}

int run_k3s_look() {
  sys::RealFiles files;
  const auto text = files.read(k3s::kLookRequest, sys::Files::kReadLimit);
  const auto request =
      text ? k3s::parse_look_request(text->value_or("")) : fail(Error(text.error()));
  if (!request) {
    std::println(stderr, "kgnode: {}", request.error().message());
    return 1;
  }
  const auto written = files.replace(k3s::kLookReport, to_text(look_at_cluster(*request)), 0600);
  if (written) return 0;
  std::println(stderr, "kgnode: {}", written.error().message());
  return 1;
}

}  // namespace kgnode
