#!/bin/bash
# What the auditors' own tools say of a node and of a stock Debian 13 with the same packages; the figures become the table of
# docs/hardening.md. With --long also what each tool wrote, below build/hardening.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
# shellcheck source=tests/bench/figure.sh
source tests/bench/figure.sh

readonly kPage=docs/hardening.md kOut=$PWD/build/hardening kTailoring=tests/bench/node/openscap-tailoring.xml
readonly kRules=/usr/share/xml/scap/ssg/content/ssg-debian13-ds.xml
readonly kScapProfiles=(cis_level1_server cis_level2_server anssi_bp28_enhanced)
auditors=$("$checkout/image/tree.sh" auditors "$checkout/image/auditors.packages")
readonly auditors
declare -A measured

in_auditors() { "$checkout/image/enter.sh" "$auditors" "$checkout" "$@"; }

# measure WHO WHAT VALUE
measure() {
  measured[$1.$2]=$3
  echo "figure $1 $2 $3"
}

# lynis_on WHO NODE: its programs and tables go to /run, where nothing of the node is changed.
lynis_on() {
  local report=$kOut/$1-lynis-report.dat
  tar -C "$auditors" -c usr/share/lynis usr/sbin/lynis etc/lynis |
    node_exec "$2" sh -c 'mkdir -p /run/auditor && tar -x -C /run/auditor && mkdir -p /run/auditor/lynis/plugins &&
      cp -a /run/auditor/usr/share/lynis/. /run/auditor/lynis/ && cp /run/auditor/usr/sbin/lynis /run/auditor/etc/lynis/default.prf /run/auditor/lynis/'
  node_exec "$2" sh -c 'cd /run/auditor/lynis && sh ./lynis audit system --quick --no-colors --quiet \
    --report-file /run/auditor/report.dat --logfile /run/auditor/log >/dev/null 2>&1; cat /run/auditor/report.dat' >"$report" || true
  node_exec "$2" rm -rf /run/auditor
  measure "$1" lynis_index "$(sed -n 's/^hardening_index=//p' "$report")"
  measure "$1" lynis_warnings "$(grep -c '^warning\[\]=' "$report" || true)"
  measure "$1" lynis_suggestions "$(grep -c '^suggestion\[\]=' "$report" || true)"
}

# The rules' authors take a system without this package for a container and leave most of it unjudged; the trees of nodes have no kernel.
readonly kKernelEntry='
Package: linux-base
Status: install ok installed
Priority: optional
Section: kernel
Maintainer: none
Architecture: all
Version: 4.12
Description: entered for the time of an audit
'

# openscap_on WHO NODE: of every profile the share of rules that pass, by SSG's rules as they are and, of ours, with our tailoring.
openscap_on() {
  local who=$1 node=$2 profile kind
  in_auditors ldd /usr/bin/oscap | awk '$2 == "=>" { print "." $3 }' >"$kOut/oscap-libraries"
  node_exec "$node" mkdir -p /run/auditor/lib
  tar -C "$auditors" -c --dereference --transform='s|.*/|lib/|' --files-from="$kOut/oscap-libraries" |
    node_exec "$node" tar -x -C /run/auditor
  tar -C "$auditors" -c usr/bin/oscap usr/share/openscap "${kRules#/}" | node_exec "$node" tar -x -C /run/auditor
  node_exec "$node" sh -c 'cat >/run/auditor/tailoring.xml' <"$kTailoring"
  node_exec "$node" sh -c 'cp -a /var/lib/dpkg/status /run/auditor/status; cat >>/var/lib/dpkg/status' <<<"$kKernelEntry"
  for profile in "${kScapProfiles[@]}"; do
    for kind in raw tailored; do
      [[ $who == ours || $kind == raw ]] || continue
      scap_run "$node" "$profile" "$kind" >"$kOut/$who-oscap-$profile-$kind.txt" || true
      measure "$who" "oscap_${profile}_$kind" "$(scap_share "$kOut/$who-oscap-$profile-$kind.txt")"
    done
  done
  node_exec "$node" sh -c 'cat /run/auditor/status >/var/lib/dpkg/status; rm -rf /run/auditor'
}

