#pragma once
/// Reads what is logged, a bounded number of lines at a time, and turns it into bans.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.hpp"
#include "agent/base/result.hpp"
#include "agent/config/config.hpp"
#include "agent/core/timers.hpp"
#include "agent/sys/fd_set.hpp"
#include "agent/sys/file_follower.hpp"
#include "agent/sys/journal.hpp"
#include "hardening/ban/book.hpp"
#include "hardening/ban/checkpoint.hpp"
#include "hardening/ban/jails.hpp"
#include "hardening/ban/judge.hpp"
#include "hardening/ban/prefix.hpp"
#include "hardening/ban/recent_lines.hpp"

namespace kgnode::hardening::ban {

class Engine {
 public:
  struct Parts {
    Book& book;
    Store& store;
    const Clock& clock;
    core::Timers& timers;
    std::function<Result<std::unique_ptr<sys::Journal>>(std::vector<sys::JournalMatch>)>
        open_journal;
    std::function<Result<std::unique_ptr<sys::FileFollower>>(
        std::vector<std::string>, std::optional<std::vector<sys::FilePosition>>)>
        open_files;
    std::uint64_t seed = 0;  // of the counters
    std::function<void(std::string_view)> tell = [](std::string_view) {};
    std::function<void()> run_domain = [] {};  // soon: there is something to report or to heal
  };

  /// What one jail has seen since the agent started.
  struct JailCounters {
    std::uint64_t lines = 0;  // that were put to it
    std::uint64_t hits = 0;
    std::uint64_t bans = 0;
    std::uint64_t harmless = 0;  // of a known shape, and no offence
    std::uint64_t unknown = 0;   // of its own program, and of no known shape
    Misread misread;
  };

  /// `sources`: an empty one, which becomes readable when there are lines.
  Engine(Parts parts, sys::FdSet sources);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() = default;

  /// The jails, and who is never banned, from here on. Continues where an earlier life stopped.
  Result<> work_by(const config::Ban& settings, std::vector<Never> never);
  const std::optional<config::Ban>& settings() const { return settings_; }
  const std::vector<Never>& never() const { return judge_.rules().never; }

  /// Readable when look() may find something.
  int fd() const { return sources_.fd(); }
  /// Reads what is new: at most kLines now, the rest soon.
  void look();
  /// How far it has read, onto the disk: every few seconds while there is something, and at the
  /// end.
  void save();

  const std::vector<Jail>& jails() const { return jails_; }
  const std::vector<JailCounters>& counters() const { return counters_; }
  const std::map<Address, Judge::Spared>& spared() const { return judge_.spared(); }
  Prefix source_of(const Address& address) const { return judge_.source_of(address); }
  std::size_t counted_sources() const { return tally_.size(); }
  /// What keeps it from its work; empty: nothing.
  std::string trouble() const;

  static constexpr std::size_t kLines = 512;
  static constexpr std::size_t kSources = std::size_t{1} << 17U;  // counted at most, 6 MiB
  static constexpr std::chrono::milliseconds kSaveAfter{2000};
  static constexpr std::size_t kShownBytes = 200;  // of a line of unknown shape
  static constexpr std::chrono::milliseconds kTidyAfter{std::chrono::minutes(1)};

 private:
  Result<> open_journal(const std::string& cursor);
  Result<> open_files(std::optional<std::vector<sys::FilePosition>> positions);
  std::optional<Checkpoint> load();
  Checkpoint make_checkpoint();
  Checkpoint note_places();

  bool read_journal();
  void judge_entry(const sys::JournalEntry& entry);
  bool is_trusted(const Jail& jail);
  bool read_files();
  void note_file_losses();
  void judge_line(const sys::FileLine& line);
  void count_shape(std::size_t jail, std::string_view text, bool from_journal);
  void judge_text(std::size_t jail, std::string_view text, Time at);
  void convict(std::size_t jail, const Hit& hit, std::string_view line, Time at);
  void carry_out();
  void look_soon();
  void save_soon();
  void tidy();
  void note_gap(sys::Continuity continuity) const;

  Parts parts_;
  sys::FdSet sources_;
  Tally tally_;
  Judge judge_;
  std::optional<config::Ban> settings_;
  std::vector<Jail> jails_;
  std::vector<JailCounters> counters_;
  std::vector<std::size_t> file_jails_;  // pattern of the follower -> jail

  std::unique_ptr<sys::Journal> journal_;
  std::unique_ptr<sys::FileFollower> files_;
  std::uint64_t file_gaps_ = 0;
  std::map<std::string, CriJoiner, std::less<>> joiners_;  // by path
  RecentLines recent_;
  std::vector<NewBan> decided_;  // by the lines that are being read
  bool look_armed_ = false;
  bool save_armed_ = false;
  std::string journal_trouble_;
  std::string files_trouble_;
  std::string store_trouble_;
};

}  // namespace kgnode::hardening::ban
