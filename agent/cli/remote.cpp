/// Verbs that ask the running agent.
#include "agent/cli/remote.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <format>
#include <iostream>
#include <iterator>
#include <optional>
#include <print>
#include <thread>
#include <utility>

#include <boost/json.hpp>

#include "agent/api/client.hpp"
#include "agent/cli/json_view.hpp"
#include "agent/cli/output.hpp"
#include "agent/cli/report_seal.hpp"
#include "agent/sys/files.hpp"
#include "k3s/day2/reboot.hpp"

namespace kgnode::cli {
namespace {

using Render = std::string (*)(const boost::json::value&);
constexpr std::chrono::minutes kApplyLimit{10};  // units may take their time to reload
constexpr std::chrono::minutes kDoctorLimit{1};
constexpr std::size_t kConfigLimit = std::size_t{256} << 10;

/// Errors are of the file that was sent; the agent, which sees its text alone, names its own.
void name_sent_file(boost::json::value& answer, const std::string& file) {
  boost::system::error_code absent;
  auto* found = answer.find_pointer("/error/detail/diagnostics", absent);
  if (found == nullptr || !found->is_array()) return;
  for (auto& diagnostic : found->get_array()) {
    if (diagnostic.is_object()) diagnostic.get_object()["file"] = file == "-" ? "<stdin>" : file;
  }
}

/// The agent's answer when it is a good one; what went wrong is printed already otherwise. `file`:
/// where the body is from.
std::optional<boost::json::value> ask(const api::ClientRequest& request, bool json,
                                      const std::string& file = {}) {
  auto answer = api::call(request);
  if (!answer) {
    std::println(stderr, "kgnode: {}", answer.error().message());
    return std::nullopt;
  }
  if (answer->status < 300) return std::move(answer->body);
  if (!file.empty()) name_sent_file(answer->body, file);
  if (json) {
    std::print("{}", render_json(answer->body));
  } else {
    std::print(stderr, "kgnode: {}", render_error(answer->body));
  }
  return std::nullopt;
}

int show(const api::ClientRequest& request, bool json, Render render,
         const std::string& file = {}) {
  const auto answer = ask(request, json, file);
  if (!answer) return 1;
  if (json) {
    std::print("{}", render_json(*answer));
  } else {
    std::print("{}", render(*answer));
  }
  return 0;
}

std::optional<std::string> read_file(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  sys::RealFiles files;
  auto text = files.read(file, kConfigLimit);
  if (!text) {
    std::println(stderr, "kgnode: {}", text.error().message());
    return std::nullopt;
  }
  if (!*text) std::println(stderr, "kgnode: \"{}\": no such file", file);
  return *std::move(text);
}

/// For a query string: everything but letters, digits and "-._~" (RFC 3986 section 2.3) as %XX.
std::string escape(std::string_view text) {
  constexpr std::string_view kPlain = "-._~";
  std::string escaped;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       kPlain.contains(c);
    if (plain) {
      escaped += c;
    } else {
      escaped += std::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

Paint paint() { return Paint(wants_color()); }

}  // namespace

int show_status(const Request& request) {
  const auto answer = ask({.target = "/v1/status"}, request.json);
  if (!answer) return 1;
  std::print("{}", request.json ? render_json(*answer) : render_status(*answer, paint()));
  return 0;
}

int show_cluster(const Request& request) {
  const auto answer = ask({.target = "/v1/cluster"}, request.json);
  if (!answer) return 1;
  std::print("{}", request.json ? render_json(*answer) : render_cluster(*answer, paint()));
  return 0;
}

int show_k3s(const Request& request) {
  const auto answer = ask({.target = "/v1/k3s"}, request.json);
  if (!answer) return 1;
  std::print("{}", request.json ? render_json(*answer) : render_k3s(*answer));
  return 0;
}

int run_doctor(const Request& request) {
  const auto answer = ask({.target = "/v1/doctor", .limit = kDoctorLimit}, request.json);
  if (!answer) return 1;
  std::print("{}", request.json ? render_json(*answer) : render_doctor(*answer, paint()));
  return has_only_passes(*answer) ? 0 : 1;
}

int run_benchmark(const Request& request, const std::string& profile, const std::string& sign) {
  if (!sign.empty() && request.json) {
    std::println(stderr, "kgnode: a signed report is text: leave out -o json");
    return 64;
  }
  const auto answer =
      ask({.target = "/v1/doctor?profile=" + escape(profile), .limit = kDoctorLimit}, request.json);
  if (!answer) return 1;
  auto text = request.json ? render_json(*answer) : render_benchmark(*answer);
  if (!sign.empty()) {
    const auto key = read_file(sign);
    if (!key) return 1;
    auto sealed = seal_report(text, *key);
    if (!sealed) {
      std::println(stderr, "kgnode: \"{}\": {}", sign, sealed.error().message());
      return 1;
    }
    text = *std::move(sealed);
  }
  std::print("{}", text);
  return is_accounted_for(*answer) ? 0 : 1;
}

int verify_report(const std::string& report, const std::string& key) {
  const auto text = read_file(report);
  const auto open = text ? read_file(key) : std::nullopt;
  if (!open) return 1;
  const auto valid = check_seal(*text, *open);
  if (valid) {
    std::println("\"{}\" is as it was signed", report);
    return 0;
  }
  std::println(stderr, "kgnode: \"{}\": {}", report, valid.error().message());
  return 1;
}

int show_plan(const Request& request) {
  api::ClientRequest call{.method = "POST", .target = "/v1/plan"};
  if (!request.file.empty()) {
    auto text = read_file(request.file);
    if (!text) return 1;
    call.body = *std::move(text);
  }
  const auto answer = ask(call, request.json, request.file);
  if (!answer) return 1;
  std::print("{}", request.json ? render_json(*answer) : render_plan(*answer));
  return has_changes(*answer) ? 2 : 0;
}

int apply_file(const Request& request, const std::string& window) {
  auto text = read_file(request.file);
  if (!text) return 1;
  const auto query = window.empty() ? "" : "?confirm_within=" + escape(window);
  return show({.method = "POST",
               .target = "/v1/apply" + query,
               .body = *std::move(text),
               .limit = kApplyLimit},
              request.json, render_applied, request.file);
}

int confirm_change(const Request& request) {
  return show({.method = "POST", .target = "/v1/confirm"}, request.json, render_applied);
}

int revert_change(const Request& request) {
  return show({.method = "POST", .target = "/v1/revert", .limit = kApplyLimit}, request.json,
              render_applied);
}

int show_firewall(const Request& request) {
  return show({.target = "/v1/firewall"}, request.json, render_firewall);
}

int explain_packet(const Request& request, const std::string& from, const std::string& to) {
  return show(
      {.target = std::format("/v1/firewall/explain?from={}&to={}", escape(from), escape(to))},
      request.json, render_explanation);
}

int list_bans(const Request& request) {
  return show({.target = "/v1/ban"}, request.json, render_bans);
}

int add_ban(const Request& request, const std::string& source, const std::string& time) {
  const auto query = time.empty() ? "" : "&for=" + escape(time);
  return show({.method = "POST", .target = "/v1/ban/add?source=" + escape(source) + query},
              request.json, render_ban);
}

int remove_ban(const Request& request, const std::string& source) {
  return show({.method = "POST", .target = "/v1/ban/remove?source=" + escape(source)}, request.json,
              render_ban);
}

int explain_ban(const Request& request, const std::string& address) {
  return show({.target = "/v1/ban/why?address=" + escape(address)}, request.json, render_ban_story);
}

int list_disks(const Request& request) {
  return show({.target = "/v1/storage"}, request.json, render_disks);
}

int plan_disk(const Request& request) {
  const auto plan = ask({.method = "POST", .target = "/v1/plan"}, request.json);
  const auto disks = ask({.target = "/v1/storage"}, request.json);
  if (!plan || !disks) return 1;
  const boost::json::value both{{"plan", only_domain(*plan, "storage")},
                                {"disks", at(*disks, "disks")}};
  std::print("{}", request.json ? render_json(both) : render_disk_plan(both));
  return has_changes(at(both, "plan")) ? 2 : 0;
}

int prepare_disk(const Request& request, const std::string& disk, const std::string& token) {
  return show(
      {.method = "POST",
       .target = std::format("/v1/storage/prepare?disk={}&token={}", escape(disk), escape(token)),
       .limit = kApplyLimit},
      request.json, render_applied);
}

int show_upgrade(const Request& request) {
  return show({.target = "/v1/upgrade"}, request.json, render_upgrade);
}

namespace {

bool is_url(std::string_view source) {
  return source.starts_with("http://") || source.starts_with("https://");
}

/// The last answer, when the slot's unit has ended.
std::optional<boost::json::value> wait_for_slot(bool json) {
  const bool watched = !json && ::isatty(STDERR_FILENO) == 1;
  for (;;) {
    auto answer = ask({.target = "/v1/upgrade"}, json);
    if (!answer) return std::nullopt;
    if (is_true(at(*answer, "finished")) && !is_true(at(*answer, "at_work"))) {
      if (watched) std::print(stderr, "\r\033[K");
      return answer;
    }
    if (watched) std::print(stderr, "\r\033[K{}", render_progress(*answer));
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

int finish_slot(const api::ClientRequest& call, const Request& request, bool reboot) {
  if (!ask(call, request.json)) return 1;
  const auto answer = wait_for_slot(request.json);
  if (!answer) return 1;
  if (const auto& error = at(*answer, "error"); !error.is_null()) {
    std::println(stderr, "kgnode: {}", cli::show(error));
    return 1;
  }
  std::print("{}", request.json ? render_json(*answer) : render_upgrade(*answer));
  if (!reboot) return 0;
  return cli::reboot(request, {}, false);
}

}  // namespace

int upgrade(const Request& request, bool reboot) {
  const auto source = is_url(request.file)
                          ? request.file
                          : std::filesystem::absolute(request.file).lexically_normal().string();
  return finish_slot({.method = "POST", .target = "/v1/upgrade?source=" + escape(source)}, request,
                     reboot);
}

int roll_back(const Request& request, bool reboot) {
  return finish_slot({.method = "POST", .target = "/v1/rollback"}, request, reboot);
}

int reboot(const Request& request, const std::string& within, bool force) {
  const auto query = std::format("?force={}{}", force ? "yes" : "no",
                                 within.empty() ? "" : "&within=" + escape(within));
  if (!ask({.method = "POST", .target = "/v1/reboot" + query}, request.json)) return 1;
  std::string shown;
  int idle = 0;
  for (;;) {
    // The agent goes down with the node: then nobody answers, and that is the end of it.
    const auto answer = api::call({.target = "/v1/reboot"});
    if (!answer && shown == k3s::kReboots) break;
    if (!answer) {
      std::println(stderr, "kgnode: {}; last seen: {}", answer.error().message(), shown);
      return 1;
    }
    const auto& line = at(answer->body, "doing");
    if (auto doing = line.is_null() ? shown : cli::show(line); doing != shown) {
      if (!request.json) std::println("{}", doing);
      std::fflush(stdout);  // the shutdown gives no time for it
      shown = std::move(doing);
    }
    const auto& error = at(answer->body, "error");
    if (is_true(at(answer->body, "finished")) && !error.is_null()) {
      std::println(stderr, "kgnode: {}", cli::show(error));
      return 1;
    }
    // Twice: right after it was asked for its unit may not be at work yet.
    if (!is_true(at(answer->body, "at_work")) && ++idle > 1) {
      std::println(stderr, "kgnode: the reboot was cut off: journalctl -u {}", k3s::kRebootUnit);
      return 1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  if (request.json) std::print("{}", render_json({{"rebooting", true}}));
  return 0;
}

int reset(const Request& request, const std::string& name, bool erase_data) {
  return show({.method = "POST",
               .target = std::format("/v1/reset?name={}&data={}", escape(name),
                                     erase_data ? "erase" : "keep")},
              request.json, render_begun);
}

int show_log(const Request& request, unsigned lines) {
  return show({.target = std::format("/v1/log?limit={}", lines)}, request.json, render_log);
}

int verify_log(const Request& request) {
  const auto answer = ask({.target = "/v1/log/verify"}, request.json);
  if (!answer) return 1;
  std::print("{}", request.json ? render_json(*answer) : render_log_report(*answer));
  const auto* whole = answer->is_object() ? answer->get_object().if_contains("whole") : nullptr;
  return whole != nullptr && whole->is_bool() && whole->get_bool() ? 0 : 1;
}

}  // namespace kgnode::cli
