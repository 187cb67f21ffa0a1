#!/bin/bash
# Runs a command in a control group of its own, with nothing but a pure cgroup2 tree in sight: contain.sh GROUP COMMAND...
# systemd in a container needs such a tree; where systemd also runs the host, it is asked for a delegated scope instead.
set -euo pipefail
group=$1
shift

if [[ -d /run/systemd/system && $(stat -fc %T /sys/fs/cgroup) == cgroup2fs ]]; then
  exec systemd-run --quiet --scope --collect --unit="$group" --property=Delegate=yes -- "$@"
fi

if [[ ${KGNODE_CONTAINED:-} != "$group" ]]; then
  # Mounts of the host still arrive here (a new network namespace is one), ours do not get out.
  KGNODE_CONTAINED=$group exec unshare --mount --propagation slave "$0" "$group" "$@"
fi
unset KGNODE_CONTAINED
umount -R /sys/fs/cgroup 2>/dev/null || umount -R -l /sys/fs/cgroup || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p "/sys/fs/cgroup/$group"
echo $$ >"/sys/fs/cgroup/$group/cgroup.procs"
exec "$@"
