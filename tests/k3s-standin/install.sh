#!/bin/bash
# Puts the stand-in into a node's root tree, where a node has K3s: install.sh TREE [VERSION]
# The tree must be one of node.packages and k3s-standin.packages. It shares files with others: they are replaced, never edited.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
tree=$1

mkdir -p "$tree/usr/local/bin" "$tree/etc/systemd/system" "$tree/var/lib/kgnode/k3s/bin"
checkout=$(dirname "$(dirname "$here")")
# The machine need not have a Python.
"$checkout/image/enter.sh" "${KGNODE_BUILD_ROOT:?}" "$checkout" python3 "$here/make.py" "$tree/var/lib/kgnode/k3s/bin/k3s" "${@:2}"
# The root is read-only, as the image's is.
ln -sfn /var/lib/kgnode/k3s/bin/k3s "$tree/usr/local/bin/k3s"
ln -sfn k3s "$tree/usr/local/bin/kubectl"
# The package starts an etcd of its own, which would hold the ports of the stand-in's.
ln -sfn /dev/null "$tree/etc/systemd/system/etcd.service"
# A node of the rig has no control groups of its own, and time is short: K3S_STANDIN_SPEED of the caller, otherwise ten times K3s' pace.
mkdir -p "$tree/usr/local/lib/k3s-standin"
echo "cpuset cpu io memory pids" >"$tree/usr/local/lib/k3s-standin/cgroup.controllers"
# Nor kernel parameters: those of the machine it is on are seen, and cannot be set.
for value in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  file=$tree/usr/local/lib/k3s-standin/proc-sys/${value%=*}
  mkdir -p "$(dirname "$file")"
  echo "${value#*=}" >"$file"
done
# For every unit: the reset of a restore runs in one of its own.
mkdir -p "$tree/etc/systemd/system.conf.d"
printf '[Manager]\nDefaultEnvironment=K3S_STANDIN_SPEED=%s K3S_STANDIN_CGROUP=/usr/local/lib/k3s-standin K3S_STANDIN_PROC_SYS=/usr/local/lib/k3s-standin/proc-sys\n' \
  "${K3S_STANDIN_SPEED:-10}" >"$tree/etc/systemd/system.conf.d/k3s-standin.conf"
