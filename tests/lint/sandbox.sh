#!/bin/bash
# What systemd-analyze thinks of our units: no worse than today, and what it complains of is set or explained in the unit.
set -euo pipefail
source tests/lint/common.sh

# A unit that needs more room brings its reason in the unit file and a new number here, in the same change.
declare -A ceiling=([kgnode]=4.0 [kgnode-audit-look]=1.5 [kgnode-early]=1.4 [kgnode-firstboot]=2.0 [kgnode-firstboot-net]=2.7 [kgnode-health]=0.9 [kgnode-k3s-baked]=0.8 [kgnode-k3s-look]=2.0 [kgnode-k3s-tell]=2.0 [kgnode-reboot]=2.0 [kgnode-reset]=1.9 [kgnode-snapshot]=1.3 [kgnode-slot]=2.6 [kgnode-time-look]=1.0 [kgnode-console@]=0.7)

# What they run has every right on purpose; the unit says why. A sandbox for K3s would be one for every pod.
readonly kUnsandboxed=" k3s k3s-agent kgnode-break-glass "

# analyse UNIT_FILE: its table; the last line has the score.
analyse() {
  systemd-analyze security --offline=true --no-pager "$1" 2>&1 || true
}

# complaints: options of the lines that count against a unit, without their values.
complaints() {
  sed -nE 's/^✗ ([A-Za-z]+)=.*/\1/p' | sort -u
}

for file in agent/systemd/*.service image/machine/usr/lib/systemd/system/*.service; do
  unit=$(basename "$file" .service)
  if [[ $kUnsandboxed == *" $unit "* ]]; then
    grep -q '^# Not sandboxed: ' "$file" || complain "$file" "does not say why it is not sandboxed"
    continue
  fi
  table=$(analyse "$file")
  score=$(sed -nE 's/.*exposure level for .*: ([0-9.]+) .*/\1/p' <<<"$table")
  limit=${ceiling[$unit]:-}
  echo "figure systemd-analyze security $unit.service: exposure ${score:-unknown}, ceiling ${limit:-not set}"
  if [[ -z $score ]]; then
    complain "$file" "systemd-analyze gives no score: $(tail -n 1 <<<"$table")"
  elif [[ -z $limit ]] || awk "BEGIN { exit !($score > $limit) }"; then
    complain "$file" "exposure $score, the ceiling is ${limit:-not set}: look with systemd-analyze security --offline=true $file"
  fi
  for option in $(complaints <<<"$table"); do
    grep -qw "$option" "$file" || complain "$file" "$option= is neither set nor explained"
  done
done
finish sandbox
