/// Known secrets.
#include "agent/support/secrets.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "agent/sys/base64.hpp"

namespace kgnode::support {
namespace {

std::string to_hex(std::string_view text, bool upper) {
  std::string hex;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    hex += upper ? std::format("{:02X}", byte) : std::format("{:02x}", byte);
  }
  return hex;
}

/// As a query or the user part of a URL has it (RFC 3986 section 2.3).
std::string to_percent(std::string_view text) {
  constexpr std::string_view kPlain =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~";
  std::string escaped;
  for (const char c : text)
    escaped += kPlain.contains(c) ? std::string(1, c)
                                  : std::format("%{:02X}", static_cast<unsigned char>(c));
  return escaped;
}

std::string to_json_text(std::string_view text) {
  auto quoted = boost::json::serialize(boost::json::value(text));
  return quoted.substr(1, quoted.size() - 2);
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// What is the same in Base64 wherever the text begins within what was encoded: the digits that
/// only its own bytes decide.
std::vector<std::string> base64_forms(std::string_view text) {
  constexpr std::size_t kBits = 6;
  std::vector<std::string> forms;
  for (std::size_t before = 0; before < 3; ++before) {
    const auto encoded = sys::to_base64(std::string(before, '\0') + std::string(text));
    const auto first = (before * 8 + kBits - 1) / kBits;
    const auto last = (before + text.size()) * 8 / kBits;
    if (last > first) forms.push_back(encoded.substr(first, last - first));
  }
  return forms;
}

}  // namespace

Result<> Secrets::add_form(const std::string& name, std::string text) {
  const bool known =
      std::ranges::any_of(forms_, [&text](const Form& form) { return form.text.view() == text; });
  if (text.size() < kShortest || known) {
    sys::wipe(text);
    return {};
  }
  const auto place = std::ranges::find_if(
      forms_, [&text](const Form& form) { return form.text.view().size() < text.size(); });
  forms_.insert(place, Form{name, TRY(sys::SecretBuffer::take(text))});
  return {};
}

Result<bool> Secrets::add(const std::string& name, std::string& text) {
  if (text.size() < kShortest) {
    sys::wipe(text);
    return false;
  }
  std::vector<std::string> forms = {text,
                                    to_json_text(text),
                                    to_json_text(to_json_text(text)),
                                    to_percent(text),
                                    printable(text),
                                    replace_all(text, "'", "''"),
                                    to_hex(text, false),
                                    to_hex(text, true)};
  for (auto& form : base64_forms(text)) {
    // In a URL's alphabet too (RFC 4648 section 5).
    forms.push_back(replace_all(replace_all(form, "+", "-"), "/", "_"));
    forms.push_back(std::move(form));
  }
  sys::wipe(text);
  for (auto& form : forms) TRY(add_form(name, std::move(form)));
  return true;
}

/// One that holds no secret itself.
std::string Secrets::mark(const std::string& name) const {
  for (auto mark : {std::format("[redacted {}]", name), std::string("[redacted]")}) {
    if (!find_in(mark)) return mark;
  }
  return "[*]";
}

void Secrets::hide(std::string& text, Counts& counts) const {
  for (const auto& form : forms_) {
    const auto secret = form.text.view();
    auto at = text.find(secret);
    if (at == std::string::npos) continue;
    const auto mark_of_it = mark(form.name);
    std::string clean;
    std::size_t done = 0;
    for (; at != std::string::npos; at = text.find(secret, done)) {
      clean.append(text, done, at - done);
      clean += mark_of_it;
      done = at + secret.size();
      ++counts[form.name];
    }
    clean.append(text, done);
    sys::wipe(text);
    text = std::move(clean);
  }
}

std::optional<std::string> Secrets::find_in(std::string_view text) const {
  const auto found = std::ranges::find_if(
      forms_, [text](const Form& form) { return text.contains(form.text.view()); });
  return found == forms_.end() ? std::nullopt : std::optional(found->name);
}

}  // namespace kgnode::support
