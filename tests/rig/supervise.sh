#!/bin/bash
# Runs one node and starts it again when it reboots, as a hypervisor would: supervise.sh NODE CLUSTER_ID
# The caller exports state and the devices. systemd-nspawn is never killed: its container would live on.
# shellcheck disable=SC2154 # these come from the caller
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/rig/net.sh
source "$here/net.sh"

node=$1
cluster_id=$2
echo $$ >"$state/$node/supervisor.pid"
readonly kRebootStatus=133 # what systemd-nspawn --keep-unit ends with when the container asked for a reboot

# Units that cannot work in a container: no console, no kernel audit, no RPC pipe file system.
masks=()
for unit in console-getty.service audit-rules.service run-rpc_pipefs.mount; do
  masks+=("--bind-ro=/dev/null:/etc/systemd/system/$unit")
done

devices=("--bind=$disk_device:/dev/sdb")
[[ -z $drive_device ]] || devices+=("--bind=$drive_device:/dev/sr0")

# The root is the read-only tree under a layer in memory, /var is the node's own: as in the disk image. A test that has one node and
# installs packages on it sets writable_root: then the tree itself is the node's.
layer=(--volatile=overlay)
[[ -z ${writable_root:-} ]] || layer=()
run() {
  SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network \
    "$here/contain.sh" "kgnode-$cluster_id-$node" \
    systemd-nspawn --quiet --directory="$state/tree" "${layer[@]}" --bind="$state/$node/var:/var" \
    --register=no --keep-unit --boot --machine="$node" --uuid="$(cat "$state/$node/uuid")" \
    --console=read-only --link-journal=no --resolv-conf=off --timezone=off --capability=all \
    --network-namespace-path="/run/netns/$(netns "$node")" \
    "${devices[@]}" "${masks[@]}" \
    </dev/null >>"$state/$node/console.log" 2>&1
}

"$here/udev_standin.sh" "$node" "${disk_device#/dev/}" &
standin=$!
trap 'kill "$standin" 2>/dev/null || true' EXIT

status=$kRebootStatus
while ((status == kRebootStatus)); do
  add_node_network "$node"
  status=0
  run || status=$?
  echo "$status" >"$state/$node/exit-status"
done