# scap_run NODE PROFILE raw|tailored: a line "RULE RESULT" for every rule of the profile.
scap_run() {
  local options=(--profile "xccdf_org.ssgproject.content_profile_$2")
  [[ $3 == raw ]] || options=(--tailoring-file /run/auditor/tailoring.xml --profile "xccdf_kgnode_profile_$2")
  node_exec "$1" env LD_LIBRARY_PATH=/run/auditor/lib OSCAP_SCHEMA_PATH=/run/auditor/usr/share/openscap/schemas \
    OSCAP_XSLT_PATH=/run/auditor/usr/share/openscap/xsl /run/auditor/usr/bin/oscap xccdf eval "${options[@]}" "/run/auditor$kRules" 2>&1 |
    tr -d '\r' | awk '$1 == "Rule" { rule = $2 } $1 == "Result" { sub(/.*content_rule_/, "", rule); print rule, $2 } /OpenSCAP Error/'
}

# scap_share FILE: per cent of those rules that passed or failed.
scap_share() {
  awk '$2 == "pass" { pass++ } $2 == "fail" || $2 == "error" || $2 == "unknown" { fail++ }
    END { if (pass) printf "%.1f %% (%d of %d)\n", 100 * pass / (pass + fail), pass, pass + fail; else print "-" }' "$1"
}

# kernel_checker WHO: the configuration of the image's kernel, its command line and the values that the node is given; a container cannot
# set all of them, so they are judged as written.
kernel_checker() {
  local machine report=$kOut/$1-kernel.json
  machine=$("$checkout/image/tree.sh" machine "$checkout/image/node.packages" "$checkout/image/machine.packages")
  cat "$machine"/boot/config-* >"$kOut/kernel-config"
  in_auditors kernel-hardening-checker -m json -c build/hardening/kernel-config -l "build/hardening/$1-cmdline" \
    -s "build/hardening/$1-sysctl" >"$report" || true
  measure "$1" kernel_ok "$(in_auditors python3 -c '
import json, sys
results = [item["check_result_bool"] for item in json.load(open(sys.argv[1]))]
print(f"{sum(results)} of {len(results)}")' "build/hardening/$1-kernel.json")"
}

# as_written WHO NODE COMMAND_LINE: what kernel_checker judges.
as_written() {
  echo "$3" >"$kOut/$1-cmdline"
  node_exec "$2" sh -c 'cat /usr/lib/sysctl.d/*.conf /etc/sysctl.d/*.conf || true' 2>/dev/null |
    sed -nE 's/^-?([a-z][a-z0-9_.]*) *= */\1 = /p' | tac | awk '!seen[$1]++' >"$kOut/$1-sysctl"
}

# ssh_audit_on WHO NODE: from the node's own network, where no firewall stands in between.
ssh_audit_on() {
  local report=$kOut/$1-ssh-audit.json
  nsenter --target "$(leader "$2")" --net "$checkout/image/enter.sh" "$auditors" "$checkout" \
    ssh-audit --json --skip-rate-test 127.0.0.1 >"$report" || true
  local level
  for level in fail warn; do
    measure "$1" "ssh_audit_$level" "$(in_auditors python3 -c '
import json, sys
report, level = json.load(open(sys.argv[1])), sys.argv[2]
print(sum(len(a.get("notes", {}).get(level, [])) for kind in ("kex", "key", "enc", "mac") for a in report[kind]))' \
      "build/hardening/$1-ssh-audit.json" "$level")"
  done
}

# units_of WHO NODE UNIT...: exposure as systemd-analyze sees it on the running node.
units_of() {
  local who=$1 node=$2 unit score
  shift 2
  for unit; do
    score=$(node_exec "$node" systemd-analyze security --no-pager "$unit" 2>/dev/null | sed -nE 's/.*exposure level for .*: ([0-9.]+) .*/\1/p') || true
    measure "$who" "exposure_$unit" "${score:--}"
  done
}

# profile NODE NAME: the agent's own report on one auditor's rules.
profile() {
  local json=$kOut/ours-$2.json key
  node_exec "$1" kgnode doctor --profile "$2" -o json >"$json" || true
  node_exec "$1" kgnode doctor --profile "$2" >"$kOut/ours-$2.txt" || true
  for key in passed failed unknown not_applicable; do
    measure ours "$2_$key" "$(in_auditors python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "build/hardening/ours-$2.json" "$key")"
  done
  measure ours "$2_unexplained" "$(in_auditors python3 -c '
import json, sys
print(sum(i["outcome"] == "fail" and i["reason"] is None for i in json.load(open(sys.argv[1]))["items"]))' "build/hardening/ours-$2.json")"
}

