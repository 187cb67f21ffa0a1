#pragma once
/// The configuration as plain values: what node.toml says after defaults and every check.
/// No TOML here; each domain turns this into its own Desired.
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/net.hpp"
#include "agent/base/units.hpp"

namespace kgnode::sys {
class SecretBuffer;
}

namespace kgnode::config {

enum class Role : std::uint8_t { control_plane, worker };
enum class Environment : std::uint8_t { development, production };
enum class Ingress : std::uint8_t { node_port, host_port, none };
enum class Overlay : std::uint8_t { vxlan, wireguard };
enum class PodSecurity : std::uint8_t { privileged, baseline, restricted };
enum class SshProfile : std::uint8_t { cis, ssh_audit };
enum class AuditFull : std::uint8_t { rotate, halt };
enum class Umask : std::uint8_t { cis, anssi };  // 027, 077

/// A secret given inline (locked memory) or by the path of a file that is read when it is used.
struct Secret {
  std::shared_ptr<const sys::SecretBuffer> value;
  std::string file;
  bool operator==(const Secret& other) const;  // compares the bytes, in constant time
};

struct Node {
  std::string name;  // RFC 1123 label
  Role role = Role::worker;
  Environment environment = Environment::production;
  bool operator==(const Node&) const = default;
};

struct Network {
  Prefix vrack;
  Address address;  // ours, inside vrack
  bool operator==(const Network&) const = default;
};

struct Admin {
  std::string user = "admin";
  std::vector<std::string> ssh_keys;  // authorized_keys lines without options
  std::vector<Prefix> from;           // who may reach SSH and the API from outside
  bool operator==(const Admin&) const = default;
};

/// One opening of the operator's own: these ports, from these networks (everyone when empty).
struct Allow {
  PortRange ports;
  std::vector<Prefix> from;
  bool operator==(const Allow&) const = default;
};

struct Firewall {
  std::vector<Prefix> load_balancer;  // sources of the balancer: ingress, API, health probes
  Ingress ingress = Ingress::node_port;
  std::vector<Allow> allow;                     // to this host
  std::vector<Allow> node_ports;                // published services outside the ingress ports
  bool vrack_ssh = true;                        // SSH from the vRack
  Rate ssh_rate{30, std::chrono::seconds(60)};  // new connections of one source
  Rate api_rate{600, std::chrono::seconds(60)};
  Rate log_rate{5, std::chrono::seconds(1)};  // dropped packets logged
  bool metadata_shield = true;
  bool operator==(const Firewall&) const = default;
};

/// A built-in jail as the operator changed it, or one of their own. Absent: the jail's default.
struct Jail {
  std::string name;
  bool enabled = true;
  std::string unit;     // a service whose journal is read, or
  std::string file;     // log files, with "*" in names
  std::string pattern;  // of their own jail only
  unsigned weight = 1;
  std::optional<unsigned> threshold;
  std::optional<std::chrono::seconds> window;
  std::optional<std::chrono::seconds> time;
  bool operator==(const Jail&) const = default;
};

inline constexpr std::array<std::string_view, 4> kBuiltInJails = {
    "sshd", "ingress-nginx", "kube-apiserver", "k3s-supervisor"};

struct Ban {
  bool enabled = true;
  std::uint8_t ipv4_prefix = 32;  // what is counted and banned as one source
  std::uint8_t ipv6_prefix = 64;
  std::vector<Prefix> never;
  std::vector<std::string> block_lists;
  unsigned escalation = 4;  // factor for each further ban
  std::chrono::seconds longest = std::chrono::days(7);
  std::chrono::seconds remember = std::chrono::days(30);
  std::vector<Jail> jails;
  bool operator==(const Ban&) const = default;
};

struct Ssh {
  SshProfile profile = SshProfile::cis;
  std::uint16_t max_sessions = 10;
  bool operator==(const Ssh&) const = default;
};

struct Kernel {
  std::map<std::string, std::string> sysctl;  // overrides of the profile, dotted keys
  std::vector<std::string> allow_modules;     // taken off the deny list
  std::vector<std::string> deny_modules;      // added to it
  bool operator==(const Kernel&) const = default;
};

struct Audit {
  bool enabled = true;
  bool immutable = true;
  Bytes space{std::uint64_t{256} << 20};
  AuditFull when_full = AuditFull::rotate;
  bool operator==(const Audit&) const = default;
};

/// An account with a password for the console alone, until the end of a day (UTC).
struct BreakGlass {
  std::string user;
  std::optional<Secret> password_hash;  // always there
  std::chrono::sys_days expires;
  bool operator==(const BreakGlass&) const = default;
};

struct Accounts {
  Umask umask = Umask::cis;
  std::optional<BreakGlass> break_glass;
  bool operator==(const Accounts&) const = default;
};

struct Time {
  std::vector<std::string> sources = {"ntp.ovh.net"};  // names or addresses
  std::vector<std::string> nts_sources = {"nts.netnod.se", "ptbtime1.ptb.de",
                                          "time.cloudflare.com"};  // authenticated
  bool require_sync = true;
  bool operator==(const Time&) const = default;
};

/// Object storage with the interface of S3.
struct S3 {
  std::string endpoint;  // "host" or "host:port"
  std::string bucket;
  std::string region;
  std::string folder;
  std::string access_key;
  std::optional<Secret> secret_key;
  bool operator==(const S3&) const = default;
};

struct Snapshots {
  std::string operator_key;  // X25519, base64; empty: the token is not stored beside them
  std::optional<S3> s3;
  bool operator==(const Snapshots&) const = default;
};

struct K3s {
  std::vector<Address> servers;  // the first one starts the cluster
  std::optional<Secret> token;
  std::optional<Secret> agent_token;
  std::string ca_hash;  // 64 hexadecimal digits, or empty
  Prefix cluster_cidr;
  Prefix service_cidr;
  Overlay overlay = Overlay::wireguard;
  std::vector<std::string> tls_san;
  std::vector<std::string> labels;                                               // "name=value"
  std::vector<std::string> disable = {"traefik", "servicelb", "local-storage"};  // packaged parts
  PodSecurity pod_security = PodSecurity::restricted;
  std::vector<std::string> pod_security_exempt = {"longhorn-system"};  // namespaces
  DayWindow restart_window{std::chrono::hours(2), std::chrono::hours(4)};
  Snapshots snapshots;
  bool operator==(const K3s&) const = default;
};

/// Which disk becomes the data disk; exactly one must match all that is given.
struct Disk {
  std::optional<Bytes> min_size;
  std::string transport;
  std::string serial;
  std::string by_id;
  std::string by_path;
  std::string path;
  bool operator==(const Disk&) const = default;
};

enum class FileSystem : std::uint8_t { xfs, ext4 };

/// LUKS2 on the data disk. At least one of the two is there.
struct Encryption {
  std::optional<Secret> passphrase;
  bool tpm2 = false;
  bool operator==(const Encryption&) const = default;
};

struct Storage {
  std::optional<Disk> disk;
  FileSystem file_system = FileSystem::xfs;
  std::optional<Encryption> encryption;
  bool operator==(const Storage&) const = default;
};

struct Health {
  std::optional<Secret> secret;            // absent: made from the join token
  std::optional<Secret> previous_secret;   // understood, and no longer used
  std::chrono::seconds drain_notice{30};   // not ready for that long before pods are moved
  std::optional<unsigned> grid_intensity;  // grams of CO2 equivalent per kilowatt hour
  std::string request_counter;             // a file that holds a number
  bool page = false;                       // a web page about the cluster, on the vRack
  bool operator==(const Health&) const = default;
};

struct Config {
  Node node;
  Network network;
  Admin admin;
  Firewall firewall;
  Ban ban;
  Ssh ssh;
  Kernel kernel;
  Audit audit;
  Accounts accounts;
  Time time;
  K3s k3s;
  Storage storage;
  Health health;
  bool operator==(const Config&) const = default;
};

// As node.toml spells them.
std::string_view to_string(Role role);
std::string_view to_string(PodSecurity level);
std::string_view to_string(FileSystem type);

}  // namespace kgnode::config
