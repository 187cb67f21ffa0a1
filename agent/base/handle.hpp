#pragma once
/// unique_ptr for C handles: using BusPtr = Handle<sd_bus, sd_bus_flush_close_unref>;
#include <memory>

namespace kgnode {

template <auto Free>
struct FreeWith {
  void operator()(auto* p) const { Free(p); }
};

template <class T, auto Free>
using Handle = std::unique_ptr<T, FreeWith<Free>>;

}  // namespace kgnode
