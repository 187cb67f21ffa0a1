#!/bin/bash
# A machine starts from the disk image with a config drive and a blank disk, and becomes a hardened node; a second start keeps what
# is to be kept.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
# shellcheck source=tests/rig/vm_lib.sh
source tests/rig/vm_lib.sh

worker() { vm_exec worker-1 "$@"; }
says() { [[ $(worker "$1") == "$2" ]]; }
is_running() { says 'systemctl is-system-running' running; }

vrack_card() {
  worker "cd /sys/class/net && for card in *; do
    [ \"\$(cat \$card/address)\" != $(mac worker-1 1) ] || { cat \$card/mtu; ip -o -4 address show dev \$card; }
  done" | tee /dev/stderr | tr '\n' ' ' | grep -qE "^$kVrackMtu .* $(vrack_address worker-1)/24 "
}

firewall_before_network() {
  worker 'systemctl show --property=ActiveEnterTimestampMonotonic --value kgnode-early.service
    systemctl show --property=ExecMainStartTimestampMonotonic --value systemd-networkd.service' | tee /dev/stderr |
    { read -r closed && read -r network && ((closed > 0 && closed < network)); }
}

# Sockets that another machine could reach: SSH, and the agent's own two, which the firewall keeps to the vRack.
listens_as_documented() {
  local found
  found=$(worker 'ss -Hlntu' | tee /dev/stderr | awk '{ print $5 }' | grep -vE '^(127\.|\[::1\])')
  grep -q ':22$' <<<"$found" && ! grep -vE ':(22|9180|9181)$' <<<"$found"
}

# guest_agent_says PATTERN COMMAND [ARGUMENTS]
guest_agent_says() {
  in_vm_tree python3 "$rig/guest_agent.py" "$state/worker-1/guest-agent" "$kShellSeconds" "${@:2}" | tee /dev/stderr | grep -q "$1"
}

# What a second start must find as it was.
kept='ssh-keygen -lf /var/lib/kgnode/ssh/ssh_host_ed25519_key.pub; cat /etc/machine-id /etc/iscsi/initiatorname.iscsi
  cat /etc/kgnode/node.toml /etc/rancher/node/password; findmnt --noheadings --output UUID /var/lib/longhorn; id admin'

check_image() {
  check "no unit was left out because of an ordering cycle" worker '! journalctl -b --no-pager _PID=1 | grep "ordering cycle"'
  check "the root is the read-only file system that its hash verifies" \
    worker 'findmnt -t erofs -O ro / && veritysetup status root | grep -q "status:.*verified" && ! touch /usr/x && ! mount -o remount,rw /'
  check "/var has taken the rest of the disk" worker '[ "$(df --output=size -BG /var | tail -n 1 | tr -dc 0-9)" -ge 7 ]'
  check "the kernel is locked down" worker 'grep -F "[integrity]" /sys/kernel/security/lockdown'
  check "AppArmor confines chronyd" worker 'grep -F "(enforce)" "/proc/$(pgrep -xo chronyd)/attr/current" && chronyc -n activity'
  check "the machine id is the instance's" says 'cat /etc/machine-id' "$(tr -d - <"$state/worker-1/uuid")"
  check "no account has a password" worker '! grep -vE "^[^:]*:[!*]" /etc/shadow'
  check "nobody can log in at a console" worker '! pgrep -a "agetty|login$"'
  check "no program gives its caller the rights of another" worker '! find / -xdev -type f -perm /6000 | grep .'
  check "an operator can ping all the same" ssh_to admin worker-1 ping -c1 -W5 10.0.0.254
  check "no interpreter of scripts but the shell's" worker '! command -v perl python3'
  check_within 300 "the slot counts as good" worker 'ls /efi/EFI/Linux | tee /dev/stderr | grep -qx "kgnode_[0-9.]*\.efi"'
  check "the kernel's configuration is there" worker 'kgnode doctor | grep "^pass *longhorn.nfs_kernel"'
  check "dpkg knows its packages" worker 'dpkg-query --show open-iscsi nfs-common'
  check "the serial console shows the status" vm_console worker-1 '^phase +hardened'
  check "the screen shows the dashboard" worker 'tr -cs "[:print:]" " " <"/dev/vcs1" | tee /dev/stderr | grep -q "hardened.*Nodes.*read-only console"'
}

mebibytes() { awk '{ printf "%.0f MiB", $1 / 1048576 }' <<<"$1"; }
size_of() { mebibytes "$(stat --format="${2:-%s}" "${KGNODE_IMAGE%.raw}.$1")"; }

# What it costs. Times are those of an emulated machine: on a processor of its own a start is several times faster.
figures() {
  echo "figure disk image: .raw.zst $(size_of raw.zst), .qcow2 $(size_of qcow2), root $(mebibytes "$(worker 'df --output=used -B1 / | tail -n 1')"), kernel file $(size_of efi)"
  echo "figure disk image: $(worker 'dpkg-query --show --showformat="\${db:Status-Abbrev}\n" | grep -c ^ii') packages, $(worker 'systemctl list-units --type=service --state=running --no-legend | wc -l') services run"
  echo "figure start, emulated: $(worker 'systemd-analyze time | head -n 1')"
  echo "figure memory in use: $(worker "awk '/^MemTotal|^MemAvailable/ { print \$2 }' /proc/meminfo | paste -sd' '" | awk '{ printf "%.0f of %.0f MiB", ($1 - $2) / 1024, $1 / 1024 }'), agent $(worker 'systemctl show --property=MainPID --value kgnode | xargs -I{} grep ^Pss: /proc/{}/smaps_rollup' | awk '{ printf "%.0f MiB", $2 / 1024 }')"
}

begin make_machines worker-1
check_within "$kBootSeconds" "worker-1 is hardened" vm_is_hardened worker-1
check_within 900 "every unit has started" is_running
worker 'systemctl --failed' | sed 's/^/  /'
check "the configuration came from the config drive" worker 'kgnode status | grep -q "first boot: config drive"'
check "the vRack's card was found by its MAC address" vrack_card
check "the firewall was closed before there was a network" firewall_before_network
check "a stranger reaches nothing" closed world "$(public_address worker-1)" 22
check "the operator logs in with a key" ssh_to admin worker-1 kgnode status
check "nothing listens but SSH and the agent" listens_as_documented
check "the data disk is the one that node.toml names, prepared and mounted" \
  worker "findmnt -t xfs -O nosuid,nodev /var/lib/longhorn && lsblk --noheadings --inverse --output SERIAL \"\$(findmnt --noheadings --output SOURCE /var/lib/longhorn)\" | grep $(data_serial worker-1)"
check "there is nothing left to do" worker 'kgnode plan'
check_image
figures
check "the hypervisor's agent answers" guest_agent_says '"return"' guest-ping
check "and runs nothing" guest_agent_says '"error"' guest-exec '{"path": "/bin/true"}'

worker 'systemctl start iscsid.service; mkdir -p /etc/rancher/node; echo secret >/etc/rancher/node/password; echo lost >/etc/lost; echo kept >/root/kept'
before=$(worker "$kept")
check "the initiator has a name" grep -q '^InitiatorName=iqn' <<<"$before"
check "a second start" vm_reboot worker-1
check_within "$kBootSeconds" "is hardened" vm_is_hardened worker-1
check_within 900 "has every unit started" is_running
check "keeps host keys, machine id, initiator name, node.toml, K3s's password, disk and account" diff <(echo "$before") <(worker "$kept")
check "has forgotten what was changed in /etc" worker '[ ! -e /etc/lost ] && [ -e /root/kept ]'
check "has nothing left to do" worker 'kgnode plan'
finish
