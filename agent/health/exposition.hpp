#pragma once
/// Metrics as text: Prometheus' own format 0.0.4, or OpenMetrics 1.0; pure.
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace kgnode::health {

enum class Format : std::uint8_t { prometheus, open_metrics };
/// OpenMetrics for whoever names it in "Accept:".
Format choose_format(std::string_view accept);
std::string_view content_type(Format format);

class Exposition {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  explicit Exposition(Format format) : format_(format) {}

  /// Begins a family; what is added from here on belongs to it. A family without samples is left
  /// out. The name of a counter ends with "_total".
  void counter(std::string_view name, std::string_view help);
  void gauge(std::string_view name, std::string_view help);
  void add(double value, Labels labels = {});

  std::string finish() &&;

 private:
  void begin(std::string_view name, std::string_view type, std::string_view help);

  Format format_;
  std::string name_;
  std::string head_;  // until there is a sample
  std::string text_;
};

}  // namespace kgnode::health
