#pragma once
/// A node whose kernel takes audit rules as augenrules and the helper show it.
#include <string>

#include "agent/base/text.hpp"
#include "hardening/audit/audit.hpp"
#include "hardening/audit/look.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_units.hpp"

namespace test {

struct AuditUnits final : FakeUnits {
  explicit AuditUnits(FakeFiles& files) : files_(files) {}
  kgnode::sys::AuditSeen kernel;
  std::string refused;  // a rule that contains it is not taken
  bool helper_fails = false;

  kgnode::Task<kgnode::Result<>> restart(std::string unit) override {
    using kgnode::hardening::Audit;
    if (unit != kgnode::hardening::kAuditLookUnit) jobs.push_back("restart " + unit);
    if (unit == Audit::kRulesUnit) load();
    if (unit == Audit::kDaemonUnit) {
      states[unit] = "active";
      kernel.status.daemon = 100;
    }
    if (unit == kgnode::hardening::kAuditLookUnit) {
      if (helper_fails) co_return kgnode::fail(kgnode::Error::plain("it does not start"));
      files_.files[kgnode::hardening::kAuditLook] = kgnode::hardening::to_text(kernel);
    }
    co_return kgnode::Result<>{};
  }

  void load() {
    if (kernel.status.enabled == 2) return;
    std::vector<std::string> all;
    kernel.rules = {};
    for (const auto& [path, text] : files_.files) {
      if (!path.starts_with("/etc/audit/rules.d/")) continue;
      for (const auto line : kgnode::split(text, '\n')) {
        if (line == "-e 2") kernel.status.enabled = 2;
        const auto key = line.rfind(" -k ");
        if (line.starts_with('#') || key == std::string_view::npos) continue;
        if (!refused.empty() && line.contains(refused)) continue;
        ++kernel.rules.keys[std::string(line.substr(key + 4))];
        all.emplace_back(line);
      }
    }
    kernel.rules.hash = kgnode::sys::summarize_audit_rules(all).hash;
  }

 private:
  FakeFiles& files_;
};

struct AuditNode {
  FakeFiles files;
  AuditUnits units{files};
  kgnode::hardening::Audit domain{files, units};

  explicit AuditNode(bool joined = true) {
    files.files["/usr/sbin/augenrules"] = "";
    files.files["/usr/bin/passwd"] = "";
    files.modes["/usr/bin/passwd"].mode = 04755;
    files.files["/usr/bin/true"] = "";
    files.modes["/usr/bin/true"].mode = 0755;
    units.kernel.status = {.enabled = 1, .daemon = 1, .backlog_limit = 8192};
    units.states["auditd.service"] = "active";
    units.load();
    if (!joined) return;
    for (const auto& row : kgnode::hardening::audit_profile()) {
      if (row.when == kgnode::hardening::AuditWhen::k3s ||
          row.when == kgnode::hardening::AuditWhen::k3s_server)
        files.files[row.needs] = "";
    }
  }
};

}  // namespace test
