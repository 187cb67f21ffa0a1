/// The one event loop over asio.
#include "agent/sys/loop.hpp"

#include <list>
#include <memory>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

namespace kgnode::sys {
namespace asio = boost::asio;

namespace {

struct Readable {
  Readable(asio::io_context& context, int fd, std::function<void()> callback)
      : descriptor(context, fd), then(std::move(callback)) {}
  Readable(const Readable&) = delete;
  Readable& operator=(const Readable&) = delete;
  ~Readable() { descriptor.release(); }  // the caller closes it

  void wait() {
    descriptor.async_wait(descriptor.wait_read, [this](boost::system::error_code error) {
      if (error) return;
      then();
      wait();
    });
  }

  asio::posix::stream_descriptor descriptor;
  std::function<void()> then;
};

struct Signals {
  Signals(asio::io_context& context, std::function<void(int)> callback)
      : set(context), then(std::move(callback)) {}

  void wait() {
    set.async_wait([this](boost::system::error_code error, int number) {
      if (error) return;
      then(number);
      wait();
    });
  }

  asio::signal_set set;
  std::function<void(int)> then;
};

}  // namespace

struct Loop::Parts {
  asio::io_context context{1};
  std::list<Readable> readables;
  std::list<Signals> signals;
};

Loop::Loop() : parts_(std::make_unique<Parts>()) {}
Loop::~Loop() = default;

void Loop::after(std::chrono::milliseconds delay, std::function<void()> then) {
  auto timer = std::make_shared<asio::steady_timer>(parts_->context, delay);
  timer->async_wait([timer, then = std::move(then)](boost::system::error_code error) {
    if (!error) then();
  });
}

void Loop::on_readable(int fd, std::function<void()> then) {
  parts_->readables.emplace_back(parts_->context, fd, std::move(then)).wait();
}

void Loop::on_signals(const std::vector<int>& signals, std::function<void(int)> then) {
  auto& entry = parts_->signals.emplace_back(parts_->context, std::move(then));
  for (const int number : signals) entry.set.add(number);
  entry.wait();
}

void Loop::run() { parts_->context.run(); }
void Loop::stop() { parts_->context.stop(); }
asio::io_context& Loop::context() { return parts_->context; }

}  // namespace kgnode::sys
