#pragma once
/// A journal in memory: entries by number, vacuum, injectable failures.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/text.hpp"
#include "agent/sys/journal.hpp"

namespace test {

struct FakeJournal final : kgnode::sys::Journal {
  using Time = std::chrono::system_clock::time_point;
  struct Entry {
    std::string message;
    Time time;
    std::map<std::string, std::string, std::less<>> fields;
    bool cut = false;
  };
  std::vector<Entry> entries;
  std::size_t oldest = 0;  // those before it are vacuumed
  bool refuse = false;     // reading fails
  kgnode::sys::Continuity after_process = kgnode::sys::Continuity::exact;
  std::size_t fields_asked = 0;

  void add(std::string message, Time time) { entries.push_back({std::move(message), time}); }

  kgnode::Result<kgnode::sys::Continuity> seek(const std::string& cursor) override {
    const auto number = kgnode::parse_int<std::size_t>(cursor);
    if (!number) return kgnode::fail({std::errc::invalid_argument, "seek in the journal"});
    read_ = *number + 1;
    if (*number >= oldest) return kgnode::sys::Continuity::exact;
    read_ = oldest;
    return kgnode::sys::Continuity::gap;
  }
  kgnode::Result<> seek_since(Time time) override {
    read_ = oldest;
    while (read_ < entries.size() && entries[read_].time < time) ++read_;
    return {};
  }
  kgnode::Result<std::optional<kgnode::sys::JournalEntry>> next() override {
    if (refuse) return kgnode::fail({std::errc::io_error, "read the journal"});
    read_ = std::max(read_, oldest);
    if (read_ >= entries.size()) return std::nullopt;
    const auto& entry = entries[read_++];
    return kgnode::sys::JournalEntry{entry.message, entry.time, entry.cut};
  }
  kgnode::Result<std::optional<std::string>> field(std::string_view name) override {
    ++fields_asked;
    const auto& fields = entries.at(read_ - 1).fields;
    const auto it = fields.find(name);
    if (it == fields.end()) return std::nullopt;
    return it->second;
  }
  kgnode::Result<std::string> cursor() override {
    return read_ == 0 ? "" : std::to_string(read_ - 1);
  }
  std::uint64_t unreadable() const override { return 0; }
  int fd() const override { return -1; }
  kgnode::Result<kgnode::sys::Continuity> process() override {
    return std::exchange(after_process, kgnode::sys::Continuity::exact);
  }

 private:
  std::size_t read_ = 0;  // the next one
};

}  // namespace test
