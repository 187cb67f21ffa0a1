#!/bin/bash
# Faults of a node as the others see them: how soon each shows with its cause, how soon it is gone after the repair, and that lost packets
# alone change nothing. Three servers and three workers with a stand-in for K3s when KGNODE_LONG is set, otherwise one of each without.
# As arguments: names of faults, for these alone. KGNODE_FLAP_SECONDS: how long packets are lost.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
source tests/bench/figure.sh

# What is promised is 15 s; the figures say how it was, and this is only where waiting ends.
readonly kPromised=15 kLimit=45
only=("$@")
flap_seconds=${KGNODE_FLAP_SECONDS:-60}
[[ -z ${KGNODE_LONG:-} ]] || flap_seconds=${KGNODE_FLAP_SECONDS:-3600}
health_toml='secret = "00112233445566778899aabbccddeeff"'
shown=() healed=()

now() { date +%s.%N; }
# cable NODE PROPERTY...: changes the rig's end of its cable to the vRack.
cable() { ip -n "$(netns net)" link set "$1.eth1" "${@:2}"; }
row() {
  node_exec "$1" kgnode cluster -o json | in_build_root jq -c --arg address "$(vrack_address "$2")" '.nodes[] | select(.address == $address)'
}
others() { nodes | grep -vx "$1"; }
# all_say NODE FILTER: asked at the same time, and judged by one program, so that looking takes no part in the seconds.
all_say() {
  local by asked=()
  rm -f "$state"/seen.*
  for by in $(others "$1"); do
    node_exec "$by" kgnode cluster -o json >"$state/seen.$by" &
    asked+=($!)
  done
  wait "${asked[@]}" || return 1
  cat "$state"/seen.* | in_build_root jq --slurp -e --arg address "$(vrack_address "$1")" --argjson count "$(others "$1" | wc -l)" \
    "length == \$count and all(.[]; any(.nodes[] | select(.address == \$address); $2))" >/dev/null
}
all_are_well() {
  local node
  for node in $(nodes); do all_say "$node" '.state == "alive" and (.path_is_narrow | not)' || return 1; done
}

# seconds_until NODE FILTER: how long it took until all others say so; fails at the limit.
seconds_until() {
  local begin
  begin=$(now)
  wait_for "$kLimit" all_say "$1" "$2" || return 1
  calculate "$(now) - $begin" %.1f
}

