#include <linux/audit.h>

#include <cstring>

#include "hardening/audit/look.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using hardening::parse_audit_look;

namespace {

std::string rule(std::vector<std::pair<std::uint32_t, std::uint32_t>> fields,
                 std::string_view texts) {
  std::string bytes(sizeof(audit_rule_data), '\0');
  audit_rule_data head{};
  head.field_count = static_cast<std::uint32_t>(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    head.fields[i] = fields[i].first;
    head.values[i] = fields[i].second;
  }
  std::memcpy(bytes.data(), &head, sizeof(head));
  return bytes + std::string(texts);
}

std::optional<std::string> key_of(const std::string& bytes) {
  return sys::parse_audit_rule_key(std::as_bytes(std::span(bytes)));
}

}  // namespace

TEST_CASE("audit look: what the helper writes is read again", "[audit]") {
  const sys::AuditSeen seen{
      .access = sys::AuditAccess::open,
      .status = {.enabled = 2, .daemon = 5, .backlog_limit = 8192, .backlog = 7, .lost = 9},
      .rules = {.keys = {{"", 2}, {"perm_mod", 8}, {"time-change", 1}},
                .hash = std::string(64, 'a')}};
  CHECK(parse_audit_look(hardening::to_text(seen)).value() == seen);
  const sys::AuditSeen none{.access = sys::AuditAccess::none};
  CHECK(parse_audit_look(hardening::to_text(none)).value() == none);
}

TEST_CASE("audit look: what is cut off or strange is an error", "[audit]") {
  for (const std::string_view text :
       {"", "enabled 1\n", "access open\nenabled -1\n", "access maybe\n",
        "access open\nrules x k\n", "access open\nhash abc\n", "access open\nwhat 1\n"}) {
    INFO(text);
    CHECK_FALSE(parse_audit_look(text));
  }
}

TEST_CASE("audit look: the key of a rule is found behind its other texts", "[audit]") {
  CHECK(key_of(rule({{AUDIT_WATCH, 11}, {AUDIT_PERM, 10}, {AUDIT_FILTERKEY, 6}},
                    "/etc/passwdlogins")) == "logins");
  CHECK(key_of(rule({{AUDIT_ARCH, 5}, {AUDIT_FILTERKEY, 3}}, "abc")) == "abc");
  CHECK(key_of(rule({{AUDIT_ARCH, 5}}, "")) == "");
}

TEST_CASE("audit look: a rule that is cut off has no key that could be told", "[audit]") {
  CHECK_FALSE(key_of(""));
  CHECK_FALSE(key_of(rule({{AUDIT_FILTERKEY, 6}}, "log")));
  CHECK_FALSE(key_of(rule({{AUDIT_WATCH, 0xffffffff}, {AUDIT_FILTERKEY, 6}}, "logins")));
}

TEST_CASE("audit look: rules are the same whatever their order", "[audit]") {
  const auto a = rule({{AUDIT_FILTERKEY, 1}}, "a");
  const auto b = rule({{AUDIT_FILTERKEY, 1}}, "b");
  CHECK(sys::summarize_audit_rules({a, b}) == sys::summarize_audit_rules({b, a}));
  CHECK(sys::summarize_audit_rules({a, b}).keys ==
        std::map<std::string, unsigned>{{"a", 1}, {"b", 1}});
  CHECK(sys::summarize_audit_rules({a}).hash != sys::summarize_audit_rules({a, b}).hash);
}
