/// RE2 behind our own interface.
#include "agent/sys/regex.hpp"

#include <re2/re2.h>

#include <array>
#include <format>
#include <map>
#include <utility>

#include "agent/base/text.hpp"

namespace kgnode::sys {
namespace {

// For the program and its caches together. A pattern of everyday size needs a tenth of it.
constexpr std::int64_t kMemory = std::int64_t{2} << 20;
constexpr std::size_t kGroups = 16;
constexpr const char* kGroup = "addr";

re2::RE2::Options make_options() {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(kMemory);
  // Bytes, not characters: "." has to match what is no UTF-8 too, or an attacker puts that in.
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  return options;
}

Error refuse(std::string_view pattern, const std::string& why) {
  return Error::plain(std::format("pattern {}: {}", quote(pattern.substr(0, 80)), why));
}

std::optional<std::string> refuse_groups(const std::map<int, std::string>& groups) {
  const std::string wanted = R"(put (?P<addr>\S+) where the source's address stands)";
  if (groups.empty()) return "it has no group named \"addr\"; " + wanted;
  for (const auto& [number, name] : groups) {
    if (name != kGroup) {
      const auto way_out = groups.size() > 1 ? "write (?:...) for it" : wanted;
      return std::format("it has a group named {}, and only \"addr\" means something; {}",
                         quote(name), way_out);
    }
    if (static_cast<std::size_t>(number) >= kGroups) {
      return std::format("more than {} groups before \"addr\"; write (?:...) for them",
                         kGroups - 2);
    }
  }
  if (groups.size() > 1) return "it has two groups named \"addr\"; leave one";
  return std::nullopt;
}

}  // namespace

Regex::Regex(std::unique_ptr<re2::RE2> program, std::size_t group)
    : program_(std::move(program)), group_(group) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view pattern) {
  if (pattern.size() > kPatternLimit)
    return fail(refuse(pattern, std::format("it is longer than {} bytes", kPatternLimit)));
  auto program = std::make_unique<re2::RE2>(std::string(pattern), make_options());
  if (!program->ok())
    return fail(refuse(pattern, printable(program->error()) + "; it has to be RE2 syntax"));
  const auto& groups = program->CapturingGroupNames();
  if (const auto why = refuse_groups(groups)) return fail(refuse(pattern, *why));
  const auto group = static_cast<std::size_t>(groups.begin()->first);
  return Regex(std::move(program), group);
}

std::optional<std::string_view> Regex::address(std::string_view line) const {
  if (line.size() > kLineLimit) return std::nullopt;
  std::array<absl::string_view, kGroups> groups;
  if (!program_->Match({line.data(), line.size()}, 0, line.size(), re2::RE2::UNANCHORED,
                       groups.data(), static_cast<int>(group_) + 1))
    return std::nullopt;
  // A group that took no part in the match has no place in the line either.
  const auto taken = groups[group_];
  if (taken.data() == nullptr) return std::nullopt;
  return std::string_view(taken.data(), taken.size());
}

}  // namespace kgnode::sys
