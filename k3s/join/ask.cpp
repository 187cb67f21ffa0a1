/// curl's command line, and what it says.
#include "k3s/join/ask.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <format>

#include "agent/base/text.hpp"
#include "agent/sys/base64.hpp"
#include "agent/sys/run_child.hpp"
#include "agent/sys/sha256.hpp"

namespace kgnode::k3s {
namespace {

constexpr std::string_view kMark = "\nkgnode ";  // behind the body: status and date
constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

// curl(1), "EXIT CODES".
constexpr int kTimedOut = 28;
constexpr std::array kNotConnected = {6, 7};
constexpr std::array kNotTls = {35, 52, 56, 92};
constexpr int kBadCertificate = 60;

std::string in_config(std::string_view name, std::string_view value) {
  std::string text = std::format("{} = \"", name);
  for (const char letter : value) {
    if (letter == '"' || letter == '\\') text += '\\';
    text += letter;
  }
  return text + "\"\n";
}

Contact of_certificate(std::string_view text) {
  if (text.contains("not yet valid")) return Contact::not_yet_valid;
  if (text.contains("expired")) return Contact::expired;
  if (text.contains("subject name") || text.contains("host name")) return Contact::wrong_name;
  return Contact::untrusted;
}

Contact of_exit(int status, std::string_view text) {
  if (status == kBadCertificate) return of_certificate(text);
  if (status == kTimedOut) return Contact::no_tls;
  if (std::ranges::contains(kNotConnected, status)) return Contact::failed;
  if (std::ranges::contains(kNotTls, status)) return Contact::no_tls;
  return Contact::unclear;
}

}  // namespace

sys::Command make_curl(const Question& question) {
  // No configuration of the host's, no proxy: joining goes over the vRack.
  sys::Command command{.argv = {"/usr/bin/curl",
                                "--disable",
                                "--config",
                                "-",
                                "--noproxy",
                                "*",
                                "--silent",
                                "--show-error",
                                "--proto",
                                "=https",
                                "--connect-timeout",
                                "3",
                                "--max-time",
                                "8",
                                "--max-filesize",
                                std::to_string(question.limit),
                                "--http1.1",
                                "--write-out",
                                "\\nkgnode %{http_code} %header{date}",
                                question.url},
                       .limit = std::chrono::seconds(10),
                       .output_cap = 2 * question.limit};
  const auto add = [&command](std::initializer_list<std::string> words) {
    command.argv.insert(command.argv.end(), words);
  };
  if (!question.from.empty()) add({"--interface", question.from});
  if (question.ca_file.empty()) {
    add({"--insecure"});
  } else {
    add({"--cacert", question.ca_file, "--capath", "/nonexistent"});
  }
  if (!question.client_cert.empty())
    add({"--cert", question.client_cert, "--key", question.client_key});
  if (question.method != "GET") add({"--request", question.method});
  if (!question.body.empty()) {
    const bool patches = question.method == "PATCH";
    add({"--header", patches ? std::format("Content-Type: application/{}+json", question.patch)
                             : "Content-Type: application/json"});
    command.input += in_config("data-binary", question.body);
  }
  if (!question.user.empty()) command.input += in_config("user", question.user);
  if (!question.bearer.empty())
    command.input += in_config("header", "Authorization: Bearer " + question.bearer);
  return command;
}

std::expected<Reply, NoReply> parse_curl(const sys::Output& output, std::int64_t now) {
  if (output.status != 0) {
    const auto text = printable(trim(output.err));
    return std::unexpected(NoReply{.contact = of_exit(output.status, text), .text = text});
  }
  const auto mark = output.out.rfind(kMark);
  const auto line = mark == std::string::npos
                        ? std::string_view()
                        : std::string_view(output.out).substr(mark + kMark.size());
  const auto status = parse_int<int>(line.substr(0, line.find(' ')));
  if (!status) return std::unexpected(NoReply{.contact = Contact::unclear, .text = "curl"});
  Reply reply{.status = *status, .body = output.out.substr(0, mark)};
  const auto space = line.find(' ');
  const auto date =
      space == std::string_view::npos ? std::nullopt : parse_http_date(trim(line.substr(space)));
  if (date)
    reply.clock =
        static_cast<int>(std::clamp<std::int64_t>(*date - now, -2'000'000'000, 2'000'000'000));
  return reply;
}

std::expected<Reply, NoReply> ask(const Question& question) {
  const auto output = sys::run_child(make_curl(question));
  if (!output) {
    return std::unexpected(NoReply{.contact = Contact::unclear, .text = output.error().message()});
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return parse_curl(*output, std::chrono::floor<std::chrono::seconds>(now).count());
}

std::optional<ShownCa> parse_cacerts(std::string_view pem) {
  std::vector<std::string_view> certificates;
  for (auto at = pem.find(kBegin); at != std::string_view::npos;) {
    const auto end = pem.find(kEnd, at);
    if (end == std::string_view::npos) break;
    certificates.push_back(pem.substr(at, end + kEnd.size() - at));
    at = pem.find(kBegin, end);
  }
  if (certificates.empty()) return std::nullopt;
  if (certificates.size() == 1)
    return ShownCa{.hash = sys::sha256_hex(pem), .trusted = std::string(pem)};
  // Of a chain the root is pinned, and must then be the only one that is trusted: whoever answers
  // could have put a CA of their own beside it.
  const auto root = certificates.back();
  const auto der =
      sys::from_base64(root.substr(kBegin.size(), root.size() - kBegin.size() - kEnd.size()));
  if (!der) return std::nullopt;
  return ShownCa{.hash = sys::sha256_hex(*der), .trusted = std::string(root) + "\n"};
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto words = split_words(text);
  if (words.size() != 6 || words[5] != "GMT") return std::nullopt;
  const auto* const month = std::ranges::find(kMonths, words[2]);
  const auto day = parse_int<unsigned>(words[1]);
  const auto year = parse_int<int>(words[3]);
  const auto clock = split(words[4], ':');
  if (month == kMonths.end() || !day || !year || clock.size() != 3) return std::nullopt;
  const auto hour = parse_int<int>(clock[0]);
  const auto minute = parse_int<int>(clock[1]);
  const auto second = parse_int<int>(clock[2]);
  if (!hour || !minute || !second) return std::nullopt;
  const auto is_within = [](int value, int most) { return value >= 0 && value <= most; };
  // A leap second is the 61st.
  if (!is_within(*hour, 23) || !is_within(*minute, 59) || !is_within(*second, 60) ||
      !is_within(*year, 9999))
    return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(*year),
      std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
      std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  return std::chrono::seconds(days).count() + *hour * 3600 + *minute * 60 + *second;
}

}  // namespace kgnode::k3s
