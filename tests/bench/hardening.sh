# What the auditors' own tools say of a system, and the table of docs/hardening.md. To be sourced after lib.sh and figure.sh.
#
# A system is stock, ours (both are nodes in containers) or disk (the disk image in a virtual machine). The array `inside` runs a
# command in it, as root, and `long` one that takes minutes. The tools lie at /run/auditor there, read-only or not; what they write is below /run/auditor-out.
# shellcheck shell=bash disable=SC2154 # checkout and kExtraWords are variables of the rig

readonly kPage=docs/hardening.md kOut=$checkout/build/hardening kTailoring=tests/bench/openscap-tailoring.xml
readonly kRules=usr/share/xml/scap/ssg/content/ssg-debian13-ds.xml
readonly kScapProfiles=(cis_level1_server cis_level2_server anssi_bp28_enhanced)
readonly kDoctorProfiles=(cis anssi k3s-cis)
readonly kStockUnits=(ssh.service chrony.service systemd-journald.service)
readonly kUnits=("${kStockUnits[@]}" kgnode.service kgnode-audit-look.service kgnode-time-look.service)
readonly kLynisSeconds=5400 kScapSeconds=3600
auditors=$("$checkout/image/tree.sh" auditors "$checkout/image/auditors.packages")
readonly auditors
declare -A measured
inside=()
long=()
mkdir -p "$kOut"

in_auditors() { "$checkout/image/enter.sh" "$auditors" "$checkout" "$@"; }
on() { "${inside[@]}" "$@"; }

# measure WHO WHAT VALUE
measure() {
  measured[$1.$2]=$3
  echo "figure $1 $2 $3"
}

# The node of this benchmark has the stricter of two values that auditors want; it passes with those who want the other, too.
user_data() {
  node_toml "$1"
  printf '\n[accounts]\numask = "077"\n'
}

# make_toolbox: the folder that is brought to a system. Its programs find their libraries there, and nothing of a node is changed.
make_toolbox() {
  toolbox=$kOut/toolbox
  rm -rf "$toolbox"
  mkdir -p "$toolbox/lynis/plugins" "$toolbox/lib" "$toolbox/openscap"
  cp -a "$auditors/usr/share/lynis/." "$auditors/usr/sbin/lynis" "$auditors/etc/lynis/default.prf" "$toolbox/lynis/"
  in_auditors ldd /usr/bin/oscap | awk '$2 == "=>" { print "." $3 }' >"$kOut/oscap-libraries"
  tar -C "$auditors" -c --dereference --transform='s|.*/|lib/|' --files-from="$kOut/oscap-libraries" | tar -x -C "$toolbox"
  cp -a "$auditors/usr/share/openscap/." "$auditors/usr/bin/oscap" "$auditors/$kRules" "$kTailoring" "$toolbox/openscap/"
  chown -R 0:0 "$toolbox"
}

# bring_toolbox: for a system without another way.
bring_toolbox() {
  make_toolbox
  tar -C "$toolbox" -c . | on sh -c 'mkdir -p /run/auditor && tar -x -C /run/auditor'
}

lynis_run() {
  "${long[@]}" sh -c 'mkdir -p /run/auditor-out && cd /run/auditor/lynis && timeout "$1" sh ./lynis audit system --quick --no-colors \
    --quiet --report-file /run/auditor-out/report.dat --logfile /run/auditor-out/log >/dev/null 2>&1' - "$kLynisSeconds" || true
  on cat /run/auditor-out/report.dat >"$kOut/$1-lynis-report.dat" || true
  on grep -E 'Hardening: assigned|Performing test ID|Hardening strength' /run/auditor-out/log >"$kOut/$1-lynis-points.txt" || true
}

lynis_judge() {
  local report=$kOut/$1-lynis-report.dat
  measure "$1" lynis_index "$(sed -n 's/^hardening_index=//p' "$report")"
  measure "$1" lynis_warnings "$(grep -c '^warning\[\]=' "$report" || true)"
  measure "$1" lynis_suggestions "$(grep -c '^suggestion\[\]=' "$report" || true)"
}

# The rules' authors take a system without this package for a container and leave most of it unjudged; neither a container nor the disk
# image, whose kernel is in one signed file, has it.
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

