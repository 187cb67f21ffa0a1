/// YAML by libyaml's event interface, so that limits hold while the text is read.
#include "agent/sys/yaml.hpp"

#include <yaml.h>

#include <algorithm>
#include <array>
#include <format>
#include <memory>

#include "agent/base/text.hpp"

namespace kgnode::sys {
namespace {

constexpr std::size_t kDepthMax = 32;
constexpr std::size_t kNodesMax = 5000;

Error bad(const yaml_mark_t& at, std::string_view what) {
  return Error::plain(std::format("line {} column {}: {}", at.line + 1, at.column + 1, what));
}

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&event_); }
  yaml_event_t* operator->() { return &event_; }
  yaml_event_t* get() { return &event_; }

 private:
  yaml_event_t event_{};
};

class Reader {
 public:
  explicit Reader(std::string_view text) {
    ready_ = yaml_parser_initialize(&parser_) != 0;
    if (!ready_) return;
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    if (ready_) yaml_parser_delete(&parser_);
  }

  Result<Yaml> document();

 private:
  Result<> next(Event& event);
  Result<Yaml> node(Event& event, std::size_t depth);
  Result<> fill_sequence(Yaml& into, std::size_t depth);
  Result<> fill_mapping(Yaml& into, std::size_t depth);

  yaml_parser_t parser_{};
  bool ready_ = false;
  std::size_t nodes_ = 0;
};

Result<> Reader::next(Event& event) {
  if (yaml_parser_parse(&parser_, event.get()) != 0) return {};
  return fail(bad(parser_.problem_mark,
                  parser_.problem != nullptr ? parser_.problem : "cannot be read as YAML"));
}

Result<Yaml> Reader::document() {
  if (!ready_) return fail(Error(std::errc::not_enough_memory, "start the YAML parser"));
  for (;;) {
    Event event;
    TRY(next(event));
    switch (event->type) {
      case YAML_STREAM_START_EVENT:
      case YAML_DOCUMENT_START_EVENT:
        continue;
      case YAML_STREAM_END_EVENT:
        return Yaml{};
      default:
        break;
    }
    auto root = TRY(node(event, 0));
    Event end;
    TRY(next(end));  // the end of this document
    Event after;
    TRY(next(after));
    if (after->type != YAML_STREAM_END_EVENT)
      return fail(bad(after->start_mark, "a second document begins; give one"));
    return root;
  }
}

Result<Yaml> Reader::node(Event& event, std::size_t depth) {
  const auto at = event->start_mark;
  if (depth > kDepthMax) return fail(bad(at, std::format("more than {} levels", kDepthMax)));
  if (++nodes_ > kNodesMax) return fail(bad(at, std::format("more than {} values", kNodesMax)));
  Yaml value{.line = at.line + 1};
  switch (event->type) {
    case YAML_SCALAR_EVENT: {
      const auto& scalar = event->data.scalar;
      value.kind = Yaml::Kind::scalar;
      value.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
      value.plain = scalar.style == YAML_PLAIN_SCALAR_STYLE;
      value.binary =
          scalar.tag != nullptr &&
          std::string_view(reinterpret_cast<const char*>(scalar.tag)) == "tag:yaml.org,2002:binary";
      if (value.plain && (value.text.empty() || value.text == "~" || value.text == "null"))
        value.kind = Yaml::Kind::null;
      return value;
    }
    case YAML_SEQUENCE_START_EVENT:
      value.kind = Yaml::Kind::sequence;
      TRY(fill_sequence(value, depth));
      return value;
    case YAML_MAPPING_START_EVENT:
      value.kind = Yaml::Kind::mapping;
      TRY(fill_mapping(value, depth));
      return value;
    case YAML_ALIAS_EVENT:
      return fail(bad(at, "an alias (*name) is not accepted; write the value out"));
    default:
      return fail(bad(at, "a value was expected"));
  }
}

Result<> Reader::fill_sequence(Yaml& into, std::size_t depth) {
  for (;;) {
    Event event;
    TRY(next(event));
    if (event->type == YAML_SEQUENCE_END_EVENT) return {};
    into.items.push_back(TRY(node(event, depth + 1)));
  }
}

Result<> Reader::fill_mapping(Yaml& into, std::size_t depth) {
  for (;;) {
    Event event;
    TRY(next(event));
    if (event->type == YAML_MAPPING_END_EVENT) return {};
    const auto at = event->start_mark;
    auto key = TRY(node(event, depth + 1));
    if (key.kind != Yaml::Kind::scalar) return fail(bad(at, "a key is not plain text"));
    if (into.find(key.text) != nullptr)
      return fail(bad(at, std::format("key {} is given twice", quote(key.text))));
    Event next_event;
    TRY(next(next_event));
    into.entries.push_back({.key = std::move(key.text), .value = TRY(node(next_event, depth + 1))});
  }
}

void collect(const Yaml& value, std::vector<const Yaml*>& into) {
  if (value.kind == Yaml::Kind::scalar) into.push_back(&value);
  for (const auto& item : value.items) collect(item, into);
  for (const auto& entry : value.entries) collect(entry.value, into);
}

}  // namespace

const Yaml* Yaml::find(std::string_view key) const {
  const auto it = std::ranges::find(entries, key, &Entry::key);
  return it == entries.end() ? nullptr : &it->value;
}

std::vector<const Yaml*> Yaml::leaves() const {
  std::vector<const Yaml*> found;
  collect(*this, found);
  return found;
}

Result<Yaml> parse_yaml(std::string_view text) { return Reader(text).document(); }

std::optional<bool> parse_yaml_bool(const Yaml& value) {
  static constexpr std::array<std::string_view, 3> kTrue{"true", "yes", "on"};
  static constexpr std::array<std::string_view, 3> kFalse{"false", "no", "off"};
  if (value.kind != Yaml::Kind::scalar || !value.plain) return std::nullopt;
  const auto word = to_lower(value.text);
  if (std::ranges::contains(kTrue, word)) return true;
  if (std::ranges::contains(kFalse, word)) return false;
  return std::nullopt;
}

}  // namespace kgnode::sys
