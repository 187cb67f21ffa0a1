/// A support bundle.
#include "agent/support/bundle.hpp"

#include <algorithm>
#include <format>
#include <optional>
#include <utility>

#include <boost/json.hpp>

#include "agent/base/clock.hpp"
#include "agent/base/text.hpp"
#include "agent/config/effective.hpp"
#include "agent/config/load.hpp"
#include "agent/support/redact.hpp"

namespace kgnode::support {
namespace {

namespace json = boost::json;
using Kind = Source::Kind;

constexpr auto kConfig = "/etc/kgnode/node.toml";
// Of earlier configurations: what they hold may still be what others believe in.
constexpr auto kLastGood = "/var/lib/kgnode/last-good.toml";
constexpr auto kPending = "/var/lib/kgnode/pending.json";
constexpr auto kK3sConfig = "/etc/rancher/k3s/config.yaml";
constexpr auto kK3sEnvironment = "/etc/systemd/system/k3s.service.env";
constexpr auto kK3sAgentEnvironment = "/etc/systemd/system/k3s-agent.service.env";

/// The parts of a node that tell its secrets, read before anything else.
class SecretsOf {
 public:
  explicit SecretsOf(Host& host) : host_(host) {}

  Result<Secrets> find() {
    for (const auto* path : {kConfig, kLastGood}) TRY(add_config(path));
    TRY(add_pending());
    for (const auto& file : secret_files()) TRY(add_file(file.name, file.path));
    for (const auto* path : {kK3sConfig, kK3sEnvironment, kK3sAgentEnvironment})
      TRY(add_values(path, read(path)));
    for (const auto& source : sources()) {
      if (source.kind != Kind::environment) continue;
      const auto text = host_.read_environment(source.words.front());
      if (text) TRY(add_values(source.name, text->value_or("")));
    }
    return std::move(secrets_);
  }

  /// Those that could not be read, or are too short to be looked for.
  std::vector<Bundle::Missing>& unread() { return unread_; }
  const std::string& effective() const { return effective_; }

 private:
  std::string read(const std::string& path) {
    auto text = host_.read(path);
    if (text) return std::move(*text).value_or("");
    unread_.push_back({path, text.error().message()});
    return {};
  }

  Result<> add(const std::string& name, std::string text) {
    auto word = std::string(trim(text));
    sys::wipe(text);
    // K10HASH::USER:PASSWORD: the password alone opens too.
    if (const auto user = word.find("::"); user != std::string::npos) {
      const auto password = word.find(':', user + 2);
      auto inner = word.substr(password == std::string::npos ? user + 2 : password + 1);
      (void)TRY(secrets_.add(name, inner));
    }
    if (word.empty()) return {};
    if (!TRY(secrets_.add(name, word)))
      unread_.push_back({name, "too short to be looked for in texts"});
    return {};
  }

  /// Values that stand behind telling names; short ones are ordinary words.
  Result<> add_values(const std::string& name, const std::string& text) {
    constexpr std::size_t kShortest = 8;
    for (auto& value : secret_values(text)) {
      if (value.size() >= kShortest) TRY(add(name, std::move(value)));
    }
    return {};
  }

  Result<> add_file(const std::string& name, const std::string& path) {
    auto text = read(path);
    TRY(add_values(name, text));
    const auto lines = split(trim(text), '\n');
    // One value, or fields of which the first is one.
    for (const auto line : lines) {
      const bool is_list = line.contains(',') && !line.contains('{');
      if (is_list) TRY(add(name, std::string(line.substr(0, line.find(',')))));
    }
    if (lines.size() == 1 && !text.starts_with('{')) TRY(add(name, text));
    sys::wipe(text);
    return {};
  }

  /// What is no TOML still tells where its secrets are.
  Result<> add_broken(const std::string& name, const std::string& text) {
    TRY(add_values(name, text));
    constexpr std::string_view kFile = "file";
    for (auto at = text.find(kFile); at != std::string::npos; at = text.find(kFile, at + 1)) {
      const auto line = std::string_view(text).substr(at, text.find('\n', at) - at);
      const auto path = split(line, '"');
      // A longer one is a log that a jail reads.
      constexpr std::size_t kLongest = 4096;
      if (path.size() < 3 || !path[1].starts_with('/') || path[1].contains('*')) continue;
      auto inside = read(std::string(path[1]));
      if (inside.size() <= kLongest) TRY(add(name, inside));
    }
    return {};
  }

  Result<> add_document(const std::string& name, std::string& text, bool in_force) {
    auto found = config::load_effective(text);
    if (!found) TRY(add_broken(name, text));
    sys::wipe(text);
    if (!found) return {};
    for (auto& secret : found->secrets) TRY(add(secret.key, std::move(secret.text)));
    for (const auto& file : found->secret_files) TRY(add_file(file.key, file.text));
    if (in_force) effective_ = std::move(found->text);
    return {};
  }

  Result<> add_config(const char* path) {
    auto text = read(path);
    return add_document(path, text, path == std::string_view(kConfig));
  }

  /// Its old text is in a string of JSON.
  Result<> add_pending() {
    auto text = read(kPending);
    json::error_code bad;
    const auto root = json::parse(text, bad);
    sys::wipe(text);
    if (bad || !root.is_object()) return {};
    for (const auto& member : root.get_object()) {
      if (!member.value().is_string()) continue;
      std::string inner(member.value().get_string());
      if (inner.contains('\n')) TRY(add_document(kPending, inner, false));
    }
    return {};
  }

