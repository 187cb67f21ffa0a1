/// A database of etcd, its meta pages made right: whatever the rest, the walk ends inside of it.
#include "agent/sys/etcd_snapshot.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "tests/support/bytes_in_memory.hpp"

namespace {

/// FNV-1a over the meta, as bbolt wants it; without it no input would get past the first page.
void mend_meta(std::string& bytes, std::size_t page) {
  if (bytes.size() < page + 80) return;
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : std::string_view(bytes).substr(page + 16, 56)) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001b3;
  }
  std::memcpy(bytes.data() + page + 72, &hash, sizeof(hash));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode::sys;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  mend_meta(bytes, 0);
  mend_meta(bytes, 512);
  test::BytesInMemory source(bytes);
  const auto content = read_etcd_database(source, size);
  if (content && (content->revision == 0 || content->bootstraps.size() > 16)) std::abort();
  // Each key has 16 bytes of its own in some page.
  if (content && content->keys * 16 > size) std::abort();
  return 0;
}
