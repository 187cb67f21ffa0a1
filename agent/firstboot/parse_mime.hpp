#pragma once
/// Multi-part MIME user data (RFC 2045, 2046): the strict part of it that cloud-init's own tools
/// write. Pure.
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::firstboot {

struct MimePart {
  std::string type;      // lower case, without parameters: "text/cloud-config"
  std::string filename;  // from Content-Disposition, or empty
  std::string body;      // transfer encoding undone
  bool operator==(const MimePart&) const = default;
};

/// Begins with a MIME header field.
bool is_mime(std::string_view text);
/// Leaves in order, multi-parts inside multi-parts flattened. Refused: more than 3 levels, more
/// than 64 parts, a missing boundary or end, an unknown transfer encoding.
Result<std::vector<MimePart>> parse_mime(std::string_view text);

}  // namespace kgnode::firstboot
