#pragma once
/// What one string value may be, by the kind of its key.
#include <optional>
#include <string>
#include <string_view>

#include "agent/config/schema.hpp"

namespace kgnode::config {

struct Complaint {
  std::string message;
  std::string hint;
};

/// nullopt: the text is a good value for this key.
std::optional<Complaint> check_scalar(const Key& key, std::string_view text);

/// One spelling for equal values, so that duplicates show.
std::string to_canonical(const Key& key, std::string_view text);

/// `key` as sysctl(8) spells it; `value` one printable line.
std::optional<Complaint> check_setting(std::string_view key, std::string_view value);

/// The forms K3s takes; the complaint never repeats the token.
std::optional<Complaint> check_token(std::string_view token);
/// What cryptsetup takes as one line; the complaint never repeats it.
std::optional<Complaint> check_passphrase(std::string_view passphrase);

}  // namespace kgnode::config
