#!/bin/bash
# A node is locked down, says so, and stays so whatever somebody does to it.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

nothing_to_do() { node_exec "$1" kgnode plan; }

# The chains only: counters and what the limits remember move by themselves.
rules() { node_exec "$1" nft --stateless list table inet kgnode | awk '/^\tchain/, /^\t}/'; }

# Deadlines are generous: how long healing takes is measured elsewhere.
same_rules_again() { [[ $(rules "$1") == "$2" ]]; }

sysctl_is() { [[ $(node_exec "$1" sysctl -n "$2") == "$3" ]]; }
drop_in_is_ours() { node_exec "$1" grep -q '^PasswordAuthentication no' /etc/ssh/sshd_config.d/00-kgnode.conf; }
has_healed() { grep -qE "^$2 .* [1-9][0-9]*$" <<<"$(node_exec "$1" kgnode status)"; }
reload_is_done() { node_exec "$1" sh -c 'kgnode plan && [ ! -e /run/kgnode/ssh-reload ]'; }
log_is_whole() { node_exec "$1" kgnode log verify; }
is_active() { [[ $(node_exec "$1" systemctl is-active kgnode.service) == active ]]; }
stranger_may_not() {
  node_exec "$1" setpriv --reuid 65534 --clear-groups --regid 65534 kgnode status && return 1
  ! node_exec "$1" setpriv --reuid 65534 --clear-groups --regid 65534 kgnode confirm
}

start_cluster 1 1
check_within 60 "no unit has failed" is_settled cp-1
check "a plan right after start has nothing to do" nothing_to_do cp-1
check "first boot told where the values came from" \
  node_exec cp-1 sh -c 'kgnode status -o json | grep -q "config_drive\|config drive"'
check "the operator logs in with the key" ssh_to admin cp-1 true
check "the operator may ask the agent" ssh_to admin cp-1 kgnode status
check "the world does not reach SSH" closed world "$(public_address cp-1)" 22
check "the world does not reach the API port" closed world "$(public_address cp-1)" 6443
check "nodes reach each other over the vRack" node_exec cp-1 ping -c1 -W2 "$(vrack_address worker-1)"
check "explain agrees: the world is dropped" \
  node_exec cp-1 sh -c "kgnode firewall explain 198.51.100.7 10.0.0.11:22/tcp | grep -q ^drop"
check "explain agrees: the operator passes" \
  node_exec cp-1 sh -c "kgnode firewall explain 203.0.113.5 10.0.0.11:22/tcp | grep -q ^pass"
check "the rules shown are valid for nft" \
  node_exec cp-1 sh -c 'kgnode firewall show >/run/rules && unshare --net nft --check --file /run/rules'

before=$(rules cp-1)
node_exec cp-1 nft flush ruleset || true
check_within 20 "a flush of all rules leaves ours" same_rules_again cp-1 "$before"
node_exec cp-1 nft flush chain inet kgnode input 2>/dev/null || true
check_within 20 "an edit of our table does not stay" same_rules_again cp-1 "$before"
node_exec cp-1 nft delete table inet kgnode 2>/dev/null || true
check_within 20 "our table cannot be deleted for long" same_rules_again cp-1 "$before"

node_exec cp-1 sysctl -qw net.ipv4.conf.all.accept_redirects=1
check_within 20 "a kernel parameter is healed" sysctl_is cp-1 net.ipv4.conf.all.accept_redirects 0
node_exec cp-1 sh -c 'echo "PasswordAuthentication yes" >/etc/ssh/sshd_config.d/00-kgnode.conf'
check_within 20 "a replaced sshd drop-in is healed" drop_in_is_ours cp-1
check "healing is in the log" node_exec cp-1 sh -c 'kgnode log --lines 50 | grep -q accept_redirects'
check "and counted in the status" has_healed cp-1 sysctl

node_exec cp-1 systemctl stop dbus.socket dbus.service
node_exec cp-1 sh -c 'echo "PasswordAuthentication yes" >/etc/ssh/sshd_config.d/00-kgnode.conf'
check_within 20 "without D-Bus the agent heals as well" drop_in_is_ours cp-1
check_within 20 "and has sshd reloaded" reload_is_done cp-1
node_exec cp-1 systemctl start dbus.socket

node_kill_agent cp-1
check "the table stays closed while the agent is dead" closed world "$(public_address cp-1)" 22
check_within 30 "systemd brings the agent back" is_active cp-1
check_within 60 "and the node is hardened again" is_hardened cp-1
check "with the same rules" same_rules_again cp-1 "$before"
check "which the log tells" node_exec cp-1 sh -c \
  'kgnode log --lines 50 | grep -q "take over table inet kgnode of an earlier run: as that run left it -> the same rules"'

check "a stranger may neither read nor change" stranger_may_not cp-1
check "the operations log is whole" log_is_whole cp-1
node_exec cp-1 sed -i '2s/done/DONE/' /var/lib/kgnode/log/operations.log
if log_is_whole cp-1; then not_ok "an edit of the operations log is found"; else ok "an edit of the operations log is found"; fi
node_exec worker-1 sed -i '3d' /var/lib/kgnode/log/operations.log
if log_is_whole worker-1; then not_ok "a deletion in the log is found"; else ok "a deletion in the log is found"; fi
finish
