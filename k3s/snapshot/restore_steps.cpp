/// Carries out the steps of a restore.
#include "k3s/snapshot/restore_steps.hpp"

#include <format>

#include "k3s/diagnose/diagnose.hpp"

namespace kgnode::k3s {
namespace {

Result<> save(sys::Files& files, const RestoreRecord& record) {
  return files.replace(kRestoreRecord, to_text(record), 0600);
}

/// Why K3s did not reset, by what it printed.
Error explain_reset(std::string_view output) {
  constexpr auto kWhere = "k3s server --cluster-reset did not restore the snapshot";
  auto diagnoser = Diagnoser::make();
  if (!diagnoser) return std::move(diagnoser).error().in(kWhere);
  std::string last;
  while (!output.empty()) {
    const auto end = output.find('\n');
    const auto line = output.substr(0, end);
    output = end == std::string_view::npos ? std::string_view() : output.substr(end + 1);
    diagnoser->add(line);
    if (line.contains("level=fatal") || line.contains("level=error")) last = std::string(line);
  }
  const auto found = diagnoser->diagnose();
  if (found.state != State::failed)
    return Error::plain(std::format("{}: {}", kWhere, last.empty() ? "it does not say why" : last));
  return Error::plain(
      std::format("{}: {} ({}); {}", kWhere, found.meaning, found.evidence, found.remedy));
}

class Deeds {
 public:
  Deeds(RestoreRecord& record, RestoreHost& host, sys::Files& files)
      : record_(record), host_(host), files_(files) {}

  /// What was done.
  Result<std::string> carry_out(RestoreStep step) {
    switch (step) {
      case RestoreStep::stop:
        TRY(host_.stop());
        return std::string("K3s is stopped");
      case RestoreStep::configure:
        TRY(host_.configure());
        return std::string("the configuration for the reset is written");
      case RestoreStep::reset:
        return reset();
      case RestoreStep::move:
        return move();
      case RestoreStep::start:
        TRY(host_.start());
        return std::string("K3s is started");
      case RestoreStep::ready:
        TRY(host_.wait_until_ready());
        return std::string("the API of this server answers");
    }
    return std::string();
  }

 private:
  // A reboot, or an agent that had decided before, may have started K3s since it was stopped: so
  // it is stopped again right before its data is changed.

  Result<std::string> reset() {
    TRY(host_.stop());
    if (!record_.before) {
      record_.before = TRY(host_.list_databases());
      // Before K3s moves anything: a second try must still know what there was.
      TRY(save(files_, record_));
    }
    const auto output = TRY(host_.reset(record_));
    if (!says_that_it_reset(output)) return fail(explain_reset(output));
    const auto kept = TRY(find_kept(*record_.before, TRY(host_.list_databases())));
    if (kept.empty()) return std::string("the snapshot is restored; there was no database before");
    return std::format("the snapshot is restored; what was there before is kept in server/db/{}",
                       kept);
  }

  Result<std::string> move() {
    TRY(host_.stop());
    const auto moved = TRY(host_.move_database());
    if (moved.empty()) return std::string("there is no database to put aside");
    return std::format("the database is kept in {}; the agent joins the cluster again", moved);
  }

  RestoreRecord& record_;
  RestoreHost& host_;
  sys::Files& files_;
};

}  // namespace

Result<> carry_out(RestoreRecord record, RestoreHost& host, sys::Files& files,
                   const std::function<void(std::string_view)>& say) {
  Deeds deeds(record, host, files);
  for (auto step = next_step(record); step; step = next_step(record)) {
    record.step = *step;
    record.done = false;
    record.trouble.clear();
    TRY(save(files, record));
    const auto done = deeds.carry_out(*step);
    record.done = done.has_value();
    if (!done) record.trouble = done.error().message();
    TRY(save(files, record));
    if (!done) return fail(Error(done.error()));
    say(*done);
  }
  return {};
}

}  // namespace kgnode::k3s
