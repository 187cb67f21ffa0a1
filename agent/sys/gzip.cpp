/// gzip by zlib.
#include "agent/sys/gzip.hpp"

#include <zlib.h>

#include <array>
#include <format>
#include <limits>

#include "agent/base/scope_exit.hpp"

namespace kgnode::sys {

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

Result<std::string> gzip(std::string_view text) {
  if (text.size() > std::numeric_limits<uInt>::max())
    return fail(Error::plain("gzip: input too large"));
  z_stream stream{};
  constexpr int kGzip = 16 + MAX_WBITS;  // zlib.h: 16 selects the gzip wrapper
  constexpr int kMemoryLevel = 8;        // zlib's default
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return fail(Error(std::errc::not_enough_memory, "start gzip"));
  const ScopeExit end([&stream] { deflateEnd(&stream); });
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
    return fail(Error::plain("gzip: zlib came to no end"));
  out.resize(out.size() - stream.avail_out);
  return out;
}

Result<std::string> gunzip(std::string_view bytes, std::size_t limit) {
  if (bytes.size() > std::numeric_limits<uInt>::max())
    return fail(Error::plain("gzip: input too large"));
  z_stream stream{};
  constexpr int kGzipOnly = 16 + MAX_WBITS;  // zlib.h: 16 selects the gzip wrapper
  if (inflateInit2(&stream, kGzipOnly) != Z_OK)
    return fail(Error(std::errc::not_enough_memory, "start gunzip"));
  const ScopeExit end([&stream] { inflateEnd(&stream); });
  // zlib does not write to its input; its interface predates const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::array<char, std::size_t{16} << 10> chunk{};
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END)
      return fail(Error::plain("gzip: the stream is damaged or cut short"));
    out.append(chunk.data(), chunk.size() - stream.avail_out);
    if (out.size() > limit)
      return fail(Error::plain(std::format("gzip: more than {} bytes when unpacked", limit)));
    if (result == Z_STREAM_END) break;
  }
  if (stream.avail_in != 0) return fail(Error::plain("gzip: bytes after the end of the stream"));
  return out;
}

}  // namespace kgnode::sys
