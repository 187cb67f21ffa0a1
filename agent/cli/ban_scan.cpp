/// `kgnode ban scan`.
#include "agent/cli/ban_scan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <format>
#include <ostream>
#include <vector>

#include "agent/base/text.hpp"
#include "agent/config/load.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/line_blocks.hpp"
#include "hardening/ban/matchers.hpp"
#include "hardening/ban/prefix.hpp"

namespace kgnode::cli {
namespace {

using namespace hardening::ban;

/// Lines in, offences out.
class Scan {
 public:
  Scan(std::vector<Matcher> matchers, std::ostream& out)
      : matchers_(std::move(matchers)), out_(out) {}

  // What a block led to is written with it: a reader at the other end of a pipe need not wait.
  bool read_block(std::string_view block) {
    while (!block.empty()) {
      const auto end = std::min(block.find('\n'), block.size() - 1);
      auto line = block.substr(0, block[end] == '\n' ? end : end + 1);
      if (line.ends_with('\r')) line.remove_suffix(1);
      ++number_;
      read_line(line);
      block.remove_prefix(end + 1);
    }
    out_.write(found_.data(), static_cast<std::streamsize>(found_.size()));
    found_.clear();
    return static_cast<bool>(out_.flush());
  }

 private:
  void read_line(std::string_view line) {
    if (const auto cri = strip_cri(line)) {
      if (const auto whole = joiner_.add(*cri)) judge(*whole);
    } else if (const auto syslog = strip_syslog(line)) {
      judge_message(*syslog, line);
    } else {
      judge(line);
    }
  }

  // A line without a program may be anybody's.
  void judge(std::string_view line) {
    for (const auto& matcher : matchers_) {
      if (const auto hit = matcher.match(line)) report(matcher.jail, *hit);
    }
  }

  // The operator's pattern is for a message, if the jail reads the journal, or for a whole line.
  void judge_message(const SyslogLine& syslog, std::string_view line) {
    for (const auto& matcher : matchers_) {
      if (!is_for(matcher, syslog.program)) continue;
      auto hit = matcher.match(syslog.message);
      if (!hit && matcher.programs.empty()) hit = matcher.match(line);
      if (hit) report(matcher.jail, *hit);
    }
  }

  void report(std::string_view jail, const Hit& hit) {
    append(number_);
    found_ += '\t';
    found_ += jail;
    found_ += '\t';
    found_ += to_string(hit.address);
    found_ += '\t';
    append(hit.weight);
    found_ += '\n';
  }

  void append(std::uint64_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
    found_.append(digits.data(), end);
  }

  std::vector<Matcher> matchers_;
  std::ostream& out_;
  CriJoiner joiner_;
  std::string found_;
  std::uint64_t number_ = 0;
};

Result<std::vector<OwnJail>> read_own_jails(const ScanRequest& request, std::ostream& err) {
  if (request.config.empty()) return {};
  sys::RealFiles files;
  const auto loaded = TRY(config::load_file(files, request.config));
  for (const auto& diagnostic : loaded.diagnostics) err << config::to_text(diagnostic);
  if (loaded.config) return own_jails(loaded.config->ban);
  return fail(Error::plain(quote(request.config) + " is not valid"));
}

Result<std::vector<Matcher>> choose_matchers(const ScanRequest& request, std::ostream& err) {
  auto matchers = TRY(make_matchers(TRY(read_own_jails(request, err))));
  if (request.jail.empty()) return matchers;
  std::vector<std::string> names;
  names.reserve(matchers.size());
  for (const auto& matcher : matchers) names.push_back(matcher.jail);
  std::erase_if(matchers,
                [&request](const Matcher& matcher) { return matcher.jail != request.jail; });
  if (!matchers.empty()) return matchers;
  return fail(Error::plain(
      std::format("no jail {}; there are: {}", quote(request.jail), join(names, ", "))));
}

Result<> scan(const ScanRequest& request, std::ostream& out, std::ostream& err) {
  Scan scan(TRY(choose_matchers(request, err)), out);
  auto blocks = TRY(sys::LineBlocks::open(request.file));
  for (;;) {
    const auto block = TRY(blocks.next());
    if (block.empty()) break;
    if (!scan.read_block(block)) return fail(Error::plain("the output cannot be written"));
  }
  if (blocks.cut() == 0) return {};
  err << std::format("kgnode ban scan: {} lines longer than {} bytes were cut\n", blocks.cut(),
                     sys::LineBlocks::kLineLimit);
  return {};
}

}  // namespace

int scan_log(const ScanRequest& request, std::ostream& out, std::ostream& err) {
  const auto done = scan(request, out, err);
  if (done) return 0;
  err << "kgnode ban scan: " << done.error().message() << '\n';
  return 1;
}

}  // namespace kgnode::cli
