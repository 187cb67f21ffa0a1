#pragma once
/// The web page about the cluster: one file without anything from elsewhere, and what it shows.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "hardening/ban/book.hpp"
#include "k3s/snapshot/book.hpp"

namespace kgnode::page {

/// page.html of this folder.
std::string_view html();
/// The Content-Security-Policy under which it runs: its own script and style by their hashes, its
/// own JSON, and nothing else.
std::string security_policy(std::string_view html);

struct Parts {
  std::string node;            // empty: without a configuration
  boost::json::value cluster;  // as of GET /v1/cluster
  hardening::ban::Book::Counts bans;
  std::size_t listed = 0;
  std::uint64_t bans_begun = 0;
  boost::json::object figures;                 // as of GET /v1/figures
  std::optional<k3s::SnapshotBook> snapshots;  // nullopt: a node that takes none
};

/// What the page shows, as JSON: no secrets, and no lines of logs.
boost::json::object make_json(Parts parts, std::chrono::system_clock::time_point now);

}  // namespace kgnode::page
