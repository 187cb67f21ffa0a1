/// The console of the machine.
#include "agent/sys/console.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {

Result<> write_console(std::string_view line) {
  const UniqueFd console(::open("/dev/console", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!console) return {};
  const auto text = printable(line) + "\r\n";
  if (::write(console.get(), text.data(), text.size()) < 0)
    return fail(Error::from_errno("write to \"/dev/console\""));
  return {};
}

}  // namespace kgnode::sys
