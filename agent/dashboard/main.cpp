/// The dashboard: a program of its own, so that the agent stays as small as it is.
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <format>
#include <optional>
#include <print>
#include <string>
#include <thread>

#include "agent/api/client.hpp"
#include "agent/cli/output.hpp"
#include "agent/dashboard/keys.hpp"
#include "agent/dashboard/plain.hpp"
#include "agent/dashboard/view.hpp"
#include "agent/sys/terminal.hpp"

#include <ftxui/screen/terminal.hpp>

namespace kgnode::dashboard {
namespace {

using namespace std::chrono_literals;

constexpr auto kEach = 1s;
constexpr auto kPlainEach = 5s;
constexpr auto kAnswerLimit = 2s;
constexpr int kUsage = 64;  // sysexits.h EX_USAGE

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): there is one thread
  return value == nullptr ? std::string() : std::string(value);
}

/// null, and why in `silence`: it did not come. After one that did not nobody is asked.
boost::json::value ask(const char* route, std::string& silence) {
  if (!silence.empty()) return nullptr;
  auto answer = api::call({.target = route, .limit = kAnswerLimit});
  if (!answer) {
    silence = answer.error().message();
    return nullptr;
  }
  return answer->status < 300 ? std::move(answer->body) : boost::json::value(nullptr);
}

Answers ask_all() {
  Answers answers;
  answers.status = ask("/v1/status", answers.silence);
  answers.cluster = ask("/v1/cluster", answers.silence);
  answers.figures = ask("/v1/figures?hours=1", answers.silence);
  answers.k3s = ask("/v1/k3s", answers.silence);
  answers.log = ask("/v1/log?limit=200", answers.silence);
  return answers;
}

std::string now() {
  return std::format("{:%TZ}",
                     std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
}

class Dashboard {
 public:
  Dashboard(sys::Terminal terminal, bool read_only)
      : terminal_(std::move(terminal)), surface_{.read_only = read_only} {
    const auto term = variable("TERM");
    surface_.look = {.color = variable("NO_COLOR").empty(), .rich = term != "linux"};
    // Sixteen colours: they are the terminal's own, and readable on its background.
    ftxui::Terminal::SetColorSupport(ftxui::Terminal::Palette16);
    // console_codes(4): a console that shows how the node is must not go dark.
    if (read_only && term == "linux") (void)terminal_.write("\x1b[9;0]");
  }

  Result<> run() {
    while (!shown_.quit) {
      if (!shown_.paused) model_ = make_model(ask_all());
      TRY(draw_now());
      if (!follow_keys()) break;
    }
    return {};
  }

 private:
  Result<> draw_now() {
    const auto size = terminal_.size();
    surface_.width = size.width;
    surface_.height = size.height;
    surface_.now = now();
    return terminal_.write("\x1b[H" + draw(model_, shown_, surface_).ToString());
  }

  /// Until it is time to ask again. False: it is over.
  bool follow_keys() {
    const auto end = std::chrono::steady_clock::now() + kEach;
    for (;;) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      if (left <= 0ms) return true;
      const auto event = terminal_.wait(left);
      if (event.ended) return false;
      for (const auto key : parse_keys(event.bytes)) shown_ = handle(shown_, key, model_);
      if (shown_.quit) return false;
      if (event.resized && !terminal_.write("\x1b[2J")) return false;
      if ((event.resized || !event.bytes.empty()) && !draw_now()) return false;
    }
  }

  sys::Terminal terminal_;
  Surface surface_;
  Shown shown_;
  Model model_;
};

/// Where nothing can be drawn: the status, again when more of it is new than numbers.
int follow_plainly() {
  Plain plain;
  for (;;) {
    std::string silence;
    const auto status = ask("/v1/status", silence);
    const auto text = silence.empty() ? cli::render_status(status) : "kgnode: " + silence + "\n";
    if (const auto news = plain.news(text)) {
      std::print("\n{}", *news);
      if (std::fflush(stdout) != 0) return 0;  // whoever read it has gone
    }
    std::this_thread::sleep_for(kPlainEach);
  }
}

int run(bool read_only) {
  const auto term = variable("TERM");
  if (term.empty() || term == "dumb" || ::isatty(STDOUT_FILENO) != 1) return follow_plainly();
  auto terminal = sys::Terminal::open(!read_only);
  if (!terminal) {
    std::println(stderr, "kgnode: {}", terminal.error().message());
    return 1;
  }
  const auto done = Dashboard(*std::move(terminal), read_only).run();
  if (!done) std::println(stderr, "kgnode: {}", done.error().message());
  return done ? 0 : 1;
}

}  // namespace
}  // namespace kgnode::dashboard

int main(int argc, char** argv) {
  try {
    const std::string_view option = argc > 1 ? argv[1] : "";
    if (argc > 2 || (!option.empty() && option != "--read-only")) {
      std::println(stderr, "kgnode: this is what \"kgnode dashboard [--read-only]\" starts");
      return kgnode::dashboard::kUsage;
    }
    return kgnode::dashboard::run(!option.empty());
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "kgnode: a library threw where it must not: %s\n", error.what());
  }
  return 1;
}
