#pragma once
/// K3s' API, asked by processes that may use the network, with the certificates that are on the
/// node.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/net.hpp"
#include "agent/base/result.hpp"
#include "k3s/join/ask.hpp"

namespace kgnode {

/// As whom is asked. A worker has only its kubelet's, which may see and change its own Node and
/// evict the pods on it. Servers have the administrator's too.
enum class Caller : std::uint8_t { kubelet, administrator };

struct ApiCall {
  Caller caller = Caller::kubelet;
  std::string method = "GET";
  std::string path;
  std::string body = {};
  std::size_t limit = std::size_t{1} << 20;
  std::string patch = "merge-patch";  // see k3s::Question
};

class K3sApi {
 public:
  /// `others`: servers of the cluster, each asked in its turn while the K3s of this node is silent.
  explicit K3sApi(bool server, std::vector<Address> others = {})
      : server_(server), others_(std::move(others)) {}

  /// Whatever status the answer has. An Error: there was none.
  Result<k3s::Reply> call(const ApiCall& call) const;
  /// The servers as one of them shows them.
  k3s::Peers see_peers() const;
  /// Of the K3s at this address, as it says itself; empty: it does not say.
  std::string version_of(const Address& server) const;

 private:
  Result<k3s::Reply> ask_at(const std::string& host, std::uint16_t port, const ApiCall& call) const;

  bool server_;
  std::vector<Address> others_;
};

}  // namespace kgnode