  Host& host_;
  Secrets secrets_;
  std::vector<Bundle::Missing> unread_;
  std::string effective_;
};

class Maker {
 public:
  Maker(Host& host, Redactor redactor) : host_(host), redactor_(std::move(redactor)) {}

  void add(const Source& source) {
    if (size_ >= kAllLimit) {
      bundle_.missing.push_back({source.name, "the bundle is full"});
      return;
    }
    auto text = get(source);
    if (!text) {
      bundle_.missing.push_back({source.name, redactor_.clean(text.error().message())});
    } else if (*text) {
      keep(source, **std::move(text));
    } else if (!source.may_be_absent) {
      bundle_.missing.push_back({source.name, source.words.front() + " is not there"});
    }
  }

  void add_text(const std::string& name, std::string text) {
    keep({.kind = Kind::file, .name = name, .words = {}}, std::move(text));
  }

  Result<Bundle> finish(std::string_view version, std::chrono::system_clock::time_point now,
                        std::vector<Bundle::Missing> unread) {
    auto manifest = json::serialize(describe(version, now, std::move(unread)));
    bundle_.entries.insert(bundle_.entries.begin(),
                           {"manifest.json", redactor_.clean_json(std::move(manifest))});
    for (const auto& entry : bundle_.entries) {
      if (const auto name = redactor_.find_in(entry.text))
        return fail(
            Error::plain(std::format("{} would hold {} after all: there is no bundle; "
                                     "please report this",
                                     entry.name, *name)));
    }
    bundle_.redacted = redactor_.counts();
    return std::move(bundle_);
  }

  std::string& node() { return bundle_.node; }

 private:
  Result<std::optional<std::string>> get(const Source& source) {
    switch (source.kind) {
      case Kind::answer:
        return ask(source.words.front());
      case Kind::file:
        return host_.read(source.words.front());
      case Kind::command:
        return host_.run(source.words);
      case Kind::journal:
        return TRY(host_.read_journal(source.words));
      case Kind::environment:
        break;
    }
    return host_.read_environment(source.words.front());
  }

  Result<std::optional<std::string>> ask(const std::string& route) {
    if (!silence_.empty()) return fail(Error::plain(silence_));
    auto answer = host_.ask(route);
    if (answer) return *std::move(answer);
    silence_ = answer.error().message();
    return fail(std::move(answer).error());
  }

  void keep(const Source& source, std::string text) {
    auto clean = clean_part(source, std::move(text));
    // What is newest stands at the end of a log.
    const bool is_log = source.kind == Kind::journal || source.name.ends_with(".log");
    const bool cut = is_log ? keep_end(clean, kPartLimit) : keep_begin(clean, kPartLimit);
    if (cut) bundle_.cut.push_back(source.name);
    size_ += clean.size();
    bundle_.entries.push_back({source.name, std::move(clean)});
  }

  std::string clean_part(const Source& source, std::string text) {
    if (source.kind == Kind::environment) return redactor_.clean_environment(std::move(text));
    if (source.name.ends_with(".json")) return redactor_.clean_json(std::move(text));
    return redactor_.clean(std::move(text));
  }

  json::object describe(std::string_view version, std::chrono::system_clock::time_point now,
                        std::vector<Bundle::Missing> unread) const {
    json::array entries;
    for (const auto& entry : bundle_.entries)
      entries.push_back({{"name", entry.name},
                         {"bytes", entry.text.size()},
                         {"cut", std::ranges::contains(bundle_.cut, entry.name)}});
    const auto list = [](const std::vector<Bundle::Missing>& all) {
      json::array array;
      for (const auto& one : all) array.push_back({{"name", one.name}, {"why", one.why}});
      return array;
    };
    json::array redacted;
    for (const auto& [what, times] : redactor_.counts())
      redacted.push_back({{"what", what}, {"times", times}});
    return {{"made_at", to_rfc3339(now)},
            {"node", bundle_.node.empty() ? json::value(nullptr) : json::value(bundle_.node)},
            {"version", version},
            {"entries", std::move(entries)},
            {"missing", list(bundle_.missing)},
            {"secrets_not_looked_for", list(unread)},
            {"redacted", std::move(redacted)}};
  }

  Host& host_;
  Redactor redactor_;
  Bundle bundle_;
  std::string silence_;
  std::size_t size_ = 0;
};

/// What is wrong with the configuration, as `kgnode check` says it.
std::string check(const std::string& text) {
  std::string lines;
  for (const auto& diagnostic : config::load_text(text, kConfig).diagnostics)
    lines += config::to_line(diagnostic) + "\n";
  return lines.empty() ? std::string("no errors\n") : lines;
}

std::string name_of_node(const std::string& text) {
  const auto loaded = config::load_text(text, kConfig);
  return loaded.config ? loaded.config->node.name : std::string();
}

}  // namespace

Result<Bundle> make_bundle(Host& host, std::string_view version,
                           std::chrono::system_clock::time_point now) {
  SecretsOf found(host);
  Maker maker(host, TRY(Redactor::make(TRY(found.find()))));
  auto text = host.read(kConfig);
  if (text && *text) {
    maker.node() = name_of_node(**text);
    maker.add_text("config/check", check(**text));
    sys::wipe(**text);
  } else {
    maker.add_text("config/check", text ? std::format("{} is not there\n", kConfig)
                                        : text.error().message() + "\n");
  }
  if (!found.effective().empty()) maker.add_text("config/effective.toml", found.effective());
  for (const auto& source : sources()) maker.add(source);
  return maker.finish(version, now, std::move(found.unread()));
}

}  // namespace kgnode::support
