/// The slot that runs and what became of the last update.
#include "agent/slots/image.hpp"

#include <format>

namespace kgnode::slots {
namespace {

using core::Finding, core::FindingKind;

Finding judge(const Record& record, const Running& running) {
  const std::string id = "image.update";
  switch (record.outcome) {
    case Outcome::good:
    case Outcome::rolled_back:
      return {.id = id,
              .kind = FindingKind::pass,
              .text = std::format("the last one, version {}: {}{}{}", record.version,
                                  to_string(record.outcome), record.reason.empty() ? "" : ", ",
                                  record.reason)};
    case Outcome::written:
      return {.id = id,
              .text = record.version == running.version
                          ? std::format("version {} is on trial", record.version)
                          : std::format("version {} waits for a reboot", record.version),
              .remedy = record.version == running.version
                            ? "it becomes good once the node is healthy"
                            : "kgnode reboot tries it"};
    case Outcome::writing:
      return {.id = id,
              .text = std::format("version {} is being written", record.version),
              .remedy = "kgnode upgrade shows how far it is; if it is not, give it again"};
    case Outcome::broken_off:
      return {.id = id,
              .text = std::format("version {} was not written: {}", record.version, record.reason),
              .remedy = "kgnode upgrade with the same source goes on where it ended"};
    case Outcome::failed:
      return {.id = id,
              .text = std::format("version {} failed and {} runs again: {}", record.version,
                                  running.version, record.reason),
              .remedy = "mend the cause, then kgnode upgrade with a later version"};
  }
  return {.id = id, .kind = FindingKind::unknown};
}

}  // namespace

Result<Image::Observed> Image::read() {
  return Observed{.running = TRY(read_running(files_)), .record = TRY(RecordFile(files_).load())};
}

Task<Result<Image::Observed>> Image::observe(const Desired&) { co_return read(); }

std::vector<Finding> Image::findings(const Desired&, const Observed& have) {
  if (have.running.root_hash.empty()) return {};  // installed as a package
  std::vector<Finding> all{{.id = "image.slot",
                            .kind = FindingKind::pass,
                            .text = std::format("version {} runs, root hash {}",
                                                have.running.version, have.running.root_hash)}};
  if (have.record) all.push_back(judge(*have.record, have.running));
  return all;
}

}  // namespace kgnode::slots
