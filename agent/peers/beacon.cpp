/// Beacons as JSON in a sealed box.
#include "agent/peers/beacon.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "agent/sys/secret_box.hpp"

namespace kgnode::peers {
namespace {

namespace json = boost::json;

constexpr std::string_view kMagic = "KGB1";
constexpr std::string_view kPurpose = "kgnode beacon 1";
constexpr std::size_t kSealing = kMagic.size() + 40;  // with nonce and authenticator
constexpr std::size_t kReasonLimit = 240;
constexpr std::size_t kTextLimit = 120;
constexpr std::size_t kNameLimit = 63;
// Of what a clock may say, in milliseconds: beyond the year 2262 its nanoseconds do not fit.
constexpr std::int64_t kLatestWall = 9'000'000'000'000;

json::object core_of(const Beacon& beacon) {
  const auto& report = beacon.report;
  return {
      {"node", report.name},
      {"role", report.role},
      {"version", report.version},
      {"phase", report.phase},
      {"reason", shorten(printable(report.reason), kReasonLimit)},
      {"from", to_string(beacon.from)},
      {"to", to_string(beacon.to)},
      {"session", beacon.session},
      {"number", beacon.number},
      {"cookie", beacon.cookie},
      {"cookie_back", beacon.cookie_back},
      {"asks", beacon.asks},
      {"sent", beacon.sent.count()},
      {"echo", beacon.echo.count()},
      {"held", beacon.held.count()},
      {"wall", std::chrono::duration_cast<std::chrono::milliseconds>(beacon.wall.time_since_epoch())
                   .count()},
      {"largest", beacon.largest}};
}

/// Adds items under the key for as long as the whole stays within the limit.
class Filler {
 public:
  explicit Filler(json::object& all)
      : all_(all), size_(kSealing + json::serialize(all).size() + kFrames) {}

  void add(std::string_view key, json::array items) {
    json::array fitting;
    for (auto& item : items) {
      const auto more = json::serialize(item).size() + 1;
      if (size_ + more > kBeaconLimit) break;
      size_ += more;
      fitting.push_back(std::move(item));
    }
    all_.emplace(key, std::move(fitting));
  }

 private:
  static constexpr std::size_t kFrames =
      std::string_view(R"(,"troubles":[],"bans":[],"others":[])").size();

  json::object& all_;
  std::size_t size_;
};

std::string to_text(const Beacon& beacon) {
  auto all = core_of(beacon);
  json::array troubles;
  for (const auto& trouble : beacon.report.troubles)
    troubles.push_back(
        json::array{trouble.id, trouble.fails, shorten(printable(trouble.text), kTextLimit)});
  json::array others;
  for (const auto& other : beacon.others) others.emplace_back(to_string(other));
  json::array bans;
  for (const auto& ban : beacon.bans)
    bans.push_back(json::array{to_string(ban.source), ban.left.count()});
  Filler filler(all);
  filler.add("troubles", std::move(troubles));
  filler.add("bans", std::move(bans));
  filler.add("others", std::move(others));
  return json::serialize(all);
}

/// What is wrong is remembered, so that each field is one line.
class Fields {
 public:
  explicit Fields(const json::object& object) : object_(object) {}

  std::string text(std::string_view key, std::size_t limit) {
    const auto* value = at(key);
    return value == nullptr ? "" : words(*value, limit);
  }
  std::int64_t number(std::string_view key) {
    const auto* value = at(key);
    if (value != nullptr && value->is_int64() && value->get_int64() >= 0) return value->get_int64();
    is_whole_ = false;
    return 0;
  }
  bool truth(std::string_view key) {
    const auto* value = at(key);
    if (value != nullptr && value->is_bool()) return value->get_bool();
    is_whole_ = false;
    return false;
  }
  std::chrono::microseconds microseconds(std::string_view key) {
    return std::chrono::microseconds(number(key));
  }
  Address address(std::string_view key) { return to_address(text(key, kNameLimit)); }

  void each(std::string_view key, void (*take)(Fields&, const json::value&, Beacon&),
            Beacon& into) {
    const auto* value = at(key);
    if (value == nullptr || !value->is_array()) return refuse();
    for (const auto& item : value->get_array()) take(*this, item, into);
  }

