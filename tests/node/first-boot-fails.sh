#!/bin/bash
# A first boot that fails is never mute: console, journal and status say what, where and what to do; the node stays closed.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

# The user data of cp-1 is no TOML, the one of worker-1 is no configuration.
user_data() {
  case $1 in
    cp-1) printf 'schema = 1\n\n[node\nname = "cp-1"\n' ;;
    *) node_toml "$1" | sed 's/"worker"/"wroker"/' ;;
  esac
}

in_maintenance() { status_says "$1" '.phase == "maintenance"'; }
has_failed() { [[ $(node_exec "$1" systemctl is-active "$2") == failed ]]; }
sshd_is_off() { [[ $(node_exec "$1" systemctl is-active ssh.service) == inactive ]]; }
reaches() { node_exec "$1" ping -c1 -W2 "$2"; }

# tells NODE PLACE: wherever somebody may look there is the line and the column.
tells() {
  local node=$1 place=$2 other
  check "$node: the reason of the phase has the place" status_says "$node" ".reason | contains(\"$place\")"
  check "$node: so have the errors of first boot" status_says "$node" "any(.first_boot.errors[]; .text | startswith(\"$place\"))"
  check "$node: and the way out" status_says "$node" 'any(.first_boot.errors[]; .text | contains("kgnode apply"))'
  check "$node: status for people" node_exec "$node" sh -c "kgnode status | grep '^  x .*$place'"
  check "$node: console" grep -a "kgnode firstboot: .*$place" "$state/$node/console.log"
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

# repair: as somebody at the console would.
repair() {
  node_toml cp-1 | node_exec cp-1 sh -c 'cat >/run/kgnode/node.toml.rejected'
  node_exec cp-1 kgnode apply /run/kgnode/node.toml.rejected
}

begin_cluster 1 1
for node in cp-1 worker-1; do
  check_within 90 "$node is in maintenance" in_maintenance "$node"
done
tells cp-1 /run/kgnode/node.toml.rejected:3:6
tells worker-1 /run/kgnode/node.toml.rejected:5:8

check "the corrected copy is applied" repair
check_within 60 "then cp-1 is hardened" is_hardened cp-1
check_within 30 "and the operator logs in" ssh_to admin cp-1 true

# What is written by hand is judged the same.
user_data worker-1 | node_exec worker-1 sh -c 'mkdir -p /etc/kgnode && cat >/etc/kgnode/node.toml'
check_within 20 "a broken file put there later is named with its place" \
  status_says worker-1 '.phase == "maintenance" and (.reason | contains("/etc/kgnode/node.toml:5:8: "))'
finish
