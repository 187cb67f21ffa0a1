#pragma once
/// A walk through one JSON text (RFC 8259) without building it: strict, with a depth limit, and
/// without an allocation. Strings come as they are written, escapes and all.
///
///   JsonWalk walk(text);
///   if (walk.enter_object())
///     while (const auto key = walk.next_key()) *key == "code" ? use(walk.integer()) : walk.skip();
///   if (!walk.finish()) ...  // no JSON after all: nothing of what was read counts
#include <cstdint>
#include <optional>
#include <string_view>

namespace kgnode {

class JsonWalk {
 public:
  static constexpr unsigned kDepth = 64;

  explicit JsonWalk(std::string_view text);

  /// False: the next value is none, and is still to be read or skipped.
  bool enter_object() { return enter('{'); }
  bool enter_array() { return enter('['); }
  /// The next key, whose value is to be read or skipped; nullopt behind the last one.
  std::optional<std::string_view> next_key();
  /// Whether there is a next value; false behind the last one.
  bool next_item() { return next(']'); }

  /// Each skips a value of another kind. What comes may be cut off by `finish` only.
  std::optional<std::string_view> string();
  std::optional<std::int64_t> integer();
  std::optional<bool> boolean();
  void skip();

  /// Whether the whole text was one JSON value and nothing else. Until then nothing is certain.
  bool finish();

 private:
  bool enter(char open);
  bool next(char close);
  bool take(char c);
  bool take_word(std::string_view word);
  std::optional<std::string_view> take_string();
  std::optional<std::string_view> take_number();
  void skip_blanks();
  void skip_members(char close);
  char peek();

  std::string_view rest_;
  bool failed_ = false;  // from here on everything ends
  bool first_ = true;    // no comma is due
  unsigned depth_ = 0;
};

}  // namespace kgnode
