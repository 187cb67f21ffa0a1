/// Files as blocks of whole lines.
#include "agent/sys/line_blocks.hpp"

#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using kgnode::sys::LineBlocks;

namespace {

struct Read {
  std::string text;
  bool whole = true;  // every block but the last ends with its line
  std::uint64_t cut = 0;
};

Read read_all(const std::string& content) {
  const test::TempDir folder;
  std::ofstream(folder / "log", std::ios::binary) << content;
  auto blocks = LineBlocks::open(folder / "log");
  REQUIRE(blocks);
  Read read;
  for (;;) {
    const auto block = blocks->next();
    REQUIRE(block);
    if (block->empty()) break;
    read.whole = read.whole && (read.text.empty() || read.text.ends_with('\n'));
    read.text += *block;
  }
  read.cut = blocks->cut();
  return read;
}

}  // namespace

TEST_CASE("line blocks: everything comes, in whole lines") {
  for (const std::string content : {"", "a", "a\n", "a\nb", "\n\n", "a\n\nb\n"})
    CHECK(read_all(content).text == content);
  std::string large;
  for (int i = 0; i < 100'000; ++i)
    large += std::string(static_cast<std::size_t>(i % 97), 'x') + '\n';
  const auto read = read_all(large);
  CHECK(read.text == large);
  CHECK(read.whole);
  CHECK(read.cut == 0);
}

TEST_CASE("line blocks: a line beyond the limit is cut, told, and the next one whole") {
  const std::string head(LineBlocks::kLineLimit, 'x');
  const auto read = read_all("a\n" + head + std::string(300'000, 'y') + "\nb\nc");
  CHECK(read.cut == 1);
  CHECK(read.text == "a\n" + head + "b\nc");
  const auto endless = read_all(head + std::string(300'000, 'y'));
  CHECK(endless.cut == 1);
  CHECK(endless.text == head);
}

TEST_CASE("line blocks: what cannot be read says what and why") {
  const auto absent = LineBlocks::open("/nowhere");
  REQUIRE_FALSE(absent);
  CHECK(absent.error().message() == "open \"/nowhere\": No such file or directory");
  auto folder = LineBlocks::open("/");
  REQUIRE(folder);
  const auto block = folder->next();
  REQUIRE_FALSE(block);
  CHECK(block.error().message() == "read: Is a directory");
}
