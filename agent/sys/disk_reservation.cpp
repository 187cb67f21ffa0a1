/// Persistent reservations of SCSI disks.
#include "agent/sys/disk_reservation.hpp"

#include <fcntl.h>
#include <scsi/sg.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <format>

#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {
namespace {

constexpr std::uint8_t kPersistentReserveIn = 0x5E;
constexpr std::uint8_t kReadReservation = 0x01;
constexpr std::uint8_t kHeader = 8;    // generation and length
constexpr std::uint8_t kEntry = 16;    // one reservation descriptor
constexpr unsigned kTimeoutMs = 2000;  // milliseconds, as the kernel's interface has it
constexpr std::uint8_t kCheckCondition = 0x02;

std::uint64_t read_big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const auto byte : bytes) value = value << 8 | byte;
  return value;
}

Reservation unknown(std::string device, std::string trouble) {
  return {.device = std::move(device), .trouble = std::move(trouble)};
}

}  // namespace

Result<Reservation> parse_reservation(std::span<const std::uint8_t> answer) {
  if (answer.size() < kHeader) return fail(Error::plain("the disk's answer is too short"));
  const auto length = read_big_endian(answer.subspan(4, 4));
  if (length == 0) return Reservation{.state = Reservation::State::none};
  if (length < kEntry || answer.size() < std::size_t{kHeader} + kEntry)
    return fail(Error::plain("the disk's answer is cut"));
  return Reservation{.state = Reservation::State::held,
                     .key = read_big_endian(answer.subspan(kHeader, 8)),
                     .type = static_cast<std::uint8_t>(answer[kHeader + 13] & 0x0FU)};
}

Reservation read_reservation(const std::string& path) {
  auto name = path.substr(path.rfind('/') + 1);
  const UniqueFd disk(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!disk) return unknown(std::move(name), Error::from_errno("open", errno).message());
  std::array<std::uint8_t, kHeader + kEntry> answer{};
  std::array<std::uint8_t, 32> sense{};
  std::array<std::uint8_t, 10> command{kPersistentReserveIn, kReadReservation};
  command[8] = answer.size();
  sg_io_hdr_t request{};
  request.interface_id = 'S';
  request.dxfer_direction = SG_DXFER_FROM_DEV;
  request.cmd_len = command.size();
  request.mx_sb_len = sense.size();
  request.dxfer_len = answer.size();
  request.dxferp = answer.data();
  request.cmdp = command.data();
  request.sbp = sense.data();
  request.timeout = kTimeoutMs;
  if (::ioctl(disk.get(), SG_IO, &request) != 0) {
    // Loop devices, virtio-blk and NVMe take no SCSI commands.
    if (errno == ENOTTY || errno == EINVAL || errno == EOPNOTSUPP)
      return {.state = Reservation::State::unsupported, .device = std::move(name)};
    return unknown(std::move(name), Error::from_errno("ask", errno).message());
  }
  // A disk that does not know the command answers ILLEGAL REQUEST, sense key 5 (SPC-4 section 4.5).
  if (request.status == kCheckCondition && request.sb_len_wr > 2) {
    const bool descriptor = (sense[0] & 0x7FU) >= 0x72;
    if ((sense[descriptor ? 1 : 2] & 0x0FU) == 5)
      return {.state = Reservation::State::unsupported, .device = std::move(name)};
  }
  if (request.status != 0 || request.host_status != 0) {
    return unknown(std::move(name),
                   std::format("status {}, host status {}", request.status, request.host_status));
  }
  const auto got = answer.size() - static_cast<std::size_t>(std::max(0, request.resid));
  auto parsed = parse_reservation(std::span(answer).first(got));
  if (!parsed) return unknown(std::move(name), parsed.error().message());
  parsed->device = std::move(name);
  return *std::move(parsed);
}

}  // namespace kgnode::sys
