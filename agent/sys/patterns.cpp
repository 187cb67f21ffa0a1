/// Many patterns of ours at once on one line.
#include "agent/sys/patterns.hpp"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <format>
#include <utility>

#include "agent/base/text.hpp"

namespace kgnode::sys {
namespace {

RE2::Options make_options() {
  RE2::Options options(RE2::Quiet);
  options.set_encoding(RE2::Options::EncodingLatin1);  // logs are bytes
  return options;
}

}  // namespace

struct Patterns::Parts {
  RE2::Set all{make_options(), RE2::UNANCHORED};
  std::vector<std::unique_ptr<RE2>> each;
};

Patterns::Patterns(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Patterns::Patterns(Patterns&&) noexcept = default;
Patterns& Patterns::operator=(Patterns&&) noexcept = default;
Patterns::~Patterns() = default;

Result<Patterns> Patterns::compile(std::span<const std::string> patterns) {
  auto parts = std::make_unique<Parts>();
  for (const auto& pattern : patterns) {
    std::string why;
    auto one = std::make_unique<RE2>("(" + pattern + ")", make_options());
    if (!one->ok() || parts->all.Add(pattern, &why) < 0)
      return fail(Error::plain(std::format("{} is no pattern: {}", quote(pattern), one->error())));
    parts->each.push_back(std::move(one));
  }
  if (!parts->all.Compile()) return fail(Error::plain("the patterns need too much memory"));
  return Patterns(std::move(parts));
}

std::vector<Patterns::Match> Patterns::find(std::string_view line) const {
  std::vector<int> found;
  const absl::string_view text(line.data(), line.size());
  if (!parts_->all.Match(text, &found)) return {};
  std::ranges::sort(found);
  std::vector<Match> matches;
  for (const int index : found) {
    const auto place = static_cast<std::size_t>(index);
    absl::string_view whole;
    if (RE2::PartialMatch(text, *parts_->each[place], &whole))
      matches.push_back({place, static_cast<std::size_t>(whole.data() - text.data())});
  }
  return matches;
}

}  // namespace kgnode::sys
