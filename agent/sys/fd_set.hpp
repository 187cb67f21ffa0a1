#pragma once
/// Several descriptors behind one, so that the loop need not know which come and go.
#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {

class FdSet {
 public:
  static Result<FdSet> make();
  /// Until it is closed.
  Result<> add(int fd);
  /// Readable while one of them is.
  int fd() const { return epoll_.get(); }

 private:
  explicit FdSet(UniqueFd epoll) : epoll_(std::move(epoll)) {}
  UniqueFd epoll_;
};

}  // namespace kgnode::sys
