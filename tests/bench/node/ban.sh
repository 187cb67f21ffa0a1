#!/bin/bash
# What bans cost: ours, and fail2ban, sshguard and CrowdSec as Debian packages them, in one run on one machine.
# One that is not installed is skipped; what is not comparable is in docs/benchmarks.md.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
# shellcheck source=tests/bench/figure.sh
source tests/bench/figure.sh
readonly kTopic=ban kProducts=(kgnode fail2ban sshguard crowdsec)
# shellcheck source=tests/bench/compare.sh
source tests/bench/compare.sh
for peer in fail2ban sshguard crowdsec; do
  # shellcheck source=/dev/null
  source "tests/bench/peers/$peer.sh"
done

readonly kLines=1000000 kBans=50000 kFewer=10000 kKnocks=100 kRounds=5 kRest=15

agent() { node_exec cp-1 "$@"; }
in_peers() { "$checkout/image/enter.sh" "${KGNODE_NODE_TREE:?}" "$checkout" "$checkout/tests/rig/isolate.sh" "$@"; }
is_installed() { [[ -e $KGNODE_NODE_TREE/usr/share/doc/$1/copyright ]]; }
peers() { for peer in fail2ban sshguard crowdsec; do ! is_installed "$peer" || echo "$peer"; done; }

# cpu_seconds COMMAND...: user and system time of a program and its children, in the nodes' tree.
cpu_seconds() {
  # shellcheck disable=SC2016 # for the inner shell
  in_peers bash -c 'TIMEFORMAT="%U %S"; { time "$@" >/dev/null 2>&1; } 2>&1' - "$@" | awk '{ print $1 + $2 }'
}

# sources COUNT: addresses, none beside another.
sources() { awk -v count="$1" 'BEGIN { for (i = 0; i < count; i++) printf "45.%d.%d.%d\n", i / 16384, i / 64 % 256, i % 64 * 2 + 1 }'; }
# addresses: how many there are in a set as nft lists it.
addresses() { grep -oE '[0-9]+(\.[0-9]+){3}' | wc -l; }
# at_least COUNT COMMAND...: whether the command prints at least that.
at_least() {
  local have
  have=$("${@:2}") || have=0
  ((have >= $1))
}

versions() {
  local peer
  for peer in "${kProducts[@]:1}" crowdsec-firewall-bouncer nftables openssh-server; do
    if is_installed "$peer"; then
      echo "version $peer $(in_peers dpkg-query -W -f '${Version}' "$peer")"
    else
      echo "skip ban_$peer # the archive has no such package, or it cannot be installed"
    fi
  done
  echo "version linux $(uname -r)"
  echo "note load of this machine: $(cut -d ' ' -f 1-3 /proc/loadavg), $(nproc) processors"
}

scan() {
  local log=$state/bench.log peer lines seconds times=() round
  in_build_root build/tests/bench-ban log "$kLines" "$log"
  for ((round = 0; round < kRounds; round++)); do times+=("$(cpu_seconds build/kgnode ban scan "$log")"); done
  measure scan klines/cpu-s kgnode "$(calculate "$kLines / 1000 / $(median "${times[@]}")" %.1f)"
  for peer in $(peers); do
    lines=${peer}_lines
    if seconds=$("${peer}_scan" "$log"); then
      measure scan klines/cpu-s "$peer" "$(calculate "${!lines} / 1000 / $seconds" %.1f)"
    else
      missing scan klines/cpu-s "$peer" "it failed"
    fi
  done
  hold scan sshguard '>=10'
  hold scan fail2ban '>=100'
  rm -f "$log" "$log.part"
}