# enter_kernel, and leave_kernel: in a copy that lies over the database of packages, which may be read-only.
enter_kernel() {
  on sh -c 'mkdir -p /run/auditor-out && { cat /var/lib/dpkg/status; echo "$1"; } >/run/auditor-out/status &&
    mount --bind /run/auditor-out/status "$(readlink -f /var/lib/dpkg/status)"' - "$kKernelEntry"
}
leave_kernel() { on sh -c 'umount "$(readlink -f /var/lib/dpkg/status)"'; }

# openscap_on WHO [KIND...]: of every profile the share of rules that pass, by SSG's rules as they are (raw), and with our tailoring.
openscap_on() {
  local profile kind kinds=("${@:2}")
  enter_kernel
  for profile in "${kScapProfiles[@]}"; do
    scap_run "$1" "${kinds[@]/#/$profile-}"
    for kind in "${kinds[@]}"; do scap_judge "$1" "$profile" "$kind"; done
  done
  leave_kernel
}

# scap_run WHO PROFILE-KIND...: each leaves a line "RULE RESULT" for every rule of the profile. One after the other: process 1 is asked
# so much that on a slow machine it keeps a second one waiting for too long, which then crashes. One that ends early has no result.
scap_run() {
  local what
  "${long[@]}" sh -c 'tools=/run/auditor/openscap rules=$1 limit=$2
    export LD_LIBRARY_PATH=/run/auditor/lib OSCAP_SCHEMA_PATH=$tools/schemas OSCAP_XSLT_PATH=$tools/xsl
    shift 2
    for what; do
      options="--profile xccdf_org.ssgproject.content_profile_${what%-*}"
      [ "${what#*-}" = raw ] || options="--tailoring-file $tools/openscap-tailoring.xml --profile xccdf_kgnode_profile_${what%-*}"
      timeout "$limit" "$tools/oscap" xccdf eval $options "$tools/$rules" >"/run/auditor-out/$what" 2>&1
      echo "exit $?" >>"/run/auditor-out/$what"
    done' - "${kRules##*/}" "$kScapSeconds" "${@:2}" || true
  for what in "${@:2}"; do
    on cat "/run/auditor-out/$what" | tr -d '\r' >"$kOut/$1-oscap-$what.log"
    awk '$1 == "Rule" { rule = $2 } $1 == "Result" { sub(/.*content_rule_/, "", rule); line[++lines] = rule " " $2 }
      $1 == "exit" && ($2 == 0 || $2 == 2) { for (i = 1; i <= lines; i++) print line[i] }' "$kOut/$1-oscap-$what.log" \
      >"$kOut/$1-oscap-$what.txt"
  done
}

scap_judge() { measure "$1" "oscap_$2_$3" "$(scap_share "$kOut/$1-oscap-$2-$3.txt")"; }

# scap_share FILE: per cent of those rules that passed or failed.
scap_share() {
  awk '$2 == "pass" { pass++ } $2 == "fail" || $2 == "error" || $2 == "unknown" { fail++ }
    END { if (pass) printf "%.1f %% (%d of %d)\n", 100 * pass / (pass + fail), pass, pass + fail; else print "-" }' "$1"
}

# kernel_checker WHO: the configuration of the image's kernel, and what stands in build/hardening/WHO-cmdline and WHO-sysctl.
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

# as_written WHO COMMAND_LINE: a container cannot set all of the values that a node is given, so they are judged as written.
as_written() {
  echo "$2" >"$kOut/$1-cmdline"
  on sh -c 'cat /usr/lib/sysctl.d/*.conf /etc/sysctl.d/*.conf || true' 2>/dev/null |
    sed -nE 's/^-?([a-z][a-z0-9_.]*) *= */\1 = /p' | tac | awk '!seen[$1]++' >"$kOut/$1-sysctl"
}

# as_running WHO: a machine of its own is judged by what its kernel says.
as_running() {
  on cat /proc/cmdline | sed "s/ ${kExtraWords%% *}.*//" >"$kOut/$1-cmdline"
  on sysctl -a 2>/dev/null >"$kOut/$1-sysctl"
}