# fault NAME NODE FILTER INJECT HEAL: FILTER is true of the node's row while the others see it; not after HEAL.
fault() {
  local name="$1 of $2" node=$2 filter=$3 inject=$4 heal=$5 took
  ((${#only[@]} == 0)) || [[ " ${only[*]} " == *" $1 "* ]] || return 0
  eval "$inject"
  if took=$(seconds_until "$node" "$filter"); then
    shown+=("$took")
    ok "$name shows on the others"
    echo "fault $name | shown $took s | $(row "$(others "$node" | head -n 1)" "$node" | in_build_root jq -r .why | cut -c1-200)"
  else
    not_ok "$name shows on the others"
    for by in $(others "$node"); do row "$by" "$node"; done
  fi
  eval "$heal"
  if took=$(seconds_until "$node" ".state == \"alive\" and ($filter | not)"); then
    healed+=("$took")
    ok "$name is over"
    echo "fault $name | healed $took s"
  else
    not_ok "$name is over"
    for by in $(others "$node"); do row "$by" "$node"; done
  fi
}

# trouble CHECK: it has failed, or cannot be told any more.
trouble() { echo "any(.troubles[]; .id == \"$1\")"; }
has_data_disk() { node_exec "$1" mountpoint --quiet /var/lib/longhorn; }
unit_of() { [[ $1 == worker-* ]] && echo k3s-agent || echo k3s; }

# prepare_clock NODE: its agent reads a clock that may be wrong.
prepare_clock() {
  in_build_root g++ -shared -fPIC -O2 -o "$state/wrong_clock.so" tests/rig/wrong_clock.cpp
  cp "$state/wrong_clock.so" "$state/$1/var/tmp/"
  node_exec "$1" sh -c 'mkdir -p /run/systemd/system/kgnode.service.d && echo 0 >/run/clock-offset &&
    printf "[Service]\nEnvironment=LD_PRELOAD=/var/lib/wrong_clock.so WRONG_CLOCK=/run/clock-offset\n" >/run/systemd/system/kgnode.service.d/clock.conf &&
    mv /var/tmp/wrong_clock.so /var/lib/ && systemctl daemon-reload && systemctl restart kgnode.service'
}
set_clock() { node_exec "$1" sh -c "echo $2 >/run/clock-offset"; }

# A file system that was shut down as one whose disk is gone is: XFS answers every call with an error, ext4 says so in its options.
# FS_IOC_SHUTDOWN is the same for both.
cut_disk() {
  node_exec "$1" python3 -c 'import fcntl, os, struct; fcntl.ioctl(os.open("/var/lib/longhorn", os.O_RDONLY), 0x8004587d, struct.pack("I", 2))'
}
mount_again() { node_exec "$1" systemctl restart var-lib-longhorn.mount; }

# faults_of NODE
faults_of() {
  local node=$1
  fault cut-from-vrack "$node" '(.state == "suspect" or .state == "gone") and (.why | test("silent for"))' "cable $node down" "cable $node up"
  wait_for 60 all_are_well || true
  fault mtu-black-hole "$node" '.path_is_narrow and (.why | test("MTU"))' "cable $node mtu 1400" "cable $node mtu $kVrackMtu"
  if prepare_clock "$node"; then
    wait_for 60 all_are_well || true
    fault wrong-clock "$node" '(.clock_ahead_milliseconds // 0) > 20000 and (.why | test("its clock is"))' "set_clock $node 30" "set_clock $node 0"
  else
    skip "wrong-clock of $node" "no clock of its own can be preloaded here"
  fi
  if has_data_disk "$node"; then
    fault data-disk-full "$node" "$(trouble health.space./var/lib/longhorn)" \
      "node_exec $node sh -c 'fallocate -l \$((\$(stat -f -c \"%a * %S\" /var/lib/longhorn) * 98 / 100)) /var/lib/longhorn/filler'" \
      "node_exec $node rm /var/lib/longhorn/filler"
    fault data-disk-read-only "$node" "$(trouble health.writable./var/lib/longhorn)" \
      "node_exec $node mount -o remount,ro /var/lib/longhorn" "node_exec $node mount -o remount,rw /var/lib/longhorn"
    fault data-disk-gone "$node" "any(.troubles[]; .text | test(\"I/O errors|an error of its disk\"))" "cut_disk $node" "mount_again $node"
  elif [[ $node == worker-* ]]; then
    skip "data disk of $node" "this machine's kernel mounts no data disk"
  fi
  [[ -z ${k3s_standin:-} ]] || {
    # It went with its disk, and hangs differently while it starts.
    wait_for 120 is_ready "$node" || true
    fault k3s-hangs "$node" '.phase == "degraded" and (.reason | test("^k3s: the API does not answer"))' \
      "node_exec $node systemctl kill --kill-whom=all --signal=STOP $(unit_of "$node")" \
      "node_exec $node systemctl kill --kill-whom=all --signal=CONT $(unit_of "$node")"
  }
}

# lose_packets NODE: two of a hundred that come over its vRack.
lose_packets() {
  node_exec "$1" nft 'add table inet loss; add chain inet loss input { type filter hook input priority -300; }
    add rule inet loss input iifname "eth1" numgen random mod 100 < 2 counter drop'
}
lost() { node_exec "$1" nft list table inet loss | sed -nE 's/.*counter packets ([0-9]+).*/\1/p'; }
# changes_since TIME: of states and phases, as each node has them in its history.
changes_since() {
  local node
  for node in $(nodes); do
    node_exec "$node" curl --silent --unix-socket /run/kgnode/admin.sock http://node/v1/figures |
      in_build_root jq -c --arg by "$node" --arg since "$1" '.history.changes[] | select(.time > $since) | {by: $by, time, name, state, phase, why}'
  done
}

if [[ -n ${KGNODE_LONG:-} ]]; then
  # K3s' own pace: how long a kubelet may be silent decides whether a node flaps.
  export K3S_STANDIN_SPEED=1
  use_k3s_standin
  begin_cluster 3 3
  for node in $(nodes); do check_within 600 "$node is ready" is_ready "$node"; done
  broken=(cp-2 worker-2)
else
  start_cluster 1 1
  broken=(worker-1)
fi
check_within 60 "every node sees every other one" all_are_well
for node in "${broken[@]}"; do faults_of "$node"; done

if ((${#only[@]} == 0)) || [[ " ${only[*]} " == *" lost-packets "* ]]; then
  check_within 120 "all are well again" all_are_well
  if lose_packets "$(nodes | head -n 1)"; then
    for node in $(nodes | tail -n +2); do
      lose_packets "$node"
      # Beacons are few, and of few none may be lost.
      node_start "$node" chatter ping -q -i 0.1 "$(vrack_address cp-1)"
    done
    # What the last repair still settles is no flapping.
    sleep 20
    since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    sleep "$flap_seconds"
    changes_since "$since" >"$state/changes"
    cat "$state/changes"
    dropped=0
    for node in $(nodes); do dropped=$((dropped + $(lost "$node"))); done
    check "packets were lost" test "$dropped" -gt 0
    check "with 2 % of the packets lost nothing changes for $flap_seconds s" test ! -s "$state/changes"
    echo "figure health faults: $(wc -l <"$state/changes") changes of state in $flap_seconds s with $dropped packets lost"
  else
    skip "lost packets" "this kernel's nftables has no random numbers"
  fi
fi

# tell WORD SECONDS...
tell() {
  local word=$1 sorted within=0 each
  shift
  (($#)) || return 0
  mapfile -t sorted < <(printf '%s\n' "$@" | sort -g)
  for each in "${sorted[@]}"; do awk "BEGIN { exit !($each <= $kPromised) }" && within=$((within + 1)); done
  echo "figure health faults: $word after median $(median "${sorted[@]}") s, max ${sorted[-1]} s, $within of $# within $kPromised s"
}
tell shown "${shown[@]}"
tell healed "${healed[@]}"
finish
