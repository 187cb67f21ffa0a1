#pragma once
/// `kgnode check [FILE|-]`: every problem of a configuration, as text or JSON.
#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>

#include <boost/json/array.hpp>

#include "agent/config/load.hpp"

namespace kgnode::cli {

enum class Format : std::uint8_t { text, json };

struct CheckRequest {
  std::string file = "/etc/kgnode/node.toml";  // "-" reads standard input
  Format format = Format::text;
};

struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

/// 0: valid, warnings or not. 1: an error in it, or it cannot be read.
int check_command(const CheckRequest& request, sys::Files& files, const Streams& streams);

/// {"valid": bool, "diagnostics": [{...}]}, one line.
std::string to_json(const config::Loaded& loaded);
boost::json::array to_json(std::span<const config::Diagnostic> diagnostics);
std::string to_text(const config::Loaded& loaded, const std::string& file);

}  // namespace kgnode::cli
