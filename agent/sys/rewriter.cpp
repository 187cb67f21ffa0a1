/// Replacing by RE2.
#include "agent/sys/rewriter.hpp"

#include <re2/re2.h>

#include <format>
#include <utility>

#include "agent/base/text.hpp"

namespace kgnode::sys {
namespace {

// Texts are of several MiB: with less RE2 leaves its fast way.
constexpr std::int64_t kMemory = std::int64_t{8} << 20;

}  // namespace

Rewriter::Rewriter(std::unique_ptr<re2::RE2> program, std::string replacement)
    : program_(std::move(program)), replacement_(std::move(replacement)) {}
Rewriter::Rewriter(Rewriter&&) noexcept = default;
Rewriter& Rewriter::operator=(Rewriter&&) noexcept = default;
Rewriter::~Rewriter() = default;

Result<Rewriter> Rewriter::compile(std::string_view pattern, std::string replacement) {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(kMemory);
  // Bytes, not characters: what is no UTF-8 must not hide a match.
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  auto program = std::make_unique<re2::RE2>(std::string(pattern), options);
  std::string why = program->error();
  if (!program->ok() || !program->CheckRewriteString(replacement, &why))
    return fail(Error::plain(std::format("pattern {}: {}", quote(pattern), printable(why))));
  return Rewriter(std::move(program), std::move(replacement));
}

std::size_t Rewriter::apply(std::string& text) const {
  return static_cast<std::size_t>(re2::RE2::GlobalReplace(&text, *program_, replacement_));
}

}  // namespace kgnode::sys
