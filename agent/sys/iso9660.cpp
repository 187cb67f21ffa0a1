/// Files of an ISO 9660 volume by libiso9660.
#include "agent/sys/iso9660.hpp"

#include <format>

#include <cdio/iso9660.h>
#include <cdio/logging.h>

#include "agent/base/handle.hpp"
#include "agent/base/text.hpp"

namespace kgnode::sys {
namespace {

void close_iso(iso9660_t* iso) { (void)iso9660_close(iso); }  // read only: nothing can be lost
using IsoPtr = Handle<iso9660_t, close_iso>;
using StatPtr = Handle<iso9660_stat_t, iso9660_stat_free>;

}  // namespace

struct Iso9660::Parts {
  std::string path;
  IsoPtr iso;
};

Iso9660::Iso9660(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Iso9660::Iso9660(Iso9660&&) noexcept = default;
Iso9660& Iso9660::operator=(Iso9660&&) noexcept = default;
Iso9660::~Iso9660() = default;

Result<Iso9660> Iso9660::open(const std::string& path) {
  // Without a handler the library prints to standard output; what went wrong is said below.
  cdio_log_set_handler([](cdio_log_level_t, const char*) {});
  IsoPtr iso(iso9660_open_ext(path.c_str(), ISO_EXTENSION_ALL));
  if (!iso) return fail(Error::plain(std::format("{} cannot be read as ISO 9660", quote(path))));
  return Iso9660(std::make_unique<Parts>(Parts{.path = path, .iso = std::move(iso)}));
}

Result<std::optional<std::string>> Iso9660::read(const std::string& name, std::size_t limit) {
  auto* iso = parts_->iso.get();
  const StatPtr status(iso9660_ifs_stat_translate(iso, ("/" + name).c_str()));
  if (!status || status->type != iso9660_stat_t::_STAT_FILE) return std::nullopt;
  const auto place = std::format("{} on {}", name, parts_->path);
  const std::uint64_t size = status->total_size;
  if (size > limit) return fail(Error(std::errc::file_too_large, "read " + place));
  const auto blocks = (size + ISO_BLOCKSIZE - 1) / ISO_BLOCKSIZE;
  std::string content(blocks * ISO_BLOCKSIZE, '\0');
  const auto read =
      iso9660_iso_seek_read(iso, content.data(), status->lsn, static_cast<long>(blocks));
  if (read < 0 || static_cast<std::uint64_t>(read) < size) {
    return fail(
        Error::plain(std::format("{} cannot be read: the volume is damaged or cut short", place)));
  }
  content.resize(size);
  return content;
}

}  // namespace kgnode::sys
