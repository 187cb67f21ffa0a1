/// The part of #cloud-config that such a node needs.
#include "agent/firstboot/parse_cloud_config.hpp"

#include <algorithm>
#include <array>
#include <format>

#include "agent/base/text.hpp"
#include "agent/firstboot/decode.hpp"
#include "agent/firstboot/parse_meta_data.hpp"
#include "agent/sys/gzip.hpp"
#include "agent/sys/yaml.hpp"

namespace kgnode::firstboot {
namespace {

using sys::Yaml;

constexpr std::size_t kFilesMax = 256;
constexpr std::size_t kFileLimit = std::size_t{1} << 20;

struct Reader {
  const std::string& where;
  UserData& into;
  Notes& notes;

  void read_keys(const Yaml& value, const std::string& place);
  void read_users(const Yaml& value);
  void read_user(const Yaml& user);
  void read_files(const Yaml& value);
  void read_file(const Yaml& entry, const std::string& place);
  std::optional<std::string> content_of(const Yaml& entry, const std::string& place);
  std::optional<mode_t> mode_of(const Yaml& entry, const std::string& place);
  void warn_others(const Yaml& mapping, std::span<const std::string_view> known,
                   const std::string& place);
};

void Reader::read_keys(const Yaml& value, const std::string& place) {
  for (const auto* key : value.leaves()) add_ssh_key(key->text, place, into.ssh_keys, notes);
}

void Reader::warn_others(const Yaml& mapping, std::span<const std::string_view> known,
                         const std::string& place) {
  for (const auto& [key, value] : mapping.entries) {
    if (!std::ranges::contains(known, key)) {
      notes.warn(place, std::format("line {}: key {} is not followed here, ignoring", value.line,
                                    quote(key)));
    }
  }
}

void Reader::read_users(const Yaml& value) {
  if (value.kind != Yaml::Kind::sequence)
    return notes.warn(where + ": users", "is not a list, ignoring");
  for (const auto& user : value.items) read_user(user);
}

void Reader::read_user(const Yaml& user) {
  if (user.kind == Yaml::Kind::scalar && user.text == "default") return;
  if (user.kind != Yaml::Kind::mapping) {
    return notes.warn(where + ": users",
                      std::format("line {}: only keys of users are taken, ignoring", user.line));
  }
  static constexpr std::array<std::string_view, 3> kKnown{"name", "ssh_authorized_keys",
                                                          "ssh-authorized-keys"};
  const auto* name = user.find("name");
  const auto place = std::format("{}: users {}", where, quote(name != nullptr ? name->text : ""));
  for (const auto key : {kKnown[1], kKnown[2]}) {
    if (const auto* keys = user.find(key)) read_keys(*keys, place);
  }
  warn_others(user, kKnown, place);
}

void Reader::read_files(const Yaml& value) {
  const auto place = where + ": write_files";
  if (value.kind != Yaml::Kind::sequence) return notes.warn(place, "is not a list, ignoring");
  if (value.items.size() > kFilesMax)
    return notes.error(place, std::format("more than {} files, so none is written", kFilesMax));
  for (const auto& entry : value.items) {
    const auto* path = entry.find("path");
    if (path == nullptr || path->text.empty()) {
      notes.warn(place, std::format("line {}: an entry has no path, ignoring", entry.line));
      continue;
    }
    read_file(entry, std::format("{} {}", place, quote(path->text)));
  }
}

void Reader::read_file(const Yaml& entry, const std::string& place) {
  static constexpr std::array<std::string_view, 5> kKnown{"path", "content", "encoding",
                                                          "permissions", "owner"};
  const auto& path = entry.find("path")->text;
  if (const auto why = refuse_path(path)) return notes.error(place, *why);
  const auto* append = entry.find("append");
  if (append != nullptr && parse_yaml_bool(*append).value_or(true))
    return notes.error(place, "append is not supported, so it is not written: give the whole file");
  auto content = content_of(entry, place);
  const auto mode = mode_of(entry, place);
  if (!content || !mode) return;
  const auto* owner = entry.find("owner");
  if (owner != nullptr && owner->text != "root" && owner->text != "root:root") {
    notes.warn(place, std::format("owner {} is not followed: the file belongs to root",
                                  quote(owner->text)));
  }
  warn_others(entry, kKnown, place);
  if (path == kNodeTomlPath) {
    if (into.node)
      return notes.error(place, "is the second node configuration; the first one is taken");
    into.node = {.text = *std::move(content), .from = place};
    return;
  }
  into.files.push_back({.path = path, .content = *std::move(content), .mode = *mode});
}

std::optional<std::string> Reader::content_of(const Yaml& entry, const std::string& place) {
  const auto* encoding_value = entry.find("encoding");
  auto encoding = to_lower(encoding_value != nullptr ? encoding_value->text : "text/plain");
  static constexpr std::array<std::string_view, 9> kEncodings{"text/plain",  "b64",    "base64",
                                                              "gz",          "gzip",   "gz+base64",
                                                              "gzip+base64", "gz+b64", "gzip+b64"};
  if (!std::ranges::contains(kEncodings, encoding)) {
    notes.error(place,
                std::format("encoding {} is unknown, so it is not written: use b64 or gz+b64",
                            quote(encoding)));
    return std::nullopt;
  }
  const auto* value = entry.find("content");
  if (value == nullptr || value->kind == Yaml::Kind::null) return std::string();
  if (value->kind != Yaml::Kind::scalar) {
    notes.error(place, "content is not text, so it is not written");
    return std::nullopt;
  }
  auto content = value->text;
  if (value->binary || encoding.ends_with("64")) {
    auto decoded = decode_base64(content);
    if (!decoded) {
      notes.error(place, "content is not base64, so it is not written");
      return std::nullopt;
    }
    content = *std::move(decoded);
  }
  if (encoding.starts_with("gz")) {
    auto plain = sys::gunzip(content, kFileLimit);
    if (!plain) {
      notes.error(place, plain.error().message() + ", so it is not written");
      return std::nullopt;
    }
    content = *std::move(plain);
  }
  return content;
}

std::optional<mode_t> Reader::mode_of(const Yaml& entry, const std::string& place) {
  const auto* value = entry.find("permissions");
  if (value == nullptr) return 0644;
  auto digits = std::string_view(value->text);
  if (digits.starts_with("0o")) digits.remove_prefix(2);
  const auto mode = parse_int<mode_t>(digits, 8);
  if (!mode || *mode > 0777) {
    notes.error(
        place,
        std::format("permissions {} are not an octal mode up to \"0777\", so it is not written",
                    quote(value->text)));
    return std::nullopt;
  }
  return mode;
}

}  // namespace

bool is_cloud_config(std::string_view text) {
  const auto line = text.substr(0, text.find('\n'));
  return trim(line) == "#cloud-config" || line.starts_with("#cloud-config ");
}

std::optional<std::string> refuse_path(std::string_view path) {
  static constexpr std::array<std::string_view, 4> kAllowed{"/etc/", "/var/", "/run/", "/root/"};
  static constexpr std::string_view kOwnState = "/var/lib/kgnode/firstboot/";
  const auto parts = split(path, '/');
  const bool plain =
      path.starts_with('/') && path.size() < 4096 && !path.contains('\0') &&
      !parts.back().empty() &&
      std::ranges::none_of(
          std::span(parts).subspan(1),
          [](std::string_view part) { return part.empty() || part == "." || part == ".."; });
  if (!plain) {
    return "is not an absolute path to a file without \".\", \"..\" and \"//\", so it is not "
           "written";
  }
  if (path.starts_with(kOwnState))
    return "holds the state of first boot itself, so it is not written";
  if (std::ranges::none_of(kAllowed,
                           [path](std::string_view top) { return path.starts_with(top); })) {
    return "is outside /etc, /var, /run and /root: the rest of this system is read-only, so it is "
           "not written";
  }
  return std::nullopt;
}

void parse_cloud_config(std::string_view text, const std::string& where, UserData& into,
                        Notes& notes) {
  const auto root = sys::parse_yaml(text);
  if (!root) return notes.error(where, std::format("#cloud-config {}", root.error().message()));
  if (root->kind == Yaml::Kind::null) return;
  if (root->kind != Yaml::Kind::mapping)
    return notes.error(where, "#cloud-config is not a mapping such as \"hostname: cp-1\"");
  Reader reader{.where = where, .into = into, .notes = notes};
  std::string fqdn;
  for (const auto& [key, value] : root->entries) {
    if (key == "hostname") {
      into.hostname = value.text;
    } else if (key == "fqdn") {
      fqdn = value.text;
    } else if (key == "ssh_authorized_keys" || key == "ssh-authorized-keys") {
      reader.read_keys(value, std::format("{}: {}", where, key));
    } else if (key == "users") {
      reader.read_users(value);
    } else if (key == "write_files") {
      reader.read_files(value);
    } else {
      notes.warn(where, std::format("line {}: #cloud-config key {} is not followed here, ignoring",
                                    value.line, quote(key)));
    }
  }
  if (into.hostname.empty()) into.hostname = fqdn;
  if (into.hostname.empty()) return;
  const auto label = to_host_label(into.hostname);
  if (label.empty())
    notes.error(where, std::format("hostname {} is not a host name", quote(into.hostname)));
  into.hostname = label;
}

}  // namespace kgnode::firstboot
