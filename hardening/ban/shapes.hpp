#pragma once
/// Whether lines that are no offence are understood all the same. When programs word their lines
/// anew, the jails see offences no more, and without this nobody would notice. Pure.
#include <cstdint>
#include <string_view>

namespace kgnode::hardening::ban {

enum class Shape : std::uint8_t {
  known,    // says no offence, or names nobody
  foreign,  // says nothing of whether the jail understands its program
  unknown,
};

/// Each for lines in which the parser of the same name found no offence.
Shape shape_of_sshd(std::string_view message);
Shape shape_of_ingress(std::string_view line);
Shape shape_of_audit(std::string_view line);

/// By how much lines of unknown shape outnumber the others of late.
class Misread {
 public:
  static constexpr unsigned kTooMany = 100;

  void count(Shape shape) {
    if (shape == Shape::unknown && surplus_ < kMost) ++surplus_;
    if (shape == Shape::known && surplus_ > 0) --surplus_;
  }
  bool is_too_much() const { return surplus_ >= kTooMany; }

 private:
  static constexpr unsigned kMost = 2 * kTooMany;  // so many good lines end it
  unsigned surplus_ = 0;
};

}  // namespace kgnode::hardening::ban
