/// Identifiers and the marker of a data disk.
#include "storage/identity.hpp"

#include <format>

#include "agent/base/text.hpp"
#include "agent/sys/sha256.hpp"

namespace kgnode::storage {
namespace {

// Version 8 leaves all bits to us but its own number and the variant.
std::string make_uuid(std::string_view what, std::string_view node) {
  auto hex = sys::sha256_hex(std::format("kgnode data disk\n{}\n{}", what, node));
  hex[12] = '8';
  hex[16] = "89ab"[parse_int<unsigned>(hex.substr(16, 1), 16).value_or(0) % 4];
  const std::string_view text = hex;
  return std::format("{}-{}-{}-{}-{}", text.substr(0, 8), text.substr(8, 4), text.substr(12, 4),
                     text.substr(16, 4), text.substr(20, 12));
}

constexpr std::string_view kPreparing = "preparing";
constexpr std::string_view kReady = "ready";

}  // namespace

Identity make_identity(std::string_view node) {
  return {.disk = make_uuid("disk", node),
          .partition = make_uuid("partition", node),
          .container = make_uuid("container", node),
          .file_system = make_uuid("file system", node)};
}

std::string to_text(const Marker& marker) {
  return std::format("node={} state={}", marker.node,
                     marker.progress == Progress::ready ? kReady : kPreparing);
}

std::optional<Marker> parse_marker(std::string_view text) {
  const auto words = split(text, ' ');
  if (words.size() != 2 || !words[0].starts_with("node=") || !words[1].starts_with("state="))
    return std::nullopt;
  const auto node = words[0].substr(5);
  const auto state = words[1].substr(6);
  if (node.empty() || (state != kPreparing && state != kReady)) return std::nullopt;
  return Marker{.node = std::string(node),
                .progress = state == kReady ? Progress::ready : Progress::preparing};
}

}  // namespace kgnode::storage
