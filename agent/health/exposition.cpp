/// Metrics as text.
#include "agent/health/exposition.hpp"

#include <format>

#include "agent/base/text.hpp"

namespace kgnode::health {
namespace {

constexpr std::string_view kTotal = "_total";

/// Within quotes: what would end them or the line. All else a label takes as it is, when it is
/// valid UTF-8.
std::string escape(std::string_view value) {
  std::string escaped;
  // printable() makes a backslash of its own for each bad byte, which is doubled as well.
  for (const char c : printable(value)) {
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace

Format choose_format(std::string_view accept) {
  return accept.contains("application/openmetrics-text") ? Format::open_metrics
                                                         : Format::prometheus;
}

std::string_view content_type(Format format) {
  return format == Format::open_metrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

void Exposition::begin(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  auto family = name;
  if (format_ == Format::open_metrics && family.ends_with(kTotal))
    family.remove_suffix(kTotal.size());
  head_ = std::format("# HELP {0} {1}\n# TYPE {0} {2}\n", family, help, type);
}

void Exposition::counter(std::string_view name, std::string_view help) {
  begin(name, "counter", help);
}

void Exposition::gauge(std::string_view name, std::string_view help) { begin(name, "gauge", help); }

void Exposition::add(double value, Labels labels) {
  text_ += head_;
  head_.clear();
  text_ += name_;
  char before = '{';
  for (const auto& [label, text] : labels) {
    text_ += std::format("{}{}=\"{}\"", before, label, escape(text));
    before = ',';
  }
  if (labels.size() > 0) text_ += '}';
  text_ += std::format(" {}\n", value);
}

std::string Exposition::finish() && {
  if (format_ == Format::open_metrics) text_ += "# EOF\n";
  return std::move(text_);
}

}  // namespace kgnode::health
