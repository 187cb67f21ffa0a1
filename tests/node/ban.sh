#!/bin/bash
# Who attacks a node is cut off at once, stays so across a kill and a reboot, and nobody can get somebody else banned.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

readonly kWorld=198.51.100.7

# attempt FROM USER ADDRESS: a login that fails; one that is cut off in the middle would wait for ever.
attempt() {
  in_netns "$1" timeout 8 ssh -i "$state/key" -l "$2" -o BatchMode=yes -o ConnectTimeout=4 -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "$3" true </dev/null || true
}

attack() {
  local i
  for i in 1 2 3 4 5 6 7 8; do
    attempt "$1" "nobody$i" "$2"
    ! is_banned "$3" || return 0
  done
}

is_banned() { [[ $(node_exec cp-1 kgnode ban list -o json | in_build_root jq -r --arg source "$1" '.bans[] | select(.source == $source) | .source') ]]; }
is_not_banned() { ! is_banned "$1"; }
reaches() { in_netns "$1" timeout 3 bash -c "exec 3<>/dev/tcp/$2/22"; }
told_why() { grep -q "$2" <<<"$(node_exec cp-1 kgnode ban why "$1" | tee /dev/stderr)"; }
nothing_to_do() { node_exec cp-1 kgnode plan; }

# open_to_the_world: SSH for everybody, so that there is somebody to ban.
open_to_the_world() {
  node_exec cp-1 sh -c '
    cp /etc/kgnode/node.toml /run/new.toml
    printf "\n[firewall]\nallow = [{ ports = \"22/tcp\" }]\n\n[[ban.jails]]\nname = \"sshd\"\nthreshold = 6\n" >>/run/new.toml
    kgnode apply /run/new.toml'
}

start_cluster 1 0
public=$(public_address cp-1)
public6=$(public_address6 cp-1)
check "a configuration with jails is applied" open_to_the_world
check "and leaves nothing to do" nothing_to_do
check_within 10 "the world reaches SSH at first" reaches world "$public"

attack world "$public" "$kWorld"
check_within 5 "an attacker is banned" is_banned "$kWorld"
check "and does not reach SSH any more" closed world "$public" 22
check "why shows the lines that led to it" told_why "$kWorld" "Invalid user nobody"
check "the status counts it" status_says cp-1 '.bans.in_force.ipv4 == 1 and .bans.since_start == 1 and .bans.last.jail == "sshd"'
check "explain names the ban" node_exec cp-1 sh -c "kgnode firewall explain $kWorld 10.0.0.11:22/tcp | grep -q 'drop.*ban'"
check "the operator still logs in" ssh_to admin cp-1 true

attack world "$public6" "2001:db8:51::/64"
check_within 5 "an IPv6 attacker is banned with its /64" is_banned "2001:db8:51::/64"
check "and does not reach SSH any more over IPv6" closed world "$public6" 22

for i in 1 2 3 4 5; do attempt admin "nobody$i" "$public"; done
check_within 10 "somebody of admin.from is spared, and the reason is shown" \
  told_why 203.0.113.5 "never banned: admin.from"
check "it is listed too" node_exec cp-1 sh -c 'kgnode ban list | grep -q "203.0.113.5 .*admin.from"'
check "the operator logs in after that" ssh_to admin cp-1 true

node_exec cp-1 setpriv --reuid 65534 --clear-groups --regid 65534 sh -c 'for i in 1 2 3 4 5 6 7 8 9; do
  logger -t sshd "Failed password for root from 192.0.2.66 port 22 ssh2"; done'
for i in 1 2 3 4; do attempt admin "root from 192.0.2.66 port 22 ssh2" "$public"; done
sleep 2 # nothing is to happen
check "neither logger nor a hostile user name gets somebody else banned" is_not_banned 192.0.2.66

check "all that sshd wrote was understood" status_says cp-1 \
  '.bans.jails[] | select(.name == "sshd") | .hits > 10 and .harmless > 10 and .unknown == 0'

node_kill_agent cp-1
check "the ban holds while the agent is dead" closed world "$public" 22
check_within 60 "the agent comes back" is_hardened cp-1
check "and lists the ban" is_banned "$kWorld"
reboot_node cp-1
check_within 120 "the node is hardened after a reboot" is_hardened cp-1
check "the ban survives the reboot" closed world "$public" 22
check "and is listed" is_banned "$kWorld"

check "a ban by hand" node_exec cp-1 kgnode ban add 192.0.2.0/24 --for 10m
check "is in force" node_exec cp-1 sh -c 'kgnode firewall explain 192.0.2.77 10.0.0.11:22/tcp | grep -q ^drop'
if node_exec cp-1 kgnode ban add 10.0.0.0/8; then not_ok "the vRack cannot be banned"; else ok "the vRack cannot be banned"; fi
check "an address that is banned" node_exec cp-1 kgnode ban add 192.0.2.99 --for 10m
node_exec cp-1 ip address add 192.0.2.99/32 dev lo
check_within 5 "and becomes one of the node's own is let go" is_not_banned 192.0.2.99
check "a lifted ban is over" node_exec cp-1 kgnode ban remove "$kWorld"
check_within 5 "the world reaches SSH again" reaches world "$public"

node_exec cp-1 sh -c 'printf "# a list\n198.51.100.0/24 ; comment\n203.0.113.5\n" >/etc/kgnode/block.txt
  cp /etc/kgnode/node.toml /run/list.toml
  sed -i "s|^\[\[ban.jails|[ban]\nblock_lists = [\"/etc/kgnode/block.txt\"]\n\n&|" /run/list.toml
  kgnode apply /run/list.toml'
check_within 10 "a block list keeps its networks out" closed world "$public" 22
check "but nobody of admin.from" ssh_to admin cp-1 true
check "which is said" node_exec cp-1 sh -c 'kgnode plan | grep -q "203.0.113.5: admin.from"'
node_exec cp-1 sh -c 'echo "# empty" >/etc/kgnode/block.txt'
check_within 10 "a list that changed is read again" reaches world "$public"
check "the log has what was done by hand" node_exec cp-1 sh -c 'kgnode log --lines 200 | grep -q "lift the ban of 198.51.100.7"'
finish
