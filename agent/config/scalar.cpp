/// Checks of single values.
#include "agent/config/scalar.hpp"

#include <algorithm>
#include <array>
#include <format>

#include "agent/base/net.hpp"
#include "agent/base/ssh_key.hpp"
#include "agent/base/text.hpp"
#include "agent/base/units.hpp"
#include "agent/config/diagnostic.hpp"

namespace kgnode::config {
namespace {

constexpr PortRange kNodePorts = {.first = 30000, .last = 32767};

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_printable(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= 63 && !text.starts_with('-') && !text.ends_with('-') &&
         std::ranges::all_of(text, [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_user_name(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         (text[0] == '_' || (text[0] >= 'a' && text[0] <= 'z')) &&
         std::ranges::all_of(text,
                             [](char c) { return is_lower_or_digit(c) || c == '_' || c == '-'; });
}

bool is_module_name(std::string_view text) {
  return !text.empty() && text.size() <= 55 &&  // MODULE_NAME_LEN of a 64-bit kernel
         std::ranges::all_of(text,
                             [](char c) { return is_lower_or_digit(c) || c == '_' || c == '-'; });
}

bool is_network(std::string_view text) { return text.contains('/') && parse_prefix(text); }

bool is_node_port(std::string_view text) {
  const auto range = parse_port_range(text);
  return range && range->first >= kNodePorts.first && range->last <= kNodePorts.last;
}

bool is_path(std::string_view text) {
  return text.starts_with('/') && text.size() > 1 && text.size() < 4096 && is_printable(text) &&
         !std::ranges::contains(split(text, '/'), "..");
}

bool is_text(std::string_view text) {
  return !trim(text).empty() && text.size() <= 255 && is_printable(text);
}

bool is_pattern(std::string_view text) { return !text.empty() && text.size() <= 2048; }

bool is_unit_name(std::string_view text) {
  return text.size() <= 255 && text.size() > 8 && text.ends_with(".service") &&
         std::ranges::all_of(text, [](char c) {
           return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') ||
                  std::string_view("-_.@:\\").contains(c);
         });
}

bool is_device_name(std::string_view text) { return is_text(text) && !text.contains('/'); }

struct Rule {
  Kind kind;
  std::string_view what;
  bool (*holds)(std::string_view);
};

constexpr std::array kRules = {
    Rule{Kind::label, "a host name of lower-case letters, digits and hyphens, at most 63",
         is_label},
    Rule{Kind::user_name, "a user name", is_user_name},
    Rule{Kind::address, "an IP address",
         [](std::string_view t) { return parse_address(t).has_value(); }},
    Rule{Kind::network, "a network with its prefix length", is_network},
    Rule{Kind::source, "an address or a network",
         [](std::string_view t) { return parse_prefix(t).has_value(); }},
    Rule{Kind::ports, "a port or a range with its protocol",
         [](std::string_view t) { return parse_port_range(t).has_value(); }},
    Rule{Kind::node_ports, "a port or a range within 30000-32767 with its protocol", is_node_port},
    Rule{Kind::rate, "a rate of 1 to 100000 per second, minute or hour",
         [](std::string_view t) { return parse_rate(t).has_value(); }},
    Rule{Kind::duration, "a time of one second to ten years",
         [](std::string_view t) { return parse_duration(t).has_value(); }},
    Rule{Kind::size, "a size", [](std::string_view t) { return parse_bytes(t).has_value(); }},
    Rule{Kind::path, "an absolute path without \"..\"", is_path},
    Rule{Kind::device_name, "a name without slashes", is_device_name},
    Rule{Kind::text, "a text of 1 to 255 printable characters", is_text},
    Rule{Kind::module_name, "the name of a kernel module", is_module_name},
    Rule{Kind::unit_name, "the name of a service", is_unit_name},
    Rule{Kind::pattern, "a pattern of 1 to 2048 characters", is_pattern},
};

std::string did_you_mean(std::string_view value) { return "did you mean " + quote(value) + "?"; }

// The network an address with host bits was probably meant to name.
std::string network_hint(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return {};
  if (slash == std::string_view::npos) return "add the prefix length, as in \"10.0.0.0/24\"";
  const auto length = parse_int<std::uint8_t>(text.substr(slash + 1));
  if (!length || *length > address->bits()) return {};
  return did_you_mean(to_string(make_prefix(*address, *length)));
}

std::string address_hint(std::string_view text) {
  const auto address = parse_address(text.substr(0, text.find('/')));
  return address && text.contains('/') ? did_you_mean(to_string(*address)) : std::string();
}

std::string ports_hint(std::string_view text) {
  const auto with_tcp = std::string(text) + "/tcp";
  return parse_port_range(with_tcp) ? did_you_mean(with_tcp) : std::string();
}

std::string rate_hint(std::string_view text) {
  constexpr std::array kShort = {std::string_view("second"), std::string_view("minute"),
                                 std::string_view("hour")};
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  const auto unit = trim(text.substr(slash + 1));
  for (const auto word : kShort) {
    const auto whole = std::format("{}/{}", trim(text.substr(0, slash)), word);
    if (!unit.empty() && word.starts_with(unit[0]) && parse_rate(whole)) return did_you_mean(whole);
  }
  return {};
}

std::string size_hint(std::string_view text) {
  std::string packed;
  std::ranges::copy_if(text, std::back_inserter(packed), [](char c) { return c != ' '; });
  if (parse_bytes(packed)) return did_you_mean(packed);
  return parse_bytes(packed + "iB") ? did_you_mean(packed + "iB") : std::string();
}

std::string hint_for(Kind kind, std::string_view text) {
  const auto lower = to_lower(text);
  switch (kind) {
    case Kind::label:
      return is_label(lower) ? did_you_mean(lower) : std::string();
    case Kind::user_name:
      return is_user_name(lower) ? did_you_mean(lower) : std::string();
    case Kind::module_name:
      return is_module_name(lower) ? did_you_mean(lower) : std::string();
    case Kind::network:
    case Kind::source:
      return network_hint(text);
    case Kind::address:
      return address_hint(text);
    case Kind::ports:
    case Kind::node_ports:
      return ports_hint(text);
    case Kind::rate:
      return rate_hint(text);
    case Kind::size:
      return size_hint(text);
    case Kind::unit_name: {
      const auto whole = std::string(text) + ".service";
      return is_unit_name(whole) ? did_you_mean(whole) : std::string();
    }
    case Kind::device_name: {
      const auto last = text.substr(text.rfind('/') + 1);
      return is_device_name(last) ? did_you_mean(last) : std::string();
    }
    default:
      return {};
  }
}

// An example of a list shows one item of it.
std::string_view example_item(const Key& key) {
  if (key.count == Count::one) return key.example;
  const auto inner = key.example.substr(1, key.example.size() - 2);
  return inner.substr(
      0, inner.find("\", \"") == std::string_view::npos ? inner.size() : inner.find("\", \"") + 1);
}

std::optional<Complaint> check_choice(const Key& key, std::string_view text) {
  const auto names = split(key.choices, '|');
  if (std::ranges::contains(names, text)) return std::nullopt;
  std::string all;
  for (const auto name : names) all += (all.empty() ? "" : ", ") + quote(name);
  auto near = closest(to_lower(text), names);
  const auto longer = [text](std::string_view name) { return name.starts_with(text); };
  if (!text.empty() && std::ranges::count_if(names, longer) == 1)
    near = *std::ranges::find_if(names, longer);
  return Complaint{std::format("{} is not one of {}", shown(text), all),
                   near ? did_you_mean(*near) : std::string()};
}

std::optional<Complaint> check_ssh_key(std::string_view text) {
  const auto key = parse_ssh_key(text);
  if (key) return std::nullopt;
  return Complaint{key.error().message(), {}};
}

}  // namespace

std::optional<Complaint> check_scalar(const Key& key, std::string_view text) {
  if (key.kind == Kind::choice) return check_choice(key, text);
  if (key.kind == Kind::user_name && text == "root") {
    return Complaint{"\"root\" never logs in over SSH",
                     "name an account of its own, such as \"admin\""};
  }
  if (key.kind == Kind::ssh_key) return check_ssh_key(text);
  const auto* const rule = std::ranges::find(kRules, key.kind, &Rule::kind);
  if (rule == kRules.end() || rule->holds(text)) return std::nullopt;
  return Complaint{
      std::format("{} is not {}, such as {}", shown(text), rule->what, example_item(key)),
      hint_for(key.kind, text)};
}

std::string to_canonical(const Key& key, std::string_view text) {
  switch (key.kind) {
    case Kind::source:
      if (const auto prefix = parse_prefix(text)) return to_string(*prefix);
      break;
    case Kind::address:
      if (const auto address = parse_address(text)) return to_string(*address);
      break;
    case Kind::module_name: {
      std::string name(text);  // the kernel takes both spellings for one module
      std::ranges::replace(name, '-', '_');
      return name;
    }
    case Kind::ssh_key:
      if (const auto ssh_key = parse_ssh_key(text)) return ssh_key->blob;  // comments do not count
      break;
    default:
      break;
  }
  return std::string(text);
}

std::optional<Complaint> check_setting(std::string_view key, std::string_view value) {
  const auto allowed = [](char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-' ||
           c == '/' || c == ':' || c == '@';
  };
  const auto parts = split(key, '.');
  if (parts.size() < 2 || key.size() > 255 || !std::ranges::all_of(key, allowed) ||
      std::ranges::any_of(parts,
                          [](std::string_view p) { return p.empty() || p.starts_with('/'); })) {
    return Complaint{
        std::format("{} is not a kernel parameter, such as \"net.core.somaxconn\"", shown(key)),
        key.contains('/') && !key.contains('.') ? "write it with dots, as sysctl(8) does" : ""};
  }
  if (trim(value).empty() || value.size() > 1024 || !is_printable(value)) {
    return Complaint{std::format("the value of {} is not one line of printable text", quote(key)),
                     ""};
  }
  return std::nullopt;
}

std::optional<Complaint> check_token(std::string_view token) {
  constexpr std::size_t kHash = 64;
  if (trim(token).empty())
    return Complaint{"the token is empty", "leave the key out, or name a file"};
  if (!is_printable(token) || token.contains(' ')) {
    return Complaint{"the token contains blanks or control characters",
                     "copy it again, as one word"};
  }
  if (token.size() > 1024) return Complaint{"the token is longer than 1024 characters", ""};
  if (!token.starts_with("K10")) return std::nullopt;
  const auto end = token.find("::");
  const auto hash = token.substr(3, end == std::string_view::npos ? end : end - 3);
  const bool hex = hash.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  const bool whole = end != std::string_view::npos && token.size() > end + 2;
  if (whole && hex && (hash.empty() || hash.size() == kHash)) return std::nullopt;
  return Complaint{
      "the token starts with K10 but is not K10, 64 hexadecimal digits, \"::\" and the password",
      "copy it whole from /var/lib/rancher/k3s/server/token"};
}

std::optional<Complaint> check_passphrase(std::string_view passphrase) {
  constexpr std::size_t kShortest = 8;
  constexpr std::size_t kLongest = 512;  // cryptsetup(8): of a passphrase that is typed
  if (passphrase.size() < kShortest || passphrase.size() > kLongest) {
    return Complaint{std::format("the passphrase has {} characters, it takes {} to {}",
                                 passphrase.size(), kShortest, kLongest),
                     "for example 32 of: openssl rand -base64 24"};
  }
  if (!is_printable(passphrase)) {
    return Complaint{"the passphrase contains control characters",
                     "write it as one line that can be typed"};
  }
  return std::nullopt;
}

}  // namespace kgnode::config
