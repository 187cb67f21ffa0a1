#!/bin/bash
# A first boot that fails is never mute: the last line on the console, or its beacon, names phase and cause; the node stays closed.
# Each failure is one call of `fault` in tests/node/first-boot-fails/, on a node of its own. A tenth of them without KGNODE_LONG. As
# arguments: names of faults, for these alone.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
# shellcheck source=tests/rig/provider.sh
source tests/rig/provider.sh

# The metadata service is asked for one minute.
readonly kTold=90 kAtOnce=5 kFolder=tests/node/first-boot-fails
only=("$@")
health_toml='secret = "00112233445566778899aabbccddeeff"'
names=() named=0
declare -A where pattern

# fault NAME often|- console|beacon PATTERN: break_NAME NODE makes it; the last line on its console begins with "kgnode firstboot: " or
# "kgnode: PHASE: " and has PATTERN, or what the server hears of it is "PHASE: REASON" with PATTERN in it.
fault() {
  if ((${#only[@]})); then
    [[ " ${only[*]} " == *" $1 "* ]] || return 0
  else
    [[ $2 == often || -n ${KGNODE_LONG:-} ]] || return 0
  fi
  names+=("$1")
  where[$1]=$3 pattern[$1]=$4
}

# shellcheck source=tests/node/first-boot-fails/documents.sh
source "$kFolder/documents.sh"
# shellcheck source=tests/node/first-boot-fails/machine.sh
source "$kFolder/machine.sh"

in_maintenance() { status_says "$1" '.phase == "maintenance"'; }
has_failed() { [[ $(node_exec "$1" systemctl is-active "$2") == failed ]]; }
sshd_is_off() { [[ $(node_exec "$1" systemctl is-active ssh.service) == inactive ]]; }
reaches() { node_exec "$1" ping -c1 -W2 "$2"; }

last_line() { grep -aE '^kgnode( firstboot)?: ' "$state/$1/console.log" | tail -n 1 | tr -d '\r'; }
heard() {
  node_exec cp-1 kgnode cluster -o json | in_build_root jq -r --arg address "$(vrack_address "$1")" \
    '.nodes[] | select(.address == $address and .state == "alive") | "\(.phase): \(.reason)"'
}
said() { if [[ $2 == console ]]; then last_line "$1"; else heard "$1"; fi; }
is_told() { grep -qE "$3" <<<"$(said "$1" "$2")"; }

# names_cause NODE FAULT
names_cause() {
  local wanted=${pattern[$2]}
  [[ ${where[$2]} != console ]] || wanted="^kgnode( firstboot|: [a-z ]+): .*($wanted)"
  is_told "$1" "${where[$2]}" "$wanted"
}
# judge NODE FAULT: once all of a round had their time, so that it is the last word.
judge() {
  if names_cause "$1" "$2"; then
    named=$((named + 1))
    ok "$2: the ${where[$2]} names phase and cause"
  else
    not_ok "$2: the ${where[$2]} names phase and cause"
  fi
  echo "fault $2 | ${where[$2]} | $(said "$1" "${where[$2]}" | cut -c1-400)"
}

# start_broken NODE FAULT
start_broken() {
  prepare_node "$1"
  "break_$2" "$1"
  start_node "$1"
}

# What a fault mounted must go before its folder does.
put_away() {
  local node mount
  power_off "$@"
  for node in "$@"; do
    mount=$state/$node/var
    while mountpoint --quiet "$mount"; do umount --lazy "$mount"; done
    detach "$node/disk.img" "$node/drive.iso"
    remove_netns "$node"
    rm -rf --one-file-system "${state:?}/$node"
  done
}
put_away_all() {
  local status=$? left
  trap '' INT TERM HUP
  set +e
  mapfile -t left < <(nodes)
  put_away "${left[@]}"
  remove_cluster
  exit "$status"
}

# tells NODE PLACE: wherever somebody may look there is the line and the column.
tells() {
  local node=$1 place=$2 other
  check_within 60 "$node is in maintenance" in_maintenance "$node"
  check "$node: the reason of the phase has the place" status_says "$node" ".reason | contains(\"$place\")"
  check "$node: so have the errors of first boot" status_says "$node" "any(.first_boot.errors[]; .text | startswith(\"$place\"))"
  check "$node: and the way out" status_says "$node" 'any(.first_boot.errors[]; .text | contains("kgnode apply"))'
  check "$node: status for people" node_exec "$node" sh -c "kgnode status | grep '^  x .*$place'"
  check "$node: journal of first boot" node_exec "$node" sh -c "journalctl -b -u kgnode-firstboot.service | grep '$place'"
  check "$node: journal of the agent" node_exec "$node" sh -c "journalctl -b -u kgnode.service | grep 'maintenance: .*$place'"
  check "$node: the unit has failed" has_failed "$node" kgnode-firstboot.service
  check "$node: the network is set all the same" reaches "$node" 10.0.0.254
  check "$node: no sshd runs" sshd_is_off "$node"
  for other in admin world; do
    check "$node: SSH is closed for $other" closed "$other" "$(public_address "$node")" 22
  done
  check "$node: SSH is closed for the vRack" closed net "$(vrack_address "$node")" 22
}

# repair NODE: as somebody at the console would.
repair() {
  node_toml "$1" | node_exec "$1" sh -c 'cat >/run/kgnode/node.toml.rejected'
  node_exec "$1" kgnode apply /run/kgnode/node.toml.rejected >/dev/null
}

# look_closely NODE FAULT: at two of them.
look_closely() {
  case $2 in
    table_not_closed)
      tells "$1" /run/kgnode/node.toml.rejected:3:6
      check "$1: the corrected copy is applied" repair "$1"
      check_within 60 "then it is hardened" is_hardened "$1"
      check_within 30 "and the operator logs in" ssh_to admin "$1" true
      ;;
    role_misspelt)
      tells "$1" /run/kgnode/node.toml.rejected:5:8
      # What is written by hand is judged the same.
      node_toml "$1" | sed 's/"worker"/"wroker"/' | node_exec "$1" sh -c 'mkdir -p /etc/kgnode && cat >/etc/kgnode/node.toml'
      check_within 20 "a broken file put there later is named with its place" \
        status_says "$1" '.phase == "maintenance" and (.reason | contains("/etc/kgnode/node.toml:5:8: "))'
      ;;
  esac
}

((${#names[@]})) || not_ok "there are faults"
if [[ -n ${KGNODE_LONG:-} || "${only[*]}" =~ (token|server_does)_ ]]; then use_k3s_standin; fi
start_cluster 1 0
trap 'put_away_all' EXIT
mapfile -t workers < <(seq --format worker-%.0f "${#names[@]}")
add_provider "${workers[@]}"
number=0
while ((number < ${#names[@]})); do
  round=()
  for name in "${names[@]:number:kAtOnce}"; do
    number=$((number + 1))
    round+=("worker-$number")
    start_broken "worker-$number" "$name"
  done
  for node in "${round[@]}"; do
    wait_for "$kTold" names_cause "$node" "${names[${node#worker-} - 1]}" || true
  done
  for node in "${round[@]}"; do
    name=${names[${node#worker-} - 1]}
    judge "$node" "$name"
    look_closely "$node" "$name"
  done
  put_away "${round[@]}"
done
echo "figure first boots that fail: $named of ${#names[@]} name phase and cause"
finish
