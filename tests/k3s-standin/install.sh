#!/bin/bash
# Puts the stand-in into a node's root tree, where a node has K3s: install.sh TREE [VERSION]
# The tree must be one of node.packages and k3s-standin.packages. It shares files with others: they are replaced, never edited.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
tree=$1

mkdir -p "$tree/usr/local/bin" "$tree/etc/systemd/system"
python3 "$here/make.py" "$tree/usr/local/bin/k3s" "${@:2}"
ln -sfn k3s "$tree/usr/local/bin/kubectl"
# The package starts an etcd of its own, which would hold the ports of the stand-in's.
ln -sfn /dev/null "$tree/etc/systemd/system/etcd.service"
