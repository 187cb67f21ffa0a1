/// What there is of K3s on this node, and what a look at the cluster shows.
#include <algorithm>
#include <format>

#include "agent/base/kept_tokens.hpp"
#include "agent/base/text.hpp"
#include "agent/sys/secret.hpp"
#include "k3s/join/paths.hpp"
#include "k3s/k3s.hpp"
#include "k3s/snapshot/restore.hpp"

namespace kgnode::k3s {
namespace {

bool is_up(std::string_view state) { return state == "active"; }
bool is_at_work(std::string_view state) { return state == "activating" || state == "queued"; }

}  // namespace

Task<Result<K3s::Observed>> K3s::observe(const Desired& want) {
  Observed have{.installed = host_.exists(kBinary)};
  if (!have.installed) {
    progress_ = progress(want, have);
    report_.reset();
    co_return have;
  }
  if (auto read = read_state(want, have); !read) co_return fail(std::move(read).error());
  if (auto read = read_snapshots(want, have); !read) co_return fail(std::move(read).error());
  auto unit = co_await units_.state(std::string(want.unit()));
  if (!unit) co_return fail(std::move(unit).error());
  have.unit = *std::move(unit);
  if (auto read = co_await read_reboot(have); !read) co_return fail(std::move(read).error());
  if (auto read = read_certificates(want, have); !read) co_return fail(std::move(read).error());
  if (auto read = read_secrets(want, have); !read) co_return fail(std::move(read).error());
  if (auto looked = co_await look(want, have); !looked) co_return fail(std::move(looked).error());
  if (auto read = read_rendered(want, have); !read) co_return fail(std::move(read).error());
  if (auto read = read_benchmark(want, have); !read) co_return fail(std::move(read).error());
  if (have.own.joined && is_up(have.unit)) {
    have.told = read_tell_facts(
        files_, std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  }
  progress_ = progress(want, have);
  if (progress_.stage == Stage::ready)
    was_ready_ = true;
  else if (was_ready_)
    progress_.stage = Stage::lost;
  report_ = have.report;
  co_return have;
}

Result<> K3s::read_state(const Desired& want, Observed& have) {
  have.interface = TRY(host_.interface_of(want.config.network.address));
  const bool removed = host_.exists(kTombstone);
  have.own = {.etcd = host_.exists(kEtcdLog) && !removed,
              .sqlite = host_.exists(kSqlite),
              .joined = host_.exists(kKubeletCertificate),
              .removed = removed};
  have.install = install_finding(files_);
  have.kept_ca = trim(TRY(files_.read(kKeptCa)).value_or(""));
  if (want.config.storage.disk) have.disk_ready = TRY(host_.is_mounted(std::string(kDataMount)));
  if (want.config.time.require_sync) have.clock = host_.clock_trouble();
  return {};
}

/// Without blanks at its ends, as K3s reads it. Null: it is in a file that is not there.
Result<std::shared_ptr<const sys::SecretBuffer>> K3s::secret(const config::Secret& from) {
  if (from.value) return from.value;
  auto text = TRY(files_.read(from.file));
  if (!text) return nullptr;
  std::string trimmed(trim(*text));
  sys::wipe(*text);
  return std::make_shared<const sys::SecretBuffer>(TRY(sys::SecretBuffer::take(trimmed)));
}

Result<> K3s::read_secrets(const Desired& want, Observed& have) {
  const auto& k3s = want.config.k3s;
  token_ = k3s.token ? TRY(secret(*k3s.token)) : nullptr;
  for (const auto& name : TRY(files_.list(kKeptTokens)))
    have.kept_tokens.push_back(std::format("{}/{}", kKeptTokens, name));
  // A server that joined has K3s' own copy, should it have to join once more.
  if (k3s.token && !token_ && want.server())
    token_ = TRY(secret({.value = nullptr, .file = kServerToken}));
  agent_token_ = k3s.agent_token ? TRY(secret(*k3s.agent_token)) : nullptr;
  if (k3s.agent_token && !agent_token_ && have.own.etcd) agent_token_ = TRY(own_agent_token());
  have.has_agent_token = agent_token_ != nullptr;
  have.has_token = token_ != nullptr;
  have.token = token_;
  const auto is_written = [this](std::string_view path,
                                 const std::shared_ptr<const sys::SecretBuffer>& wanted,
                                 bool& written) -> Result<> {
    auto text = TRY(files_.read(std::string(path)));
    written = text && wanted && *text == wanted->view();
    if (text) sys::wipe(*text);
    return {};
  };
  TRY(is_written(kTokenFile, token_, have.token_written));
  TRY(is_written(kAgentTokenFile, agent_token_, have.agent_token_written));
  s3_text_.clear();
  const auto& s3 = k3s.snapshots.s3;
  if (!want.server() || !s3 || !s3->secret_key) return {};
  const auto key = TRY(secret(*s3->secret_key));
  // Without its key K3s would take snapshots and fail to copy them; what is there stays.
  if (!key) {
    have.s3_written = host_.exists(std::string(kS3File));
    return {};
  }
  s3_text_ = TRY(render_s3(*s3, key->view())).text;
  have.s3_written = TRY(files_.read(std::string(kS3File))) == s3_text_;
  return {};
}

/// A secret in /run is gone after a reboot, and K3s would wait for its file until it fails.
Result<std::shared_ptr<const sys::SecretBuffer>> K3s::own_agent_token() {
  auto text = TRY(files_.read(kOwnAgentToken));
  const auto token = text ? parse_token(*text) : std::nullopt;
  std::shared_ptr<const sys::SecretBuffer> own;
  if (token && token->user == "node") {
    std::string password(token->secret);
    own = std::make_shared<const sys::SecretBuffer>(TRY(sys::SecretBuffer::take(password)));
  }
  if (text) sys::wipe(*text);
  return own;
}

Task<Result<>> K3s::look(const Desired& want, Observed& have) {
  LookRequest request{
      .node = want.config.node.name,
      .address = want.config.network.address,
      .servers = want.config.k3s.servers,
      .server = want.server(),
      .ca_hash = want.config.k3s.ca_hash.empty() ? have.kept_ca : want.config.k3s.ca_hash,
      // What comes back asks none for a way in; why it does not come, they may tell.
      .ask_servers = is_at_work(have.unit) || ((!is_up(have.unit) || have.own.removed) &&
                                               needs_servers(situation(want, have))),
      .ask_node = is_up(have.unit),
      // Up is not yet in: a server that runs may have a node that nobody lets register.
      .read_log = is_at_work(have.unit) || have.unit == "failed" ||
                  (is_up(have.unit) && progress_.stage != Stage::ready)};
  request.ask_peers = want.server() && request.ask_node && may_renew(want, have);
  // They are logged while it starts, the kubelet's last.
  if (!is_up(have.unit)) arguments_.clear();
  request.read_arguments = request.ask_node && !arguments_.contains("kubelet");
  if (!request.ask_servers && !request.ask_node && !request.read_log) co_return Result<>{};
  if (request.ask_servers && token_) {
    request.token_file = kLookToken;
    if (auto put = files_.replace(kLookToken, token_->view(), 0600); !put) co_return put;
  }
  request_ = request;
  auto report = co_await ask(request);
  (void)files_.remove(kLookToken);
  if (!report) co_return fail(std::move(report).error());
  if (request.read_arguments) arguments_ = report->arguments;
  if (auto kept = keep_ca(request, *report); !kept) co_return kept;
  have.report = *std::move(report);
  co_return Result<>{};
}

Task<Result<LookReport>> K3s::ask(const LookRequest& request) {
  if (auto put = files_.replace(kLookRequest, to_text(request), 0600); !put)
    co_return fail(std::move(put).error());
  if (auto looked = co_await units_.restart(kLookUnit); !looked)
    co_return fail(std::move(looked).error());
  const auto text = files_.read(kLookReport);
  if (!text) co_return fail(Error(text.error()));
  co_return parse_look_report(text->value_or(""));
}

/// From the first server that takes the token on, no other cluster is shown it.
Result<> K3s::keep_ca(const LookRequest& request, const LookReport& report) {
  if (!request.ca_hash.empty() || request.token_file.empty()) return {};
  const auto ready = std::ranges::find(report.servers, Contact::ready, &ServerSeen::contact);
  if (ready == report.servers.end()) return {};
  return files_.replace(kKeptCa, ready->ca_hash + "\n", 0600);
}

/// What a restore is doing, and what is known of snapshots.
Result<> K3s::read_snapshots(const Desired& want, Observed& have) {
  if (!want.server()) return {};
  have.held = restore_is_under_way(files_);
  if (!have.own.etcd) return {};
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  have.snapshots = TRY(read_snapshot_facts(files_, want.config.k3s.snapshots, now));
  return {};
}

Task<Result<>> K3s::read_reboot(Observed& have) {
  auto record = read_reboot_record(files_);
  if (!record) co_return fail(std::move(record).error());
  have.reboot = *std::move(record);
  if (!have.reboot) co_return Result<>{};
  auto state = co_await units_.state(kRebootUnit);
  if (!state) co_return fail(std::move(state).error());
  have.reboots = is_at_work(*state);
  co_return Result<>{};
}

Result<> K3s::read_certificates(const Desired& want, Observed& have) {
  const bool in = want.server() ? have.own.etcd : have.own.joined;
  if (!in) return {};
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  have.certificates = TRY(read_certificate_facts(files_, now));
  return {};
}

/// The files that the plan will compare: which ones depends on the decision.
Result<> K3s::read_rendered(const Desired& want, Observed& have) {
  const auto way = decision(want, have);
  for (const auto& file : render({.config = want.config,
                                  .interface = have.interface,
                                  .start = Start::resume,
                                  .server = way.server})) {
    if (auto text = TRY(files_.read(file.path))) have.files.emplace(file.path, *std::move(text));
  }
  return {};
}

}  // namespace kgnode::k3s
