#pragma once
/// Bans in force, wherever they are: in the kernel, on disk, and here for the judge.
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/result.hpp"
#include "hardening/ban/judge.hpp"
#include "hardening/ban/kernel_sets.hpp"
#include "hardening/ban/store.hpp"

namespace kgnode::hardening::ban {

class Book final : public Judge::Record {
 public:
  /// `began`: lines older than that may have led to bans in an earlier life.
  Book(Store& store, KernelSets& kernel, Time began)
      : store_(store), kernel_(kernel), began_(began) {}

  bool is_banned(const Prefix& source, Time at) const override;
  unsigned strikes(const Prefix& source, Time since) const override;

  /// What is in force, from disk into the kernel. `bits`: what stands for one source from now on.
  Result<> restore(SourceBits bits, Time now);
  /// Into the kernel at once, then onto the disk. What cannot be stored is in force all the same,
  /// and tried again with the next call; trouble() says so meanwhile.
  Result<> add(std::vector<NewBan> bans, Time now);
  /// False: it was not banned.
  Result<bool> lift(const Prefix& source, Time now);
  Result<> set_listed(std::vector<Prefix> networks, Time now);

  /// Those that are stored: what a crash now would bring back.
  Result<std::vector<Ban>> list(Time now) { return store_.load(now); }
  Result<std::optional<Ban>> find(const Address& address, Time now) {
    return store_.find_covering(address, now);
  }
  Result<std::optional<Story>> tell(const Prefix& source) { return store_.tell(source); }

  /// Forgets what is over, and the history before `before`. True: there is more of that.
  Result<bool> tidy(Time now, Time before);

  std::vector<Prefix> sources() const;
  /// In force, or ended within the last minute. A network is what is wider than one IPv4 address or
  /// a /64 of IPv6; it counts for its family too.
  struct Counts {
    std::size_t ipv4 = 0;
    std::size_t ipv6 = 0;
    std::size_t networks = 0;
    bool operator==(const Counts&) const = default;
  };
  const Counts& counts() const { return counts_; }
  /// Bans that began since the agent started, and the last one of them.
  std::uint64_t begun() const { return begun_; }
  const std::optional<Ban>& last() const { return last_; }
  /// The last of those that began here and were not lifted again, newest first, at most kRecent.
  const std::deque<Ban>& recent() const { return recent_; }
  static constexpr std::size_t kRecent = 256;
  /// Whether it was lifted since then; the last kRecent are known.
  bool was_lifted(const Prefix& source, Time since) const;
  const std::vector<Prefix>& listed() const { return listed_; }
  /// Whether the sets hold what they should.
  Result<bool> is_in_kernel();
  void kernel_may_differ() { in_kernel_ = false; }
  const std::string& trouble() const { return trouble_; }

 private:
  Result<> save(Time now);
  void note(const Ban& ban);
  bool forget(const Prefix& source);

  // While the disk is full; the oldest are given up, and stay banned until the next start.
  static constexpr std::size_t kUnsaved = 10'000;

  Store& store_;
  KernelSets& kernel_;
  Time began_;
  std::map<Prefix, Time> until_;
  Counts counts_;  // of until_, which a million make slow to count
  std::uint64_t begun_ = 0;
  std::optional<Ban> last_;
  std::deque<Ban> recent_;
  std::deque<std::pair<Prefix, Time>> lifted_;
  std::vector<Prefix> listed_;
  std::vector<NewBan> unsaved_;
  bool in_kernel_ = false;
  std::string trouble_;
};

}  // namespace kgnode::hardening::ban
