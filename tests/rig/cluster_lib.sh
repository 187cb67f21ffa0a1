#!/bin/bash
# Nodes and clusters as functions: start, stop, look inside. To be sourced, with the variable cluster set to a name.
#
# Everything of a cluster is found again by its identity: the state folder, namespaces kg-ID-*, control groups
# kgnode-ID-*, loop devices whose files are in the state folder. So what one process made another can remove.

rig=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
checkout=$(dirname "$(dirname "$rig")")
# Two checkouts may each have a cluster of the same name.
cluster_id=$(sha256sum <<<"$checkout ${cluster:?}" | cut -c1-6)
state=${KGNODE_CACHE:?}/clusters/$cluster-$cluster_id
export cluster cluster_id state

# shellcheck source=tests/rig/stage.sh
source "$rig/stage.sh"
# shellcheck source=tests/rig/net.sh
source "$rig/net.sh"
# shellcheck source=tests/rig/drive.sh
source "$rig/drive.sh"

readonly kStopSeconds=40
# shellcheck disable=SC2034 # for those who use the stand-in
readonly kStandinVersion=v1.34.3+k3s1

in_build_root() {
  "$checkout/image/enter.sh" "${KGNODE_BUILD_ROOT:?}" "$checkout" "$@"
}

# wait_for SECONDS COMMAND...: until it succeeds; fails at the deadline.
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    sleep 0.2
  done
}

# nodes: the names of this cluster's nodes.
nodes() {
  local folder
  for folder in "$state"/{cp,worker}-*/var; do
    [[ ! -d $folder ]] || basename "$(dirname "$folder")"
  done
}

# leader NODE: process 1 of a running node, as this machine numbers it; nothing when it does not run.
leader() {
  local pid
  for pid in $(ip netns pids "$(netns "$1")" 2>/dev/null); do
    if awk '/^NSpid:/ { exit !(NF == 3 && $3 == 1) }' "/proc/$pid/status" 2>/dev/null; then
      echo "$pid"
      return
    fi
  done
}

# supervisor NODE: the process that runs it; nothing when there is none.
supervisor() {
  local pid
  pid=$(cat "$state/$1/supervisor.pid" 2>/dev/null) || return 0
  if tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q "supervise.sh $1 $cluster_id "; then
    echo "$pid"
  fi
}

is_up() { [[ -n $(leader "$1") ]]; }
is_down() { [[ -z $(leader "$1") && -z $(supervisor "$1") ]]; }

# node_exec NODE COMMAND...: in all namespaces of a running node, as root.
node_exec() {
  local node=$1 pid
  shift
  pid=$(leader "$node")
  [[ -n $pid ]] || { echo "node '$node' is not running" >&2; return 1; }
  nsenter --target "$pid" --mount --uts --ipc --net --pid --cgroup --root --wd \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin TERM="${TERM:-dumb}" HOME=/root LANG=C.UTF-8 "$@"
}

# attach FILE [losetup option]: a loop device for a file; prints it.
attach() {
  local device
  device=$(losetup --find)
  # Where /dev is not kept by the kernel, only the first few have a file.
  [[ -e $device ]] || mknod "$device" b 7 "${device#/dev/loop}"
  losetup --find --show "${@:2}" "$1"
}

# detach FILE...: frees the loop devices of these files of the state folder.
detach() {
  local file device
  for file in "$@"; do
    [[ -e $state/$file ]] || continue
    for device in $(losetup --noheadings --output NAME --associated "$state/$file"); do
      losetup --detach "$device"
    done
  done
}

# seed_cloud_init NODE: what cloud-init and netplan need in a container.
seed_cloud_init() {
  local link folder
  # cloud-init looks for no drive in a container and mounts what it finds, which needs a kernel with ISO 9660; its seed folder is
  # the same data source without both.
  mkdir -p "$state/$1/var/lib/cloud/seed"
  cp -a "$state/$1/drive" "$state/$1/var/lib/cloud/seed/config_drive"
  # netplan finds a card by its permanent address, which one end of a pair does not have.
  for link in eth0 eth1; do
    folder=$state/tree/etc/systemd/network/10-netplan-$link.network.d
    mkdir -p "$folder"
    printf '[Match]\nPermanentMACAddress=\nName=%s\n' "$link" >"$folder/rig.conf"
  done
}

# prepare_node NODE: what a provider hands over: an empty /var, a config drive, a blank data disk.
prepare_node() {
  local folder=$state/$1
  mkdir -p "$folder"
  cp -a "$state/tree/var" "$folder/var"
  make_drive "$1"
  [[ -z ${seed_cloud_init:-} ]] || seed_cloud_init "$1"
  truncate -s 2G "$folder/disk.img"
  instance_id "$1" >"$folder/uuid"
}

# replace_node NODE TREE: the same instance once more, from another image: same identity and network, everything else new.
replace_node() {
  power_off "$1"
  detach "$1/disk.img" "$1/drive.iso"
  rm -rf --one-file-system "${state:?}/$1"
  "${root_tree:-$checkout/image/root-tree.sh}" "$2" "$state/tree"
  prepare_node "$1"
  start_node "$1"
}

