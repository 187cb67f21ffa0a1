#!/bin/bash
# Nodes know of each other over the vRack, before and without K3s: who is there, how each is, and how the way to it is.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

health_toml='secret = "00112233445566778899aabbccddeeff"'

# sees NODE OTHER FILTER: whether this jq expression is true of the other one's row.
sees() {
  node_exec "$1" kgnode cluster -o json |
    in_build_root jq -e --arg address "$(vrack_address "$2")" ".nodes[] | select(.address == \$address) | $3" >/dev/null
}
is_seen() { sees "$1" "$2" ".state == \"$3\""; }
all_see_all() {
  local by whom
  for by in $(nodes); do
    for whom in $(nodes); do [[ $by == "$whom" ]] || is_seen "$by" "$whom" alive || return 1; done
  done
}
counts() { node_exec "$1" kgnode cluster -o json | in_build_root jq ".datagrams.$2 // 0"; }
counted_more() { (($(counts "$1" "$2") > $3)); }

bans() { node_exec "$1" kgnode ban list | grep -q "^$2 .*shared"; }
not_banned() { ! bans "$@"; }
# Three more beacons of the node that made the ban have come meanwhile, or it tells no more of it.
is_told_again() {
  local taken
  taken=$(counts cp-1 taken)
  wait_for 10 counted_more cp-1 taken $((taken + 3))
}

# cable NODE PROPERTY...: changes the rig's end of its cable to the vRack.
cable() { ip -n "$(netns net)" link set "$1.eth1" "${@:2}"; }

# give NODE LINE...: its [health] from now on.
give() {
  local node=$1
  node_exec "$node" sed -i '/^\[health\]/,/^$/d' /etc/kgnode/node.toml
  printf '%s\n' "" "[health]" "${@:2}" "" | node_exec "$node" sh -c 'cat >>/etc/kgnode/node.toml && kgnode apply /etc/kgnode/node.toml' >/dev/null
}
give_all() {
  local node
  for node in $(nodes); do give "$node" "$@" || return 1; done
}

start_cluster 1 2
check_within 30 "every node sees every other one" all_see_all
check "each says how it is" sees worker-1 cp-1 '.name == "cp-1" and .role == "control-plane" and .phase == "hardened"'
check_within 20 "and how the way to it is" sees cp-1 worker-1 '.round_trip_microseconds > 0 and .loss < 0.2 and .largest_datagram > 1400'
check "for people as well" node_exec worker-1 sh -c 'kgnode cluster | grep -q "^cp-1 .* alive .* hardened"'

cable worker-2 down
check_within 20 "a node that is cut off is suspect to a server" is_seen cp-1 worker-2 suspect
check_within 5 "and to a worker" is_seen worker-1 worker-2 suspect
check "which says why" sees cp-1 worker-2 '.why | test("silent for")'
cable worker-2 up
check_within 20 "it is back when its cable is" all_see_all

# Frames that are larger than what the other end of a cable takes are lost without a word.
cable worker-2 mtu 1400
check_within 25 "a path that swallows large packets is told" sees worker-2 cp-1 '.path_is_narrow and (.why | test("MTU"))'
check "and it is the path, not the node" is_seen worker-2 cp-1 alive
cable worker-2 mtu "$kVrackMtu"
check_within 25 "and its end is" sees worker-2 cp-1 '.path_is_narrow | not'

node_exec worker-1 sh -c 'echo "not toml" >/etc/kgnode/node.toml'
check_within 20 "what is wrong with a node is told to the others" sees cp-1 worker-1 '.phase == "degraded" and (.reason | length > 0)'
node_exec worker-1 cp /var/lib/kgnode/last-good.toml /etc/kgnode/node.toml
check_within 20 "and that it is well again" sees cp-1 worker-1 '.phase == "hardened"'

before=$(counts cp-1 foreign)
node_exec worker-1 bash -c 'for i in 1 2 3; do echo KGB1-of-a-stranger >/dev/udp/10.0.0.11/9181; done'
check_within 10 "datagrams without the key are counted, and nothing else" counted_more cp-1 foreign "$before"

node_exec worker-1 kgnode ban add 198.51.100.77 --for 10m >/dev/null
check_within 20 "a ban on one node is one on all" bans cp-1 198.51.100.77
check_within 5 "and which node made it is told" node_exec worker-2 sh -c 'kgnode ban why 198.51.100.77 | grep -q "worker-1 banned it"'
check "it is in the kernel's set" node_exec worker-2 sh -c 'nft list table inet kgnode | grep -q 198.51.100.77'
node_exec cp-1 kgnode ban remove 198.51.100.77 >/dev/null
check_within 10 "a ban that was lifted on a node does not come back to it" is_told_again
check "and is lifted" not_banned cp-1 198.51.100.77

node_kill_agent worker-2
check_within 60 "an agent that was killed is back under another session" all_see_all

old='secret = "00112233445566778899aabbccddeeff"' new='secret = "ffeeddccbbaa99887766554433221100"'
check "the next secret is told to all" give_all "$old" "previous_$new"
check "then used" give_all "$new" "previous_$old"
check "nobody was silent meanwhile" all_see_all
check "then the last one is forgotten" give_all "$new"
check "nor now" all_see_all
check "a node gets another secret than the others" give worker-2 "$old"
check_within 40 "and is not heard any more" is_seen cp-1 worker-2 suspect

if [[ -z ${KGNODE_LONG:-} ]]; then
  skip "two machines with one address" "a minute: ./dev test node --long"
  finish
  exit
fi
# take_address NODE OTHER: as an operator does who gives two machines the same.
take_address() {
  local own other
  own=$(vrack_address "$1") other=$(vrack_address "$2")
  node_exec "$1" sh -c "ip address add $other/24 dev eth1 && ip address del $own/24 dev eth1 &&
    sed 's/$own/$other/' /etc/kgnode/node.toml >/run/taken.toml && kgnode apply /run/taken.toml >/dev/null"
}
check "it has their secret again" give worker-2 "$new"
check "and takes the address of another one" take_address worker-2 worker-1
check_within 120 "the two that have it are named" sees cp-1 worker-1 '.why | strings |
  test("two machines have the address 10.0.0.21: (worker-1 and worker-2|worker-2 and worker-1)")'
finish
