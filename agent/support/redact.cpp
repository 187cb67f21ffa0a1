/// What looks like a secret by itself.
#include "agent/support/redact.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <utility>

#include "agent/base/text.hpp"

namespace kgnode::support {
namespace {

struct Known {
  std::string_view name;
  std::string_view pattern;
  std::string_view replacement;
};

// The replacements keep what tells which one it was and opens nothing: a scheme, an id, a CA's
// hash.
constexpr std::array kKnown = {
    Known{"bearer token", R"((?i)\b(bearer)(?:\s+|%20)[A-Za-z0-9._~+/=-]{8,})", R"(\1 [redacted])"},
    Known{"k3s token", R"(\b(K10[0-9a-f]{64})::[^\s"'\\,;)\]}]+)", R"(\1::[redacted])"},
    Known{"bootstrap token", R"(\b([a-z0-9]{6})\.[a-z0-9]{16}\b)", R"(\1.[redacted])"},
    Known{"JSON web token", R"(\beyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?)",
          "[redacted]"},
    Known{
        "password hash",
        R"(\$(1|2[abxy]?|5|6|7|y|gy|sha1|md5|apr1|argon2id?|argon2d|scrypt|pbkdf2[a-z0-9-]*)\$[^\s"',:\\]+)",
        R"($\1$[redacted])"},
    Known{"user of a URL", R"(([A-Za-z][A-Za-z0-9+.-]*://)[^\s/@"'\[\]]+@)", R"(\1[redacted]@)"},
    Known{"signed URL",
          R"((?i)([?&](?:x-amz-[a-z-]+|sig|signature|key|awsaccesskeyid|code|auth)=)[^\s&"'\\]+)",
          R"(\1[redacted])"},
    Known{"access key", R"(\b(AKIA|ASIA)[A-Z0-9]{16}\b)", R"(\1[redacted])"},
    Known{
        "key of a service",
        R"(\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk_live_|rk_live_|hvs\.|npm_|dop_v1_)[A-Za-z0-9_.-]{8,})",
        R"(\1[redacted])"},
    Known{"age key", R"((AGE-SECRET-KEY-1)[A-Z0-9]+)", R"(\1[redacted])"},
    // "-----BEGIN" as Base64, which kubeconfigs and Secrets have.
    Known{"PEM as Base64", R"(LS0tLS1CRUdJT[A-Za-z0-9+/]+={0,2})", "[redacted]"},
};

constexpr std::string_view kBase64 =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/-_";

bool is_mixed(std::string_view run) {
  const auto has = [run](char first, char last) {
    return std::ranges::any_of(run, [first, last](char c) { return c >= first && c <= last; });
  };
  return has('a', 'z') && has('A', 'Z') && has('0', '9');
}

/// Capitals, small letters and digits in one run without a break: nobody writes so. A path has
/// its breaks, and a digest in hexadecimal digits has no capitals.
bool is_random(std::string_view run) {
  constexpr std::size_t kLongRun = 40;
  constexpr std::size_t kLongPart = 20;
  if (run.size() < kLongRun || !is_mixed(run)) return false;
  return std::ranges::any_of(split(run, '/'), [](std::string_view part) {
    return part.size() >= kLongPart && is_mixed(part);
  });
}

/// A public key, the fingerprint of one, or the hash of a CA as tokens of K3s have it.
bool is_public(std::string_view before, std::string_view run) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const bool is_hash =
      run.starts_with("K10") && run.substr(3).find_first_not_of(kHex) == std::string_view::npos;
  return is_hash || run.starts_with("AAAA") || before.ends_with("SHA256:");
}

std::size_t hide_random(std::string& text) {
  std::string clean;
  std::size_t count = 0;
  std::size_t done = 0;
  for (auto at = text.find_first_of(kBase64); at != std::string::npos;
       at = text.find_first_of(kBase64, done)) {
    const auto end = std::min(text.find_first_not_of(kBase64, at), text.size());
    const std::string_view run = std::string_view(text).substr(at, end - at);
    clean.append(text, done, at - done);
    if (is_random(run) && !is_public(clean, run)) {
      clean += kHidden;
      ++count;
    } else {
      clean += run;
    }
    done = end;
  }
  clean.append(text, done);
  text = std::move(clean);
  return count;
}

}  // namespace

Result<Redactor> Redactor::make(Secrets secrets) {
  std::vector<Shape> shapes;
  for (const auto& known : kKnown)
    shapes.push_back({std::string(known.name),
                      TRY(sys::Rewriter::compile(known.pattern, std::string(known.replacement)))});
  return Redactor(std::move(secrets), std::move(shapes));
}

void Redactor::count(const std::string& name, std::size_t times) {
  if (times > 0) counts_[name] += times;
}

std::string Redactor::clean(std::string text) {
  secrets_.hide(text, counts_);
  count("private key", hide_keys(text));
  for (const auto& shape : shapes_) count(shape.name, shape.rewriter.apply(text));
  count("by its name", hide_pairs(text));
  count("looks random", hide_random(text));
  return text;
}

std::string Redactor::clean_environment(std::string text) {
  secrets_.hide(text, counts_);
  count("environment", hide_environment(text));
  return clean(std::move(text));
}

}  // namespace kgnode::support
