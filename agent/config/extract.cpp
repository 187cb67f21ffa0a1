/// From checked values to Config. Nothing is decided here.
#include "agent/config/extract.hpp"

#include <algorithm>

#include "agent/base/ssh_key.hpp"
#include "agent/base/text.hpp"
#include "agent/config/schema.hpp"
#include "agent/sys/secret.hpp"

namespace kgnode::config {
namespace {

template <class T>
T one(const Value& root, std::string_view path, std::optional<T> (*parse)(std::string_view)) {
  auto found = read_one(root, path, parse);
  return found ? std::move(found->value) : T{};
}

template <class T>
std::vector<T> list(const Value& root, std::string_view path,
                    std::optional<T> (*parse)(std::string_view)) {
  std::vector<T> values;
  for (auto& item : read_list(root, path, parse)) values.push_back(std::move(item.value));
  return values;
}

std::optional<std::string> any_text(std::string_view text) { return std::string(text); }

std::string text(const Value& root, std::string_view path) {
  return one<std::string>(root, path, any_text);
}

std::optional<std::string> normal_key(std::string_view line) {
  const auto key = parse_ssh_key(line);
  return key ? std::optional(kgnode::to_string(*key)) : std::nullopt;
}

bool flag(const Value& root, std::string_view path) {
  const auto found = read_bool(root, path);
  return found && found->value;
}

// The enumerators stand in the order of the schema's choices; a test holds the two together.
template <class Choice>
Choice choice(const Value& root, std::string_view path) {
  const auto names = split(find_key(path)->choices, '|');
  const auto chosen = std::ranges::find(names, text(root, path));
  return static_cast<Choice>(chosen - names.begin());
}

std::vector<Allow> openings(const Value& root, std::string_view path) {
  std::vector<Allow> all;
  const Value* found = find_value(root, path);
  if (found == nullptr) return all;
  for (const auto& item : found->items) {
    all.push_back({.ports = one<PortRange>(item, "ports", parse_port_range),
                   .from = list<Prefix>(item, "from", parse_prefix)});
  }
  return all;
}

Firewall firewall(const Value& root) {
  return {.load_balancer = list<Prefix>(root, "firewall.load_balancer", parse_prefix),
          .ingress = choice<Ingress>(root, "firewall.ingress"),
          .allow = openings(root, "firewall.allow"),
          .node_ports = openings(root, "firewall.node_ports"),
          .vrack_ssh = flag(root, "firewall.vrack_ssh"),
          .ssh_rate = one<Rate>(root, "firewall.ssh_rate", parse_rate),
          .api_rate = one<Rate>(root, "firewall.api_rate", parse_rate),
          .log_rate = one<Rate>(root, "firewall.log_rate", parse_rate),
          .metadata_shield = flag(root, "firewall.metadata_shield")};
}

template <class T>
T integer(const Value& root, std::string_view path) {
  return static_cast<T>(find_value(root, path)->integer);
}

std::optional<std::chrono::seconds> time(const Value& root, std::string_view path) {
  const auto found = read_one<std::chrono::seconds>(root, path, parse_duration);
  return found ? std::optional(found->value) : std::nullopt;
}

/// Items of a list have no defaults of their own in the document.
Jail jail(const Value& item) {
  const auto enabled = read_bool(item, "enabled");
  const Value* weight = find_value(item, "weight");
  const Value* threshold = find_value(item, "threshold");
  Jail jail{.name = text(item, "name"),
            .enabled = !enabled || enabled->value,
            .unit = text(item, "unit"),
            .file = text(item, "file"),
            .pattern = text(item, "pattern"),
            .weight = weight == nullptr ? 1U : static_cast<unsigned>(weight->integer),
            .window = time(item, "window"),
            .time = time(item, "time")};
  if (threshold != nullptr) jail.threshold = static_cast<unsigned>(threshold->integer);
  return jail;
}

Ban ban(const Value& root) {
  Ban ban{.enabled = flag(root, "ban.enabled"),
          .ipv4_prefix = integer<std::uint8_t>(root, "ban.ipv4_prefix"),
          .ipv6_prefix = integer<std::uint8_t>(root, "ban.ipv6_prefix"),
          .never = list<Prefix>(root, "ban.never", parse_prefix),
          .block_lists = list<std::string>(root, "ban.block_lists", any_text),
          .escalation = integer<unsigned>(root, "ban.escalation"),
          .longest = one<std::chrono::seconds>(root, "ban.longest", parse_duration),
          .remember = one<std::chrono::seconds>(root, "ban.remember", parse_duration)};
  for (const auto& item : find_value(root, "ban.jails")->items) ban.jails.push_back(jail(item));
  return ban;
}

Kernel kernel(const Value& root) {
  Kernel kernel{.allow_modules = list<std::string>(root, "kernel.allow_modules", any_text),
                .deny_modules = list<std::string>(root, "kernel.deny_modules", any_text)};
  const Value* settings = find_value(root, "kernel.sysctl");
  if (settings == nullptr) return kernel;
  for (const auto& member : settings->members) kernel.sysctl.emplace(member.key, member.value.text);
  return kernel;
}

Audit audit(const Value& root) {
  return {.enabled = flag(root, "audit.enabled"),
          .immutable = flag(root, "audit.immutable"),
          .space = one<Bytes>(root, "audit.space", parse_bytes),
          .when_full = choice<AuditFull>(root, "audit.when_full")};
}

Time time_sources(const Value& root) {
  return {.sources = list<std::string>(root, "time.sources", any_text),
          .nts_sources = list<std::string>(root, "time.nts_sources", any_text),
          .require_sync = flag(root, "time.require_sync")};
}

std::optional<Disk> disk(const Value& root) {
  if (find_value(root, "storage.disk") == nullptr) return std::nullopt;
  Disk disk{.transport = text(root, "storage.disk.transport"),
            .serial = text(root, "storage.disk.serial"),
            .by_id = text(root, "storage.disk.by_id"),
            .by_path = text(root, "storage.disk.by_path"),
            .path = text(root, "storage.disk.path")};
  if (const auto size = read_one<Bytes>(root, "storage.disk.min_size", parse_bytes))
    disk.min_size = size->value;
  return disk;
}

Result<std::optional<Secret>> take_secret(Value& root, std::string_view path) {
  Value* found = &root;
  for (const auto key : split(path, '.')) {
    const auto member = std::ranges::find(found->members, key, &Member::key);
    if (member == found->members.end()) return std::nullopt;
    found = &member->value;
  }
  if (found->type == Type::table) return Secret{.value = nullptr, .file = text(*found, "file")};
  auto secret = TRY(sys::SecretBuffer::take(found->text));
  return Secret{.value = std::make_shared<const sys::SecretBuffer>(std::move(secret)), .file = {}};
}

Result<Accounts> accounts(Value& root) {
  Accounts accounts{.umask = choice<Umask>(root, "accounts.umask"), .break_glass = std::nullopt};
  if (find_value(root, "accounts.break_glass") == nullptr) return accounts;
  const auto user = text(root, "accounts.break_glass.user");
  accounts.break_glass = BreakGlass{
      .user = user.empty() ? "rescue" : user,
      .password_hash = TRY(take_secret(root, "accounts.break_glass.password_hash")),
      .expires = one<std::chrono::sys_days>(root, "accounts.break_glass.expires", parse_day)};
  return accounts;
}

Result<std::optional<Encryption>> encryption(Value& root) {
  if (find_value(root, "storage.encryption") == nullptr) return std::nullopt;
  const auto tpm2 = read_bool(root, "storage.encryption.tpm2");
  return Encryption{.passphrase = TRY(take_secret(root, "storage.encryption.passphrase")),
                    .tpm2 = tpm2 && tpm2->value};
}

Result<std::optional<S3>> s3(Value& root) {
  if (find_value(root, "k3s.snapshots.s3") == nullptr) return std::nullopt;
  return S3{.endpoint = text(root, "k3s.snapshots.s3.endpoint"),
            .bucket = text(root, "k3s.snapshots.s3.bucket"),
            .region = text(root, "k3s.snapshots.s3.region"),
            .folder = text(root, "k3s.snapshots.s3.folder"),
            .access_key = text(root, "k3s.snapshots.s3.access_key"),
            .secret_key = TRY(take_secret(root, "k3s.snapshots.s3.secret_key"))};
}

Result<K3s> k3s(Value& root) {
  return K3s{
      .servers = list<Address>(root, "k3s.servers", parse_address),
      .token = TRY(take_secret(root, "k3s.token")),
      .agent_token = TRY(take_secret(root, "k3s.agent_token")),
      .ca_hash = text(root, "k3s.ca_hash"),
      .cluster_cidr = one<Prefix>(root, "k3s.cluster_cidr", parse_prefix),
      .service_cidr = one<Prefix>(root, "k3s.service_cidr", parse_prefix),
      .overlay = choice<Overlay>(root, "k3s.overlay"),
      .tls_san = list<std::string>(root, "k3s.tls_san", any_text),
      .labels = list<std::string>(root, "k3s.labels", any_text),
      .disable = list<std::string>(root, "k3s.disable", any_text),
      .pod_security = choice<PodSecurity>(root, "k3s.pod_security"),
      .pod_security_exempt = list<std::string>(root, "k3s.pod_security_exempt", any_text),
      .restart_window = one<DayWindow>(root, "k3s.restart_window", parse_day_window),
      .snapshots = {.operator_key = text(root, "k3s.snapshots.operator_key"), .s3 = TRY(s3(root))}};
}

Result<Health> health(Value& root) {
  Health health{
      .secret = TRY(take_secret(root, "health.secret")),
      .previous_secret = TRY(take_secret(root, "health.previous_secret")),
      .drain_notice = one<std::chrono::seconds>(root, "health.drain_notice", parse_duration),
      .grid_intensity = std::nullopt,
      .request_counter = text(root, "health.request_counter"),
      .page = flag(root, "health.page")};
  if (find_value(root, "health.grid_intensity") != nullptr)
    health.grid_intensity = integer<unsigned>(root, "health.grid_intensity");
  return health;
}

}  // namespace

Result<Config> extract(Value& root) {
  return Config{.node = {.name = text(root, "node.name"),
                         .role = choice<Role>(root, "node.role"),
                         .environment = choice<Environment>(root, "node.environment")},
                .network = {.vrack = one<Prefix>(root, "network.vrack", parse_prefix),
                            .address = one<Address>(root, "network.address", parse_address)},
                .admin = {.user = text(root, "admin.user"),
                          .ssh_keys = list<std::string>(root, "admin.ssh_keys", normal_key),
                          .from = list<Prefix>(root, "admin.from", parse_prefix)},
                .firewall = firewall(root),
                .ban = ban(root),
                .ssh = {.profile = choice<SshProfile>(root, "ssh.profile"),
                        .max_sessions = integer<std::uint16_t>(root, "ssh.max_sessions")},
                .kernel = kernel(root),
                .audit = audit(root),
                .accounts = TRY(accounts(root)),
                .time = time_sources(root),
                .k3s = TRY(k3s(root)),
                .storage = {.disk = disk(root),
                            .file_system = choice<FileSystem>(root, "storage.file_system"),
                            .encryption = TRY(encryption(root))},
                .health = TRY(health(root))};
}

void add_defaults(Value& root, const Value& defaults) {
  for (const auto& wanted : defaults.members) {
    const auto mine = std::ranges::find(root.members, wanted.key, &Member::key);
    if (mine == root.members.end()) {
      root.members.push_back(wanted);
    } else if (mine->value.type == Type::table && wanted.value.type == Type::table) {
      add_defaults(mine->value, wanted.value);
    }
  }
}

}  // namespace kgnode::config
