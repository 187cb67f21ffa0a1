#pragma once
/// The journal through sd-journal.
#include <sys/types.h>

#include <memory>

#include "agent/sys/fd_set.hpp"
#include "agent/sys/journal.hpp"

namespace kgnode::sys {

class RealJournal final : public Journal {
 public:
  struct Options {
    std::vector<JournalMatch> matches;  // any of them; none at all: every entry
    std::string folder;                 // empty: the journal of this machine
  };

  /// next() begins with the oldest entry. A journal that does not exist yet is an empty one.
  static Result<RealJournal> open(Options options);
  ~RealJournal() override;
  RealJournal(const RealJournal&) = delete;
  RealJournal& operator=(const RealJournal&) = delete;
  RealJournal(RealJournal&&) noexcept;
  RealJournal& operator=(RealJournal&&) noexcept;

  Result<Continuity> seek(const std::string& cursor) override;
  Result<> seek_since(std::chrono::system_clock::time_point time) override;
  Result<std::optional<JournalEntry>> next() override;
  Result<std::optional<std::string>> field(std::string_view name) override;
  Result<std::string> cursor() override;
  std::uint64_t unreadable() const override { return unreadable_; }
  int fd() const override { return events_.fd(); }
  Result<Continuity> process() override;

 private:
  struct Handle;
  RealJournal(Options options, FdSet events);

  std::vector<std::string> roots() const;
  std::vector<ino_t> look_at_roots() const;
  Result<> open_handle();
  Result<> add_matches();
  Result<Continuity> go();
  Result<Continuity> go_to_cursor();
  Result<bool> step_to(const std::string& cursor);
  Result<Continuity> judge_absence();
  Result<bool> look_again();
  Result<> remember();
  JournalEntry read_entry();
  void trim();

  Options options_;
  // Stays the same when the journal is opened again, unlike the descriptor of sd-journal in it.
  FdSet events_;
  std::unique_ptr<Handle> handle_;  // none while there is no journal
  std::vector<ino_t> roots_;        // as they were when it was opened; 0: absent

  std::string cursor_;  // the entry read last, as of remember(); empty: none, since_ counts
  std::chrono::system_clock::time_point since_;
  bool waiting_ = false;        // a seek has stopped on an entry that next() has to give
  bool ahead_ = false;          // entries were read that cursor_ does not know of
  std::size_t unlooked_ = 0;    // entries read since trim() had a look
  std::size_t trim_above_ = 0;  // resident bytes
  std::uint64_t unreadable_ = 0;
  std::string message_;
};

}  // namespace kgnode::sys