# one_ban: a ban in a set alone and beside 50 000 others: ours over netlink, theirs by the process that they start for it.
one_ban() {
  local peer held name value unit budget
  while read -r name value unit budget; do
    echo "$name $value $unit $budget"
    [[ $name != ban_one_in_*_kgnode ]] || { name=${name#ban_}; note "${name%_kgnode}" "$unit" kgnode "$value"; }
    [[ $budget != *ABOVE ]] || missed=$((missed + 1))
  done < <(in_build_root tests/rig/isolate.sh build/tests/bench-ban one)
  for peer in fail2ban sshguard; do
    is_installed "$peer" || continue
    for held in 0 "$kBans"; do
      mapfile -t values < <(in_peers tests/bench/peers/one_ban.sh "$peer" "$held" 20)
      measure "one_in_${held/#0/empty}" us "$peer" "$(median "${values[@]}")"
    done
  done
}

# restore_ours: from the start of `kgnode early`, as at boot, until it has ended.
restore_ours() {
  local rounds ms
  # shellcheck disable=SC2016 # for the inner shell
  mapfile -t rounds < <(in_build_root tests/rig/isolate.sh bash -c 'mkdir -p /var/lib/kgnode
    build/tests/bench-ban store "$1" /var/lib/kgnode/bans.db
    for ((round = 0; round < 15; round++)); do
      nft destroy table inet kgnode
      TIMEFORMAT="%R %U %S"
      { time build/kgnode early >/dev/null; } 2>&1
    done' - "$kBans")
  ms=$(calculate "$(median "${rounds[@]%% *}") * 1000" %.0f)
  measure restore_50000 ms kgnode "$ms" 200
  mapfile -t rounds < <(printf '%s\n' "${rounds[@]}" | awk '{ print $2 + $3 }')
  measure restore_50000_cpu ms kgnode "$(calculate "$(median "${rounds[@]}") * 1000" %.0f)"
  measure restore_per_ban us kgnode "$(calculate "$ms * 1000 / $kBans")"
}

# restore PEER UNITS: from the start of its service until the kernel has all; its own number of bans, because one of them takes long.
restore() {
  local peer=$1 units=$2 count=${1}_restored start ms
  "${peer}_prepare_restore"
  start=${EPOCHREALTIME/./}
  # The last unit is the one that fills the kernel.
  agent systemctl restart --no-block "${units##* }"
  if ! wait_for 200 at_least "${!count}" "${peer}_in_kernel"; then
    missing restore_per_ban us "$peer" "not there in 200 s"
    return
  fi
  ms=$(calculate "(${EPOCHREALTIME/./} - $start) / 1000" %.0f)
  echo "note $peer restored ${!count} bans in $ms ms"
  measure restore_per_ban us "$peer" "$(calculate "$ms * 1000 / ${!count}")"
}

# open_to_the_world: SSH for everybody, and one line of a source is enough for a ban.
open_to_the_world() {
  agent sh -c 'cp /etc/kgnode/node.toml /run/new.toml
    printf "\n[firewall]\nallow = [{ ports = \"22/tcp\" }]\n\n[[ban.jails]]\nname = \"sshd\"\nthreshold = 1\n" >>/run/new.toml
    kgnode apply /run/new.toml' >/dev/null
  # All of this network is the attacker's.
  ip -n "$(netns net)" route add 198.18.0.0/15 via 198.51.100.7
  ip -n "$(netns world)" route add local 198.18.0.0/15 dev lo
}

# latency PRODUCT PREFIX [MEDIAN_BUDGET P95_BUDGET]: of sources PREFIX.x, from the time that the sender's line bears in the journal.
latency() {
  local product=$1 times
  exec 3<"/run/netns/$(netns world)"
  in_netns cp-1 "$checkout/image/enter.sh" "$KGNODE_BUILD_ROOT" "$checkout" \
    python3 tests/bench/ban_latency.py "$(public_address cp-1)" "$2" "$kKnocks" >"$state/banned"
  exec 3<&-
  agent journalctl -q -b -o json --since -10m | in_build_root jq -r 'select(.MESSAGE | type == "string" and startswith("Unable to negotiate with "))
    | "\(.MESSAGE | split(" ")[4]) \(._SOURCE_REALTIME_TIMESTAMP // .__REALTIME_TIMESTAMP)"' >"$state/written"
  mapfile -t times < <(awk 'NR == FNR { written[$1] = $2; next } $2 != "-" && $1 in written { printf "%.3f\n", $2 / 1e6 - written[$1] / 1e3 }' \
    "$state/written" "$state/banned")
  if ((${#times[@]} == 0)); then
    missing latency_median ms "$product" "no source was banned"
    return
  fi
  ((${#times[@]} == kKnocks)) || echo "note $product banned ${#times[@]} of $kKnocks sources"
  measure latency_median ms "$product" "$(median "${times[@]}")" "${3:-}"
  measure latency_p95 ms "$product" "$(percentile 95 "${times[@]}")" "${4:-}"
}

# memory WHEN PRODUCT UNITS [BUDGET]: of all processes of these units, when they have come to rest.
memory() {
  local values
  sleep "$kRest"
  read -ra values < <(memory_of "$3")
  measure "rss_$1" MiB "$2" "${values[0]}" "${4:-}"
  measure "pss_$1" MiB "$2" "${values[1]}"
}

# kgnode_hold COUNT: the agent with a store of that many.
kgnode_hold() {
  agent systemctl stop kgnode.service
  agent sh -c 'rm -f /var/lib/kgnode/bans.db*'
  in_build_root build/tests/bench-ban store "$1" "$state/cp-1/var/lib/kgnode/bans.db"
  agent systemctl start kgnode.service
  wait_for 60 is_hardened cp-1
}

ours() {
  latency kgnode 198.18.0 2 10
  kgnode_hold 1
  memory idle kgnode kgnode.service 12
  kgnode_hold "$kFewer"
  memory "$kFewer" kgnode kgnode.service
  kgnode_hold "$kBans"
  memory "$kBans" kgnode kgnode.service 32
  # From here on the rules stay, and nobody but a peer bans.
  agent systemctl stop kgnode.service
}

# theirs PEER PREFIX
theirs() {
  local peer=$1 units=${1}_unit count
  units=${!units}
  # shellcheck disable=SC2016 # for the node's shell
  agent sh -c 'for unit in $1; do rm -f "/etc/systemd/system/$unit"; done; systemctl daemon-reload' - "$units"
  "${peer}_begin" || { missing latency_median ms "$peer" "it does not start"; return; }
  memory idle "$peer" "$units"
  if [[ $peer == crowdsec ]]; then
    missing latency_median ms "$peer" "its bouncer asks every 10 s"
  else
    latency "$peer" "$2"
  fi
  for count in "$kFewer" "$kBans"; do
    if "${peer}_hold" "$count"; then
      memory "$count" "$peer" "$units"
    else
      missing "rss_$count" MiB "$peer" "not there in time"
    fi
  done
  restore "$peer" "$units"
  "${peer}_end"
}

versions
begin_cluster 1 0 >&2
scan
one_ban
wait_for 300 is_hardened cp-1 || { echo "the node is not hardened: no figure" >&2; exit 1; }
open_to_the_world
ours
restore_ours
number=0
for peer in $(peers); do
  number=$((number + 1))
  theirs "$peer" "198.18.$number"
done
table
((missed == 0))