# ssh_audit WHO ADDRESS COMMAND...: COMMAND runs the auditor in a network from which the server can be reached.
ssh_audit() {
  local report=$kOut/$1-ssh-audit.json level
  "${@:3}" "$checkout/image/enter.sh" "$auditors" "$checkout" ssh-audit --json --skip-rate-test "$2" >"$report" || true
  for level in fail warn; do
    measure "$1" "ssh_audit_$level" "$(in_auditors python3 -c '
import json, sys
report, level = json.load(open(sys.argv[1])), sys.argv[2]
print(sum(len(a.get("notes", {}).get(level, [])) for kind in ("kex", "key", "enc", "mac") for a in report[kind]))' \
      "build/hardening/$1-ssh-audit.json" "$level")"
  done
}

# units_of WHO UNIT...: exposure as systemd-analyze sees it on the running node.
units_of() {
  local unit score
  for unit in "${@:2}"; do
    score=$(on systemd-analyze security --no-pager "$unit" 2>/dev/null | sed -nE 's/.*exposure level for .*: ([0-9.]+) .*/\1/p') || true
    measure "$1" "exposure_$unit" "${score:--}"
  done
}

# doctor_of WHO: the agent's own report on each auditor's rules.
doctor_of() {
  local name json
  for name in "${kDoctorProfiles[@]}"; do
    json=$1-$name.json
    on kgnode doctor --profile "$name" -o json >"$kOut/$json" || true
    on kgnode doctor --profile "$name" >"$kOut/$1-$name.txt" || true
    while read -r key value; do measure "$1" "${name}_$key" "$value"; done < <(in_auditors python3 -c '
import json, sys
report = json.load(open(sys.argv[1]))
unexplained = sum(item["outcome"] == "fail" and item["reason"] is None for item in report["items"])
print("passed", report["passed"])
print("failures", str(report["failed"]) + ",", unexplained)
print("rest", str(report["unknown"]) + ",", report["not_applicable"])' "build/hardening/$json")
  done
}

# row WHAT KEY: what was not measured this time stays as the page has it.
row() {
  local who column=2 value line="| $1 |"
  for who in stock ours disk; do
    column=$((column + 1))
    value=${measured[$who.$2]:-$(awk -F ' *\\| *' -v what="$1" -v column="$column" '$2 == what { print $column }' "$kPage")}
    line+=" ${value:--} |"
  done
  echo "$line"
}

table() {
  local name
  echo '| what | stock Debian 13 | ours | ours, disk image |'
  echo '|---|---|---|---|'
  row 'ssh-audit: failures' ssh_audit_fail
  row 'ssh-audit: warnings' ssh_audit_warn
  row 'Lynis: hardening index' lynis_index
  row 'Lynis: warnings' lynis_warnings
  row 'Lynis: suggestions' lynis_suggestions
  for name in "${kScapProfiles[@]}"; do
    row "OpenSCAP, $name" "oscap_${name}_raw"
    row "$name with the reasons of the tailoring file" "oscap_${name}_tailored"
  done
  row 'kernel-hardening-checker: OK' kernel_ok
  for name in "${kUnits[@]}"; do row "systemd-analyze security: $name" "exposure_$name"; done
  for name in "${kDoctorProfiles[@]}"; do
    row "kgnode doctor --profile $name: passed" "${name}_passed"
    row "$name: failed, of which without a reason" "${name}_failures"
    row "$name: unknown, not applicable" "${name}_rest"
  done
  for name in "${kProperties[@]}"; do row "hardening-check build/kgnode: $name" "binary_${name// /_}"; done
}

# shellcheck disable=SC2034 # for those who look at the binary
readonly kProperties=('Position Independent Executable' 'Stack protected' 'Fortify Source functions' 'Read-only relocations'
  'Immediate binding' 'Stack clash protection' 'Control flow integrity')

# Between the marks of the page stands what was measured, and nothing else.
write_page() {
  local tmp
  tmp=$(mktemp)
  { sed '/^<!-- measured: begin -->$/q' "$kPage"; echo; table; echo; sed -n '/^<!-- measured: end -->$/,$p' "$kPage"; } >"$tmp"
  cat "$tmp" >"$kPage"
  rm -f "$tmp"
}
