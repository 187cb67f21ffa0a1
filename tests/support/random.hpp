#pragma once
/// Numbers at random: the same seed gives the same ones everywhere.
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  // Not a standard distribution: those differ between libraries.
  unsigned below(unsigned limit) { return static_cast<unsigned>(engine_() % limit); }
  bool chance(unsigned one_in) { return below(one_in) == 0; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from.at(below(static_cast<unsigned>(from.size())));
  }
  template <class T>
  void shuffle(std::vector<T>& all) {
    for (auto left = static_cast<unsigned>(all.size()); left > 1; --left)
      std::swap(all[left - 1], all[below(left)]);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace test
