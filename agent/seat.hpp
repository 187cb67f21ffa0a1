#pragma once
/// Tells other control planes whether this one holds data of a cluster.
#include <span>

#include "agent/config/config.hpp"
#include "agent/sys/datagram.hpp"
#include "agent/sys/files.hpp"

namespace kgnode {

/// Sends back what the questions among the datagrams are due, for a node of this configuration.
void answer_seat_questions(int socket, sys::Files& files, const config::Config& config,
                           std::span<const sys::Datagram> datagrams);

}  // namespace kgnode