binary() {
  local report=$kOut/hardening-check.txt property
  in_auditors hardening-check build/kgnode >"$report" || true
  for property in 'Position Independent Executable' 'Stack protected' 'Fortify Source functions' 'Read-only relocations' \
    'Immediate binding' 'Stack clash protection' 'Control flow integrity'; do
    measure ours "binary_${property// /_}" "$(sed -n "s/^ $property: //p" "$report")"
  done
}

row() { printf '| %s | %s | %s |\n' "$1" "${measured[stock.$2]:--}" "${measured[ours.$2]:--}"; }

table() {
  echo '| what | stock Debian 13 | ours |'
  echo '|---|---|---|'
  row 'ssh-audit: failures' ssh_audit_fail
  row 'ssh-audit: warnings' ssh_audit_warn
  row 'Lynis: hardening index' lynis_index
  row 'Lynis: warnings' lynis_warnings
  row 'Lynis: suggestions' lynis_suggestions
  local unit profile
  for profile in "${kScapProfiles[@]}"; do
    row "OpenSCAP, $profile" "oscap_${profile}_raw"
    row "… with the reasons of the tailoring file" "oscap_${profile}_tailored"
  done
  row 'kernel-hardening-checker: OK' kernel_ok
  for unit in ssh.service chrony.service systemd-journald.service kgnode.service kgnode-audit-look.service kgnode-time-look.service; do
    row "systemd-analyze security: $unit" "exposure_$unit"
  done
  for unit in cis anssi k3s-cis; do
    row "kgnode doctor --profile $unit: passed" "${unit}_passed"
    row "… failed, of which without a reason" "${unit}_failures"
    row "… unknown, not applicable" "${unit}_rest"
  done
  local property
  for property in Position_Independent_Executable Stack_protected Fortify_Source_functions Read-only_relocations Immediate_binding \
    Stack_clash_protection Control_flow_integrity; do
    row "hardening-check build/kgnode: ${property//_/ }" "binary_$property"
  done
}

# Between the marks of the page stands what was measured, and nothing else.
write_page() {
  local tmp
  tmp=$(mktemp)
  { sed '/^<!-- measured: begin -->$/q' "$kPage"; echo; table; echo; sed -n '/^<!-- measured: end -->$/,$p' "$kPage"; } >"$tmp"
  cat "$tmp" >"$kPage"
  rm -f "$tmp"
}

mkdir -p "$kOut"
binary
start_cluster 1 0 >&2
wait_for 120 is_settled cp-1
units_of ours cp-1 ssh.service chrony.service systemd-journald.service kgnode.service kgnode-audit-look.service kgnode-time-look.service
for name in cis anssi k3s-cis; do
  profile cp-1 "$name"
  measured[ours.${name}_failures]="${measured[ours.${name}_failed]}, ${measured[ours.${name}_unexplained]}"
  measured[ours.${name}_rest]="${measured[ours.${name}_unknown]}, ${measured[ours.${name}_not_applicable]}"
done
lynis_on ours cp-1
openscap_on ours cp-1
as_written ours cp-1 "$(sed 's/#.*//' image/kernel-command-line | xargs)"
kernel_checker ours
ssh_audit_on ours cp-1
remove_cluster

use_stock
begin_cluster 1 0
wait_for 300 node_exec cp-1 systemctl is-active ssh.service >&2
units_of stock cp-1 ssh.service chrony.service systemd-journald.service
lynis_on stock cp-1
openscap_on stock cp-1
as_written stock cp-1 "ro quiet"
kernel_checker stock
ssh_audit_on stock cp-1

write_page
figure ssh_audit_fail "${measured[ours.ssh_audit_fail]}" findings 0
figure ssh_audit_warn "${measured[ours.ssh_audit_warn]}" findings 0
figure lynis_index "${measured[ours.lynis_index]}" points '>=60'
figure agent_exposure "${measured[ours.exposure_kgnode.service]}" points 4.0
((missed == 0))
