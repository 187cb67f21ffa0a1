/// A bbolt database, read page by page; layouts as in go.etcd.io/bbolt, internal/common.
#include "agent/sys/bolt.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <format>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace kgnode::sys {
namespace {

// bbolt writes the memory of the machine; all that run K3s with it are of this kind.
static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kPageHeader = 16;
constexpr std::size_t kElement = 16;
constexpr std::size_t kBucketHeader = 16;
constexpr std::size_t kMetaSize = 64;
constexpr std::uint32_t kMagic = 0xED0CDAED;
constexpr std::uint32_t kVersion = 2;
constexpr std::uint16_t kBranch = 0x01;
constexpr std::uint16_t kLeaf = 0x02;
constexpr std::uint16_t kMetaPage = 0x04;
constexpr std::uint32_t kIsBucket = 0x01;
constexpr unsigned kDepth = 64;         // bbolt's fan-out makes 10 levels out of more than any disk
constexpr std::size_t kBuckets = 64;    // etcd has about ten
constexpr std::size_t kRun = 16 << 20;  // a page with its overflow; etcd takes values up to 1.5 MiB

std::unexpected<Error> damaged(std::string what) { return fail(Error::plain(std::move(what))); }

template <class T>
T load(std::span<const char> bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.subspan(at, sizeof(T)).data(), sizeof(T));
  return value;
}

struct Meta {
  std::uint64_t page_size = 0;
  std::uint64_t root = 0;
  std::uint64_t pages = 0;  // the first page number that is not in use
  std::uint64_t transaction = 0;
};

std::uint64_t fnv1a(std::span<const char> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001b3;
  }
  return hash;
}

std::optional<Meta> parse_meta(std::span<const char> page) {
  const auto meta = page.subspan(kPageHeader, kMetaSize);
  if ((load<std::uint16_t>(page, 8) & kMetaPage) == 0 || load<std::uint32_t>(meta, 0) != kMagic ||
      load<std::uint32_t>(meta, 4) != kVersion ||
      load<std::uint64_t>(meta, 56) != fnv1a(meta.first(56)))
    return std::nullopt;
  return Meta{.page_size = load<std::uint32_t>(meta, 8),
              .root = load<std::uint64_t>(meta, 16),
              .pages = load<std::uint64_t>(meta, 40),
              .transaction = load<std::uint64_t>(meta, 48)};
}

Result<Meta> read_meta(ByteSource& source, std::uint64_t at, std::uint64_t size, int number) {
  std::array<char, kPageHeader + kMetaSize> page{};
  if (size < at + page.size()) return damaged("it is too short for a database");
  TRY(source.read(at, page));
  const auto meta = parse_meta(page);
  if (!meta) return damaged(std::format("meta page {} is not one of a bbolt database", number));
  return *meta;
}

Result<Meta> read_metas(ByteSource& source, std::uint64_t size) {
  const auto first = TRY(read_meta(source, 0, size, 0));
  if (!std::has_single_bit(first.page_size) || first.page_size < 512 || first.page_size > 65536)
    return damaged(std::format("its pages have {} bytes", first.page_size));
  const auto second = TRY(read_meta(source, first.page_size, size, 1));
  const auto& meta = second.transaction > first.transaction ? second : first;
  if (second.page_size != first.page_size) return damaged("its meta pages do not fit together");
  if (meta.pages > size / first.page_size)
    return damaged(
        std::format("it should have {} pages and has {}", meta.pages, size / first.page_size));
  return meta;
}

struct Bucket {
  std::string name;
  std::uint64_t root = 0;  // 0: it is in `page`
  std::vector<char> page;
};

struct Element {
  std::uint32_t flags = 0;
  std::uint64_t child = 0;
  std::string_view key;
  std::string_view value;
};

/// Element `index` of a page that may lie about where things are.
Result<Element> element_of(std::span<const char> page, bool leaf, std::size_t index) {
  const auto at = kPageHeader + (index * kElement);
  if (at + kElement > page.size()) return damaged("a page has more elements than fit");
  const auto size_at = at + (leaf ? 8 : 4);
  const std::uint64_t begin = at + load<std::uint32_t>(page, at + (leaf ? 4 : 0));
  const std::uint64_t key_size = load<std::uint32_t>(page, size_at);
  const std::uint64_t value_size = leaf ? load<std::uint32_t>(page, size_at + 4) : 0;
  if (begin + key_size + value_size > page.size()) return damaged("a key ends outside its page");
  const std::string_view bytes(page.data(), page.size());
  return Element{.flags = leaf ? load<std::uint32_t>(page, at) : 0,
                 .child = leaf ? 0 : load<std::uint64_t>(page, at + 8),
                 .key = bytes.substr(begin, key_size),
                 .value = bytes.substr(begin + key_size, value_size)};
}

using OnElement = std::function<Result<>(const Element&)>;

/// One tree after the other; a page belongs to one of them only.
class Walk {
 public:
  Walk(ByteSource& source, const Meta& meta)
      : source_(source), meta_(meta), taken_(static_cast<std::size_t>(meta.pages), false) {}

