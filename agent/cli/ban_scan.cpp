/// `kgnode ban scan`.
#include "agent/cli/ban_scan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <format>
#include <functional>
#include <ostream>
#include <vector>

#include "agent/base/text.hpp"
#include "agent/cli/ban_summary.hpp"
#include "agent/cli/output.hpp"
#include "agent/config/load.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/line_blocks.hpp"
#include "hardening/ban/jails.hpp"
#include "hardening/ban/matchers.hpp"
#include "hardening/ban/prefix.hpp"

namespace kgnode::cli {
namespace {

using namespace hardening::ban;

/// One offence, in the line with this number.
struct Offence {
  std::uint64_t number;
  std::string_view jail;
  const Hit& hit;
  std::string_view line;  // whole, with its prefix
};

/// Lines in, offences out.
class Scan {
 public:
  using Take = std::function<Result<>(const Offence&)>;

  Scan(std::vector<Matcher> matchers, Take take)
      : matchers_(std::move(matchers)), take_(std::move(take)) {}

  Result<> read_block(std::string_view block) {
    while (!block.empty()) {
      const auto end = std::min(block.find('\n'), block.size() - 1);
      auto line = block.substr(0, block[end] == '\n' ? end : end + 1);
      if (line.ends_with('\r')) line.remove_suffix(1);
      ++number_;
      TRY(read_line(line));
      block.remove_prefix(end + 1);
    }
    return {};
  }

  std::uint64_t lines() const { return number_; }

 private:
  Result<> read_line(std::string_view line) {
    if (const auto cri = strip_cri(line)) {
      const auto whole = joiner_.add(*cri);
      return whole ? judge(*whole, line) : Result<>();
    }
    const auto syslog = strip_syslog(line);
    return syslog ? judge_message(*syslog, line) : judge(line, line);
  }

  // A line without a program may be anybody's.
  Result<> judge(std::string_view text, std::string_view line) {
    for (const auto& matcher : matchers_) {
      if (const auto hit = matcher.match(text)) TRY(take_({number_, matcher.jail, *hit, line}));
    }
    return {};
  }

  // The operator's pattern is for a message, if the jail reads the journal, or for a whole line.
  Result<> judge_message(const SyslogLine& syslog, std::string_view line) {
    for (const auto& matcher : matchers_) {
      if (!is_for(matcher, syslog.program)) continue;
      auto hit = matcher.match(syslog.message);
      if (!hit && matcher.programs.empty()) hit = matcher.match(line);
      if (hit) TRY(take_({number_, matcher.jail, *hit, line}));
    }
    return {};
  }

  std::vector<Matcher> matchers_;
  Take take_;
  CriJoiner joiner_;
  std::uint64_t number_ = 0;
};

/// line<TAB>jail<TAB>address<TAB>weight
class OffenceLines {
 public:
  explicit OffenceLines(std::ostream& out) : out_(out) {}

  void add(const Offence& offence) {
    append(offence.number);
    text_ += '\t';
    text_ += offence.jail;
    text_ += '\t';
    text_ += to_string(offence.hit.address);
    text_ += '\t';
    append(offence.hit.weight);
    text_ += '\n';
  }

  Result<> write() {
    out_.write(text_.data(), static_cast<std::streamsize>(text_.size()));
    text_.clear();
    return out_.flush() ? Result<>() : fail(Error::plain("the output cannot be written"));
  }

 private:
  void append(std::uint64_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
    text_.append(digits.data(), end);
  }

  std::ostream& out_;
  std::string text_;
};

Result<config::Config> read_config(const ScanRequest& request, std::ostream& err) {
  if (request.config.empty()) return config::Config();
  sys::RealFiles files;
  auto loaded = TRY(config::load_file(files, request.config));
  for (const auto& diagnostic : loaded.diagnostics) err << config::to_text(diagnostic);
  if (loaded.config) return *std::move(loaded.config);
  return fail(Error::plain(quote(request.config) + " is not valid"));
}

Result<std::vector<Matcher>> choose_matchers(const ScanRequest& request,
                                             const config::Config& config) {
  auto matchers = TRY(make_matchers(own_jails(config.ban)));
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

/// `then` comes after every block.
Result<> read_all(const ScanRequest& request, Scan& scan, const std::function<Result<>()>& then,
                  std::ostream& err) {
  auto blocks = TRY(sys::LineBlocks::open(request.file));
  for (;;) {
    const auto block = TRY(blocks.next());
    if (block.empty()) break;
    TRY(scan.read_block(block));
    TRY(then());
  }
  if (blocks.cut() > 0) {
    err << std::format("kgnode ban scan: {} lines longer than {} bytes were cut\n", blocks.cut(),
                       sys::LineBlocks::kLineLimit);
  }
  return {};
}

Result<> list_offences(const ScanRequest& request, std::ostream& out, std::ostream& err) {
  OffenceLines lines(out);
  Scan scan(TRY(choose_matchers(request, TRY(read_config(request, err)))),
            [&lines](const Offence& offence) -> Result<> {
              lines.add(offence);
              return {};
            });
  // What a block led to is written with it: a reader at the other end of a pipe need not wait.
  return read_all(request, scan, [&lines] { return lines.write(); }, err);
}

Result<> summarize(const ScanRequest& request, std::ostream& out, std::ostream& err) {
  const auto config = TRY(read_config(request, err));
  const auto jails = TRY(make_jails(config.ban));
  BanSummary summary(make_rules(config.ban, jails, make_never_list(config, {})));
  Scan scan(TRY(choose_matchers(request, config)),
            [&summary, now = request.now](const Offence& offence) {
              return summary.add(offence.jail, offence.hit, offence.line, now);
            });
  TRY(read_all(request, scan, [] { return Result<>(); }, err));
  const auto answer = summary.to_json(scan.lines());
  out << (request.json ? render_json(answer) : render_scan(answer));
  return out.flush() ? Result<>() : fail(Error::plain("the output cannot be written"));
}

}  // namespace

int scan_log(const ScanRequest& request, std::ostream& out, std::ostream& err) {
  const auto done =
      request.summary ? summarize(request, out, err) : list_offences(request, out, err);
  if (done) return 0;
  err << "kgnode ban scan: " << done.error().message() << '\n';
  return 1;
}

}  // namespace kgnode::cli
