/// `kgnode check`.
#include "agent/cli/check.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <istream>
#include <ostream>

#include <boost/json.hpp>

#include "agent/config/preflight.hpp"
#include "agent/sys/secret.hpp"

namespace kgnode::cli {
namespace {

std::string_view to_word(config::Severity severity) {
  return severity == config::Severity::error ? "error" : "warning";
}

boost::json::object to_object(const config::Diagnostic& diagnostic) {
  boost::json::object object{{"severity", to_word(diagnostic.severity)},
                             {"file", diagnostic.file},
                             {"line", diagnostic.at.line},
                             {"column", diagnostic.at.column},
                             {"message", diagnostic.message},
                             {"hint", nullptr},
                             {"source", diagnostic.source}};
  if (!diagnostic.hint.empty()) object["hint"] = diagnostic.hint;
  return object;
}

// One byte over the limit is enough for the diagnostic that says so.
config::Loaded load_stream(std::istream& in) {
  std::string text;
  text.reserve(config::kMaxText + 1);  // never moved: no copy of a token stays behind
  std::array<char, 4096> chunk{};
  while (text.size() <= config::kMaxText && in) {
    const auto room = std::min(chunk.size(), config::kMaxText + 1 - text.size());
    in.read(chunk.data(), static_cast<std::streamsize>(room));
    text.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
  }
  auto loaded = config::load_text(text, "<stdin>");
  sys::wipe(text);
  return loaded;
}

Result<config::Loaded> load(const CheckRequest& request, sys::Files& files, std::istream& in) {
  if (request.file == "-") return load_stream(in);
  return config::load_file(files, request.file);
}

}  // namespace

boost::json::array to_json(std::span<const config::Diagnostic> diagnostics) {
  boost::json::array list;
  for (const auto& diagnostic : diagnostics) list.push_back(to_object(diagnostic));
  return list;
}

std::string to_json(const config::Loaded& loaded) {
  return boost::json::serialize(boost::json::object{{"valid", loaded.config.has_value()},
                                                    {"diagnostics", to_json(loaded.diagnostics)}});
}

std::string to_text(const config::Loaded& loaded, const std::string& file) {
  std::string text;
  for (const auto& diagnostic : loaded.diagnostics) text += config::to_text(diagnostic);
  const auto errors = std::ranges::count(loaded.diagnostics, config::Severity::error,
                                         &config::Diagnostic::severity);
  if (loaded.config) return text + std::format("{}: valid\n", file);
  return text + std::format("{}: {} error{}\n", file, errors, errors == 1 ? "" : "s");
}

int check_command(const CheckRequest& request, sys::Files& files, const Streams& streams) {
  const auto loaded = load(request, files, streams.in);
  if (!loaded) {
    streams.err << "kgnode check: " << loaded.error().message()
                << "; name a readable file, or - for standard input\n";
    return 1;
  }
  if (request.format == Format::json) {
    streams.out << to_json(*loaded) << '\n';
  } else {
    streams.out << to_text(*loaded, request.file == "-" ? "<stdin>" : request.file);
  }
  return loaded->config ? 0 : 1;
}

}  // namespace kgnode::cli