  std::string words(const json::value& value, std::size_t limit) {
    const auto* found = value.if_string();
    if (found != nullptr && found->size() <= limit && printable(*found) == *found)
      return std::string(*found);
    is_whole_ = false;
    return {};
  }
  Address to_address(const std::string& text) {
    const auto parsed = parse_address(text);
    if (!parsed) is_whole_ = false;
    return parsed.value_or(Address{});
  }
  /// The items, or null.
  const json::array* row(const json::value& value, std::size_t size) {
    const auto* items = value.if_array();
    if (items != nullptr && items->size() == size) return items;
    is_whole_ = false;
    return nullptr;
  }
  void refuse() { is_whole_ = false; }
  bool is_whole() const { return is_whole_; }

 private:
  const json::value* at(std::string_view key) {
    const auto* value = object_.if_contains(key);
    if (value == nullptr) is_whole_ = false;
    return value;
  }

  const json::object& object_;
  bool is_whole_ = true;
};

void take_trouble(Fields& fields, const json::value& value, Beacon& beacon) {
  const auto* row = fields.row(value, 3);
  if (row == nullptr) return;
  const auto* fails = row->at(1).if_bool();
  if (fails == nullptr) return fields.refuse();
  beacon.report.troubles.push_back({.id = fields.words(row->at(0), kTextLimit),
                                    .fails = *fails,
                                    .text = fields.words(row->at(2), kTextLimit)});
}

void take_ban(Fields& fields, const json::value& value, Beacon& beacon) {
  const auto* row = fields.row(value, 2);
  if (row == nullptr) return;
  const auto source = parse_prefix(fields.words(row->at(0), kNameLimit));
  const auto* left = row->at(1).if_int64();
  if (!source || left == nullptr || *left < 0) return fields.refuse();
  beacon.bans.push_back({.source = *source, .left = std::chrono::seconds(*left)});
}

void take_other(Fields& fields, const json::value& value, Beacon& beacon) {
  beacon.others.push_back(fields.to_address(fields.words(value, kNameLimit)));
}

}  // namespace

Result<sys::SecretBuffer> beacon_key(std::string_view secret) {
  return sys::derive_key(secret, kPurpose);
}

std::string seal_beacon(const Keys& keys, const Beacon& beacon, std::size_t size) {
  auto text = to_text(beacon);
  size = std::min(size, kProbeLimit);
  if (size > kSealing + text.size()) text.append(size - kSealing - text.size(), ' ');
  return std::string(kMagic).append(sys::seal(keys.front(), text));
}

bool looks_like_beacon(std::string_view datagram) { return datagram.starts_with(kMagic); }

std::variant<Beacon, Refused> open_beacon(const Keys& keys, std::string_view datagram) {
  if (!looks_like_beacon(datagram)) return Refused::foreign;
  datagram.remove_prefix(kMagic.size());
  for (const auto& key : keys) {
    const auto text = sys::open_sealed(key, datagram);
    if (!text) continue;
    auto beacon = parse_beacon(*text);
    if (!beacon) return Refused::malformed;
    return *std::move(beacon);
  }
  return Refused::foreign;
}

std::optional<Beacon> parse_beacon(std::string_view text) {
  boost::system::error_code error;
  const auto value = json::parse(text, error, {}, {.max_depth = 4});
  if (error || !value.is_object()) return std::nullopt;
  Fields fields(value.get_object());
  Beacon beacon{.report = {.name = fields.text("node", kNameLimit),
                           .role = fields.text("role", kNameLimit),
                           .version = fields.text("version", kNameLimit),
                           .phase = fields.text("phase", kNameLimit),
                           .reason = fields.text("reason", kReasonLimit),
                           .troubles = {}},
                .from = fields.address("from"),
                .to = fields.address("to"),
                .session = fields.number("session"),
                .number = fields.number("number"),
                .cookie = fields.number("cookie"),
                .cookie_back = fields.number("cookie_back"),
                .asks = fields.truth("asks"),
                .sent = fields.microseconds("sent"),
                .echo = fields.microseconds("echo"),
                .held = fields.microseconds("held"),
                .wall = std::chrono::system_clock::time_point(
                    std::chrono::milliseconds(std::min(fields.number("wall"), kLatestWall))),
                .largest = fields.number("largest"),
                .others = {},
                .bans = {}};
  fields.each("troubles", take_trouble, beacon);
  fields.each("others", take_other, beacon);
  fields.each("bans", take_ban, beacon);
  if (!fields.is_whole() || beacon.report.name.empty()) return std::nullopt;
  return beacon;
}

}  // namespace kgnode::peers