  Result<> tree(std::uint64_t root, const OnElement& on_element) {
    last_key_.reset();
    std::vector<Place> todo;
    TRY(take({root, 0}, todo));
    while (!todo.empty()) {
      const auto place = todo.back();
      todo.pop_back();
      TRY(read_page(place.page));
      if (flags() == kLeaf) {
        TRY(leaf(buffer_, on_element));
      } else if (flags() == kBranch) {
        TRY(branch(place, todo));
      } else {
        return damaged(std::format("page {} is neither branch nor leaf", place.page));
      }
    }
    return {};
  }

  Result<> inline_page(std::span<const char> page, const OnElement& on_element) {
    last_key_.reset();
    if (page.size() < kPageHeader || load<std::uint16_t>(page, 8) != kLeaf)
      return damaged("a small bucket is no leaf");
    return leaf(page, on_element);
  }

 private:
  struct Place {
    std::uint64_t page = 0;
    unsigned depth = 0;
  };

  std::uint16_t flags() const { return load<std::uint16_t>(buffer_, 8); }

  Result<> take(Place place, std::vector<Place>& todo) {
    if (place.page < 2 || place.page >= meta_.pages)
      return damaged(std::format("page {} is asked for, which is not there", place.page));
    if (place.depth > kDepth) return damaged("its tree is too deep");
    auto taken = taken_[static_cast<std::size_t>(place.page)];
    if (taken) return damaged(std::format("page {} is used twice", place.page));
    taken = true;
    todo.push_back(place);
    return {};
  }

  Result<> read_page(std::uint64_t page) {
    const auto at = page * meta_.page_size;
    buffer_.resize(static_cast<std::size_t>(meta_.page_size));
    TRY(source_.read(at, buffer_));
    const std::uint64_t overflow = load<std::uint32_t>(buffer_, 12);
    if (load<std::uint64_t>(buffer_, 0) != page)
      return damaged(std::format("page {} has another number", page));
    if (overflow >= meta_.pages - page || (overflow + 1) * meta_.page_size > kRun)
      return damaged(std::format("page {} goes on over {} pages", page, overflow));
    if (overflow == 0) return {};
    buffer_.resize(static_cast<std::size_t>((overflow + 1) * meta_.page_size));
    return source_.read(at + meta_.page_size,
                        std::span(buffer_).subspan(static_cast<std::size_t>(meta_.page_size)));
  }

  Result<> branch(const Place& place, std::vector<Place>& todo) {
    const auto count = load<std::uint16_t>(buffer_, 10);
    if (count == 0) return damaged(std::format("page {} leads nowhere", place.page));
    for (std::size_t index = count; index > 0; --index) {  // the first is to be taken off first
      const auto element = TRY(element_of(buffer_, false, index - 1));
      TRY(take({element.child, place.depth + 1}, todo));
    }
    return {};
  }

  Result<> leaf(std::span<const char> page, const OnElement& on_element) {
    const auto count = load<std::uint16_t>(page, 10);
    for (std::size_t index = 0; index < count; ++index) {
      const auto element = TRY(element_of(page, true, index));
      if (last_key_ && element.key <= *last_key_) return damaged("its keys are out of order");
      last_key_ = std::string(element.key);
      TRY(on_element(element));
    }
    return {};
  }

  ByteSource& source_;
  Meta meta_;
  std::vector<bool> taken_;
  std::vector<char> buffer_;
  std::optional<std::string> last_key_;  // of the tree so far
};

Result<std::vector<Bucket>> list_buckets(Walk& walk, std::uint64_t root) {
  std::vector<Bucket> buckets;
  TRY(walk.tree(root, [&buckets](const Element& element) -> Result<> {
    if ((element.flags & kIsBucket) == 0) return damaged("a key stands outside of all buckets");
    if (element.value.size() < kBucketHeader) return damaged("a bucket has no root");
    if (buckets.size() == kBuckets) return damaged("it has too many buckets");
    const auto page = element.value.substr(kBucketHeader);
    buckets.push_back({.name = std::string(element.key),
                       .root = load<std::uint64_t>(element.value, 0),
                       .page = {page.begin(), page.end()}});
    return {};
  }));
  return buckets;
}

}  // namespace

Result<BoltCounts> walk_bolt(ByteSource& source, std::uint64_t size, const BoltVisit& visit) {
  const auto meta = TRY(read_metas(source, size));
  Walk walk(source, meta);
  const auto buckets = TRY(list_buckets(walk, meta.root));
  BoltCounts counts{.buckets = buckets.size()};
  for (const auto& bucket : buckets) {
    const auto on_element = [&bucket, &counts, &visit](const Element& element) -> Result<> {
      if ((element.flags & kIsBucket) != 0) return damaged("a bucket stands within a bucket");
      ++counts.keys;
      return visit({.bucket = bucket.name, .key = element.key, .value = element.value});
    };
    if (bucket.root == 0) {
      TRY(walk.inline_page(bucket.page, on_element));
    } else {
      TRY(walk.tree(bucket.root, on_element));
    }
  }
  return counts;
}

}  // namespace kgnode::sys
