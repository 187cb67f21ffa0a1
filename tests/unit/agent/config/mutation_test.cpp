/// Damaged documents: no crash, no silent acceptance, every position inside the file.
#include <algorithm>
#include <random>

#include "agent/config/load.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/random_config.hpp"

using namespace kgnode;

namespace {

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::string damage(std::string text) {
    const auto changes = 1 + below(4);
    for (std::size_t i = 0; i < changes && !text.empty(); ++i) change(text);
    return text;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  void change(std::string& text) {
    constexpr std::string_view kBytes = "\"'[]{}=.,#\n\r\t \\0aZ-/:\x01\x7f\xc3\xff";
    const auto at = below(text.size());
    const auto length = std::min(text.size() - at, 1 + below(30));
    switch (below(5)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text[at] = kBytes[below(kBytes.size())];
        break;
      case 2:
        text.insert(at, 1, kBytes[below(kBytes.size())]);
        break;
      case 3:
        text.insert(below(text.size()), text.substr(at, length));
        break;
      default:
        text.resize(at);
        break;
    }
  }

  std::mt19937_64 random_;
};

void check_positions(const std::string& text, const config::Loaded& loaded) {
  const auto lines = 1 + std::ranges::count(text, '\n');
  for (const auto& diagnostic : loaded.diagnostics) {
    CHECK(diagnostic.at.line >= 1);
    CHECK(diagnostic.at.line <= lines);
    CHECK(diagnostic.at.column >= 1);
    CHECK(diagnostic.at.column <= text.size() + 1);
    CHECK_FALSE(diagnostic.message.empty());
    CHECK(std::ranges::none_of(to_text(diagnostic), [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
    }));
  }
}

}  // namespace

TEST_CASE("config mutation: a damaged document loads or says where it is wrong") {
  std::size_t refused = 0;
  constexpr std::uint64_t kRuns = 3000;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    const auto text = Mutator(seed).damage(test::random_config(seed % 100));
    const auto loaded = config::load_text(text, "node.toml");
    INFO("seed " << seed << '\n' << text);
    const auto has_error = std::ranges::contains(loaded.diagnostics, config::Severity::error,
                                                 &config::Diagnostic::severity);
    CHECK(loaded.config.has_value() != has_error);
    check_positions(text, loaded);
    if (has_error) ++refused;
  }
  // Most damage is noticed; what is not fell into comments, names or blanks.
  CHECK(refused > kRuns / 2);
}
