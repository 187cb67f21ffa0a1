/// Child processes whose failure is an error.
#include "agent/sys/process.hpp"

#include <format>
#include <utility>

#include "agent/base/text.hpp"

namespace kgnode::sys {

Task<Result<>> run_to_success(Processes& processes, Command command) {
  const std::string program = command.argv.front();
  auto ran = co_await processes.run(std::move(command));
  if (!ran) co_return fail(std::move(ran).error());
  if (ran->status == 0) co_return Result<>{};
  const auto said = printable(trim(ran->err.empty() ? ran->out : ran->err));
  co_return fail(Error::plain(std::format("{} ended with {}: {}", program, ran->status,
                                          said.empty() ? "see journalctl -b" : said)));
}

}  // namespace kgnode::sys
