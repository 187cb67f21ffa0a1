/// user_data in every wrapping.
#include "agent/firstboot/parse_user_data.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <utility>

#include "agent/base/text.hpp"
#include "agent/firstboot/parse_cloud_config.hpp"
#include "agent/firstboot/parse_mime.hpp"
#include "agent/sys/gzip.hpp"

namespace kgnode::firstboot {
namespace {

// Nova takes 64 KiB of user data; 8 MiB is far above any honest node and far below what hurts.
constexpr std::size_t kUnpackedLimit = std::size_t{8} << 20;

struct Reader {
  Notes& notes;
  UserData data;

  void read(std::string_view bytes, const std::string& where, std::string_view type,
            unsigned wrapped);
  void read_parts(std::string_view text, const std::string& where, unsigned wrapped);
  void read_node(std::string_view text, const std::string& where);
};

/// What the first characters promise and we do not do.
std::optional<std::string_view> foreign_format(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kForeign{{
      {"#!", "a script: nothing is run from user data"},
      {"#include", "a list of addresses to fetch"},
      {"#cloud-boothook", "a boot hook: nothing is run from user data"},
      {"#upstart-job", "an upstart job"},
      {"#part-handler", "a part handler: nothing is run from user data"},
      {"## template:", "a template"},
      {"{", "JSON, perhaps Ignition"},
  }};
  for (const auto& [start, what] : kForeign) {
    if (text.starts_with(start)) return what;
  }
  return std::nullopt;
}

void Reader::read(std::string_view bytes, const std::string& where, std::string_view type,
                  unsigned wrapped) {
  if (sys::is_gzip(bytes)) {
    if (wrapped > 1) return notes.error(where, "is packed more than twice, so it is not read");
    const auto plain = sys::gunzip(bytes, kUnpackedLimit);
    if (!plain) return notes.error(where, plain.error().message());
    return read(*plain, where, type, wrapped + 1);
  }
  if (bytes.starts_with("\xef\xbb\xbf"))
    bytes.remove_prefix(3);  // a byte order mark of some editors
  if (trim(bytes).empty()) return;
  if (is_mime(bytes)) return read_parts(bytes, where, wrapped);
  if (is_cloud_config(bytes) || type == "text/cloud-config")
    return parse_cloud_config(bytes, where, data, notes);
  if (const auto what = foreign_format(bytes))
    return notes.error(where, std::format("is {}, so it is not followed: {}", *what, kUnderstood));
  read_node(bytes, where);
}

void Reader::read_parts(std::string_view text, const std::string& where, unsigned wrapped) {
  static constexpr std::array<std::string_view, 8> kTypes{
      "text/cloud-config", "text/plain",       "application/toml",   "text/x-toml",
      "text/toml",         "application/gzip", "application/x-gzip", "application/octet-stream"};
  if (wrapped > 2)
    return notes.error(where, "is a multi-part inside a multi-part, so it is not read");
  const auto parts = parse_mime(text);
  if (!parts) return notes.error(where, "multi-part MIME: " + parts.error().message());
  for (std::size_t i = 0; i < parts->size(); ++i) {
    const auto& part = (*parts)[i];
    const auto name = std::format("{} part {}{}", where, i + 1,
                                  part.filename.empty() ? "" : " " + quote(part.filename));
    if (std::ranges::contains(kTypes, part.type)) {
      read(part.body, name, part.type, wrapped + 2);
    } else {
      notes.warn(name, std::format("type {} is not followed, ignoring: {}", quote(part.type),
                                   kUnderstood));
    }
  }
}

// Whether it is TOML at all is told together with all else that is wrong in a configuration.
void Reader::read_node(std::string_view text, const std::string& where) {
  if (data.node)
    return notes.error(where, "is the second node configuration; the first one is taken");
  data.node = {.text = std::string(text), .from = where};
}

}  // namespace

UserData parse_user_data(std::string_view bytes, const std::string& where, Notes& notes) {
  Reader reader{.notes = notes};
  if (bytes.size() > kUnpackedLimit) {
    notes.error(where, std::format("is larger than {} bytes, so it is not read", kUnpackedLimit));
    return {};
  }
  reader.read(bytes, where, "", 0);
  return std::move(reader.data);
}

}  // namespace kgnode::firstboot