# start_node NODE: without a config drive when there is no medium.
start_node() {
  local folder=$state/$1 disk_device drive_device=
  detach "$1/disk.img" "$1/drive.iso"
  disk_device=$(attach "$folder/disk.img" --partscan)
  # Not every kernel reads GPT by itself.
  in_build_root partx --add "$disk_device" >/dev/null 2>&1 || true
  [[ ! -e $folder/drive.iso ]] || drive_device=$(attach "$folder/drive.iso" --read-only)
  # In a session of its own: a Ctrl-C at the terminal is for us, and we then stop the node in an orderly way.
  disk_device=$disk_device drive_device=$drive_device \
    setsid "$rig/supervise.sh" "$1" "$cluster_id" </dev/null >>"$folder/supervisor.log" 2>&1 &
}

# power_off NODE...: asks each process 1, and again, because a starting one does not listen yet; then pulls the plug.
power_off() {
  local start=$SECONDS node pid left=("$@")
  while ((${#left[@]})); do
    for node in "${left[@]}"; do
      pid=$(leader "$node")
      [[ -z $pid ]] || kill -s "$(stop_signal $((SECONDS - start)))" "$pid" 2>/dev/null || true
    done
    sleep 1
    mapfile -t left < <(for node in "${left[@]}"; do is_down "$node" || echo "$node"; done)
  done
}

# stop_signal SECONDS_WAITED: "power off" as systemd in a container understands it, in the end a plain kill.
stop_signal() {
  (($1 < kStopSeconds)) && echo RTMIN+4 || echo KILL
}

# power_cut NODE: no warning; processes end at once and nothing is written any more. start_node starts it again.
power_cut() {
  local pid
  pid=$(leader "$1")
  [[ -z $pid ]] || kill -s KILL "$pid"
  wait_for 20 is_down "$1"
}

# reboot_node NODE: returns when another process 1 runs.
reboot_node() {
  local before
  before=$(leader "$1")
  node_exec "$1" systemctl reboot >/dev/null 2>&1 || true
  wait_for 60 leader_changed "$1" "$before"
}

leader_changed() {
  local now
  now=$(leader "$1")
  [[ -n $now && $now != "$2" ]]
}

# remove_groups: the control groups of stopped nodes; a host that runs systemd has removed them itself.
remove_groups() {
  unshare --mount --propagation private bash -c '
    mount -t cgroup2 cgroup2 /mnt
    find /mnt -depth -type d -path "/mnt*/kgnode-$1-*" -exec rmdir {} + 2>/dev/null' - "$cluster_id" || true
}

# remove_cluster: all of it, whatever state it is in; does nothing when there is nothing.
remove_cluster() {
  local names
  mapfile -t names < <(nodes)
  # What can be removed is, even if something else cannot.
  set +e
  power_off "${names[@]}"
  detach "${names[@]/%//disk.img}" "${names[@]/%//drive.iso}"
  remove_network
  remove_groups
  rm -rf --one-file-system "$state"
  set -e
}

# make_cluster CONTROL_PLANES WORKERS: starts the nodes and returns; they may still be booting.
make_cluster() {
  mkdir -p "$state"
  in_build_root ssh-keygen -q -t ed25519 -N '' -C ops -f "$state/key"
  stage "make the nodes' root tree" "${root_tree:-$checkout/image/root-tree.sh}" "${KGNODE_NODE_TREE:?}" "$state/tree"
  add_k3s
  stage "make their network" add_network
  stage "start $1+$2 nodes" start_nodes "$1" "$2"
}

# add_k3s: to the nodes' root tree: the stand-in of the version k3s_standin, or the file k3s_binary; nothing when neither is set.
add_k3s() {
  [[ -z ${k3s_standin:-} ]] || "$checkout/tests/k3s-standin/install.sh" "$state/tree" "$k3s_standin"
  [[ -z ${k3s_binary:-} ]] || install -D -m 0755 "$k3s_binary" "$state/tree/usr/local/bin/k3s"
}

# k3s_token_toml: a password that lets nodes into their cluster, as a line of node.toml for k3s_toml.
k3s_token_toml() {
  echo "token = \"$(od -An -N16 -tx1 /dev/urandom | tr -d " \n")\""
}

# start_nodes CONTROL_PLANES WORKERS
start_nodes() {
  local number node names=()
  control_planes=$1 # also for nodes that are replaced later
  for ((number = 1; number <= $1; number++)); do names+=("cp-$number"); done
  for ((number = 1; number <= $2; number++)); do names+=("worker-$number"); done
  for node in "${names[@]}"; do
    prepare_node "$node"
    start_node "$node"
  done
}

# has_agent: whether the tree runs kgnode as a service.
has_agent() {
  [[ -e $state/tree/usr/lib/systemd/system/kgnode.service ]]
}

# is_settled NODE: PID 1 has nothing left to do and no unit has failed.
is_settled() {
  [[ $(node_exec "$1" systemctl is-system-running 2>/dev/null) == running ]]
}

# is_in_phase NODE PATTERN: by the agent's own word.
is_in_phase() {
  grep -qE "\"phase\" *: *\"($2)\"" <<<"$(node_exec "$1" kgnode status -o json 2>/dev/null)"
}

is_ready() { is_in_phase "$1" ready; }

# is_hardened NODE: a tree without agent is as good as it gets when it is settled.
is_hardened() {
  if has_agent; then
    is_in_phase "$1" 'hardened|joining|ready'
  else
    is_settled "$1"
  fi
}
