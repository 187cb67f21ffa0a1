#pragma once
/// First-boot data as plain values: what the instance was told, whatever brought it.
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/net.hpp"

namespace kgnode::firstboot {

/// One thing to tell the operator. `where` names the document and the place in it; `text` says what
/// and the way out.
struct Note {
  std::string where;
  std::string text;
  bool operator==(const Note&) const = default;
};

/// Warnings: we went on without it. Errors: a part of what was asked is missing on this node.
struct Notes {
  std::vector<Note> warnings;
  std::vector<Note> errors;
  void warn(std::string where, std::string text) {
    warnings.push_back({std::move(where), std::move(text)});
  }
  void error(std::string where, std::string text) {
    errors.push_back({std::move(where), std::move(text)});
  }
  bool operator==(const Notes&) const = default;
};

enum class SourceKind : std::uint8_t {
  none,
  config_drive,
  nocloud,
  metadata_service,
  cache,
  cloud_init
};

struct Source {
  SourceKind kind = SourceKind::none;
  std::string place;  // "/dev/sr0", "http://169.254.169.254", a folder
  bool operator==(const Source&) const = default;
};

std::string_view to_string(SourceKind kind);

/// The documents of one source as they were read; nullopt: the source has no such document.
struct RawSeed {
  struct Document {
    std::string name;  // "openstack/latest/user_data"
    std::optional<std::string> text;
  };
  Source source;
  Document meta;
  Document network;
  Document user_data;
};

struct Meta {
  std::string instance_id;
  std::string name;  // an RFC 1123 label, or empty
  std::vector<std::string> ssh_keys;
  bool operator==(const Meta&) const = default;
};

struct LinkAddress {
  Address address;
  std::uint8_t length = 0;
  bool operator==(const LinkAddress&) const = default;
};

struct Route {
  Prefix to;
  std::optional<Address> via;
  std::optional<std::uint32_t> metric;
  bool operator==(const Route&) const = default;
};

struct Link {
  std::string id;
  std::string type;  // as listed: "bgpovs", "ovs", "phy"
  std::string mac;   // "fa:16:3e:00:00:01", or empty when `name` says which one
  std::string name;  // interface name to match, from network-config only
  std::optional<std::uint32_t> mtu;
  std::vector<LinkAddress> addresses;
  std::vector<Route> routes;
  std::vector<Address> dns;
  std::vector<std::string> search;
  bool dhcp4 = false;
  bool dhcp6 = false;
  std::optional<bool> accept_ra;
  std::optional<bool> dhcp_routes;  // the operator's word on the default route of DHCP
  bool operator==(const Link&) const = default;
};

struct Network {
  std::vector<Link> links;
  /// The operator wrote this (NoCloud network-config), so default routes in it were asked for.
  bool told = false;
  bool operator==(const Network&) const = default;
};

struct SeedFile {
  std::string path;
  std::string content;
  mode_t mode = 0644;
  bool operator==(const SeedFile&) const = default;
};

/// A node configuration, and where it was found.
struct NodeDocument {
  std::string text;
  std::string from;
  bool operator==(const NodeDocument&) const = default;
};

struct UserData {
  std::optional<NodeDocument> node;
  std::string hostname;
  std::vector<std::string> ssh_keys;
  std::vector<SeedFile> files;
  bool operator==(const UserData&) const = default;
};

struct SeedData {
  Source source;
  std::string meta_name;  // names of the documents, for provenance
  std::string network_name;
  std::string user_data_name;
  Meta meta;
  std::optional<Network> network;
  UserData user_data;
  std::string user_data_sha256;  // of the bytes as they came; empty: there were none
};

/// A network interface that is there now.
struct PresentLink {
  std::string name;
  std::string mac;
  bool operator==(const PresentLink&) const = default;
};

}  // namespace kgnode::firstboot
