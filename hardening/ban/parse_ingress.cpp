/// Requests that nobody makes who wants to read a page.
#include <algorithm>
#include <array>

#include "agent/base/json_walk.hpp"
#include "agent/base/text.hpp"
#include "hardening/ban/lines.hpp"
#include "hardening/ban/words.hpp"

namespace kgnode::hardening::ban {
namespace {

constexpr std::uint16_t kRefused = 1;  // a page that is not there: it happens to everybody
constexpr std::uint16_t kProbe = 5;    // a hole that is not there: it does not

// Beginnings of a path segment, in lower case. They weigh as probes only where the answer was a
// refusal: who runs WordPress serves wp-login.php to honest people, and refuses them a missing
// picture in wp-content, which is therefore none.
constexpr auto kProbes = std::to_array<std::string_view>({"..",
                                                          "%2e%2e",
                                                          ".env",
                                                          ".git/",
                                                          ".git-credentials",
                                                          ".svn/",
                                                          ".hg/",
                                                          ".aws/",
                                                          ".ssh/",
                                                          ".kube/",
                                                          ".docker/",
                                                          ".vscode/",
                                                          ".ds_store",
                                                          ".htpasswd",
                                                          ".htaccess",
                                                          ".npmrc",
                                                          "wp-login.php",
                                                          "wp-config",
                                                          "xmlrpc.php",
                                                          "wlwmanifest.xml",
                                                          "phpmyadmin",
                                                          "pma/",
                                                          "adminer",
                                                          "phpinfo",
                                                          "phpunit/",
                                                          "cgi-bin/",
                                                          "eval-stdin.php",
                                                          "boaform/",
                                                          "hnap1",
                                                          "gponform/",
                                                          "goform/",
                                                          "setup.cgi",
                                                          "manager/html",
                                                          "solr/admin",
                                                          "actuator/",
                                                          "server-status",
                                                          "owa/",
                                                          "ecp/",
                                                          "autodiscover/",
                                                          "_ignition/",
                                                          "geoserver/",
                                                          "console/login",
                                                          "web.config",
                                                          "etc/passwd"});

// What browsers ask for by themselves: missing, it says nothing about who asked.
constexpr auto kUnasked = std::to_array<std::string_view>(
    {"/favicon.ico", "/robots.txt", "/apple-touch-icon", "/.well-known/", "/ads.txt",
     "/sitemap.xml", "/manifest.json", "/browserconfig.xml", "/site.webmanifest"});

constexpr std::array<unsigned, 6> kRefusals = {400, 401, 403, 404, 405, 429};

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::ranges::equal(text.substr(0, lower.size()), lower, {}, to_lower);
}

bool is_probe(std::string_view path) {
  while (take_until(path, '/')) {
    if (std::ranges::any_of(kProbes, [path](auto probe) { return begins_with(path, probe); }))
      return true;
  }
  return false;
}

bool is_unasked(std::string_view path) {
  return std::ranges::any_of(kUnasked, [path](auto known) { return path.starts_with(known); });
}

/// 0: no offence. An empty `target`: the request was no HTTP at all.
std::uint16_t weight_of(unsigned status, std::string_view target) {
  if (!std::ranges::contains(kRefusals, status)) return 0;
  if (!target.starts_with('/')) return target == "*" ? kRefused : kProbe;
  const auto path = target.substr(0, target.find('?'));
  if (is_probe(path)) return kProbe;
  return is_unasked(path) ? 0 : kRefused;
}

std::optional<Hit> judge(std::string_view word, unsigned status, std::string_view target) {
  const auto weight = weight_of(status, target);
  if (weight == 0) return std::nullopt;
  const auto source = parse_source(word);
  if (!source) return std::nullopt;
  return Hit{.address = *source, .weight = weight};
}

// "METHOD TARGET PROTOCOL", and the target may have blanks; empty when it is not that.
std::string_view target_of(std::string_view request) {
  const auto first = request.find(' ');
  const auto last = request.rfind(' ');
  if (first == last || !request.substr(last + 1).starts_with("HTTP/")) return {};
  return request.substr(first + 1, last - first - 1);
}

// ADDR - USER [TIME] "REQUEST" STATUS ...: nginx escapes a quote in whatever it quotes, and in the
// user name, so that the first two are its own. Where Traefik does not, only the request of this
// very source looks like another one.
std::optional<Hit> parse_common(std::string_view line) {
  const auto word = take_until(line, ' ');
  if (!word || !take_prefix(line, "- ")) return std::nullopt;
  const auto user_and_time = take_until(line, '"');
  const auto request = take_until(line, '"');
  if (!request || !user_and_time || !user_and_time->ends_with("] ") || !take_prefix(line, " "))
    return std::nullopt;
  const auto status = parse_int<unsigned>(take_digits(line));
  if (!status || !take_prefix(line, " ")) return std::nullopt;
  // A port that was opened and closed again: a health check.
  if (request->find_first_not_of(" -") == std::string_view::npos) return std::nullopt;
  return judge(*word, *status, target_of(*request));
}

// Traefik. ClientHost is what X-Forwarded-For says only behind a proxy that is trusted; a list of
// several is no address.
std::optional<Hit> parse_json(std::string_view line) {
  JsonWalk walk(line);
  if (!walk.enter_object()) return std::nullopt;
  std::optional<std::string_view> host;
  std::optional<std::string_view> path;
  std::optional<std::int64_t> status;
  while (const auto key = walk.next_key()) {
    if (*key == "ClientHost") {
      host = walk.string();
    } else if (*key == "RequestPath") {
      path = walk.string();
    } else if (*key == "DownstreamStatus") {
      status = walk.integer();
    } else {
      walk.skip();
    }
  }
  if (!walk.finish() || !host || !path || !status || *status < 0) return std::nullopt;
  return judge(*host, static_cast<unsigned>(*status), *path);
}

}  // namespace

std::optional<Hit> parse_ingress(std::string_view line) {
  return line.starts_with('{') ? parse_json(line) : parse_common(line);
}

}  // namespace kgnode::hardening::ban
