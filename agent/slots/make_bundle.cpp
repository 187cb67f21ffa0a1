/// Makes the file of an update.
#include "agent/slots/make_bundle.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <fstream>
#include <memory>
#include <utility>

#include <boost/json.hpp>

#include "agent/slots/bundle.hpp"
#include "agent/sys/byte_source.hpp"
#include "agent/sys/sha256.hpp"

namespace kgnode::slots {
namespace {

struct PartFile {
  std::unique_ptr<sys::ByteSource> source;
  Part part;
};

Result<PartFile> read_part(const std::string& path) {
  PartFile file{.source = TRY(sys::open_bytes(std::filesystem::absolute(path).string()))};
  std::error_code error;
  file.part.size = std::filesystem::file_size(path, error);
  if (error) return fail(Error(std::errc(error.value()), "size of " + path));
  std::string chunk;
  const auto count = (file.part.size + kChunk - 1) / kChunk;
  for (std::uint64_t i = 0; i < count; ++i) {
    chunk.resize(file.part.size_of(i));
    TRY(file.source->read(i * kChunk, chunk));
    const bool zeros = chunk.find_first_not_of('\0') == std::string::npos;
    file.part.chunks.push_back(zeros ? "0" : sys::sha256_hex(chunk));
  }
  return file;
}

boost::json::object to_json(const Part& part) {
  return {{"size", part.size},
          {"chunks", boost::json::array(part.chunks.begin(), part.chunks.end())}};
}

std::string big_endian(std::size_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xFF);
  return bytes;
}

Result<> append(std::ofstream& out, PartFile& file) {
  std::string chunk;
  for (std::size_t i = 0; i < file.part.chunks.size(); ++i) {
    if (file.part.is_zeros(i)) continue;
    chunk.resize(file.part.size_of(i));
    TRY(file.source->read(i * kChunk, chunk));
    out << chunk;
  }
  return {};
}

}  // namespace

Result<> make_bundle(const BundleInput& input, const Sign& sign, const std::string& out) {
  auto root = TRY(read_part(input.root));
  auto verity = TRY(read_part(input.verity));
  auto kernel = TRY(read_part(input.kernel));
  const boost::json::object manifest{{"format", 1},
                                     {"version", input.version},
                                     {"rollback_index", input.rollback_index},
                                     {"architecture", input.architecture},
                                     {"root_hash", input.root_hash},
                                     {"chunk_size", kChunk},
                                     {"parts",
                                      {{"root", to_json(root.part)},
                                       {"verity", to_json(verity.part)},
                                       {"kernel", to_json(kernel.part)}}}};
  const auto json = boost::json::serialize(manifest);
  (void)TRY(parse_manifest(json));  // what no node would take is not made
  const auto signed_bytes = big_endian(json.size()) + json;
  std::ofstream file(out, std::ios::binary | std::ios::trunc);
  file << kMagic << sign(signed_bytes) << signed_bytes;
  for (auto* part : {&root, &verity, &kernel}) TRY(append(file, *part));
  file.close();
  if (!file) return fail(Error::plain("write " + out + ": is the disk full?"));
  return {};
}

}  // namespace kgnode::slots
