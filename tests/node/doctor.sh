#!/bin/bash
# The doctor: what Longhorn asks of a node is told with evidence, an item that is broken is found, and mended where it can be.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

worker() { node_exec worker-1 "$@"; }
# Its exit status is that of the checks.
doctor() { { node_exec "$1" kgnode doctor -o json || true; } | in_build_root jq -er "$2"; }
outcome() { [[ $(doctor worker-1 ".checks[] | select(.id == \"$1\") | .outcome") == "$2" ]]; }
has_remedy() { doctor worker-1 ".checks[] | select(.id == \"$1\") | .remedy != null" >/dev/null; }
initiator() { worker cat /etc/iscsi/initiatorname.iscsi; }
is_named() { initiator | grep -q '^InitiatorName=iqn\.1993-08\.org\.debian:01:[0-9a-f]\{12\}$'; }

# found NAME ID OUTCOME: a break was made; the doctor says so, with a way out.
found() { check "$1" outcome "$2" "$3" && check "$1: with a remedy" has_remedy "$2"; }

start_cluster 1 1
check_within 30 "the data disk is mounted" worker mountpoint --quiet /var/lib/longhorn
for item in iscsi_initiator iscsid nfs_version programs mount_propagation data_path multipath kernel reservation \
  package.nfs-common package.open-iscsi package.cryptsetup package.dmsetup; do
  check "longhorn.$item passes" outcome "longhorn.$item" pass
done
for domain in firewall ban modules sysctl ssh storage longhorn; do
  check "$domain is in sync" outcome "$domain.in_sync" pass
done
check "the log is whole" outcome node.log pass
for module in iscsi_tcp nfs dm_crypt; do
  if [[ -d /sys/module/$module ]]; then
    skip "a module that is not there fails: $module" "this machine's kernel has it"
  else
    found "a module that is not there fails: $module" "longhorn.module.$module" fail
  fi
done
check "a node without volumes is not asked for them" doctor cp-1 '[.checks[] | select(.id | startswith("longhorn."))] | length == 1'
check "a check that did not pass shows in the exit status" worker sh -c '! kgnode doctor >/dev/null'
check "the table ends with the counts" worker sh -c 'kgnode doctor | tail -n 1 | grep -Eq "^[0-9]+ passed, [0-9]+ failed, [0-9]+ unknown, [0-9]+ not applicable$"'

name=$(initiator)
worker sh -c 'echo GenerateName=yes >/etc/iscsi/initiatorname.iscsi'
check_within 30 "the initiator's name is mended" is_named
check "it is the same name" test "$(initiator)" = "$name"
worker sh -c 'echo InitiatorName=iqn.2026-01.org.example:mine >/etc/iscsi/initiatorname.iscsi'
check "a name that somebody else gave passes" outcome longhorn.iscsi_initiator pass
check "and stays when the node is put in order" worker sh -c 'kgnode apply /etc/kgnode/node.toml >/dev/null; grep -q example:mine /etc/iscsi/initiatorname.iscsi'

worker sh -c 'printf "[ NFSMount_Global_Options ]\nDefaultvers=3\n" >/etc/nfsmount.conf'
found "an old version of NFS as the default is found" longhorn.nfs_version fail
worker rm /etc/nfsmount.conf
worker mount --make-rprivate /
found "a mount that is not shared is found" longhorn.mount_propagation fail
worker mount --make-rshared /
worker systemctl stop iscsid.socket iscsid.service
found "an initiator that does not run is found" longhorn.iscsid fail
worker systemctl start iscsid.socket
worker mount -o remount,noexec /var/lib/longhorn
found "a data disk from which nothing can be run is found" longhorn.data_path fail
worker mount -o remount,exec /var/lib/longhorn
worker dpkg --force-depends --purge dmsetup
found "a package that is missing is found" longhorn.package.dmsetup fail

worker sh -c 'echo "schema = 2" >/etc/kgnode/node.toml'
check_within 30 "a broken configuration is found" outcome node.configuration fail
finish
