#!/bin/bash
# A banned source gets no more bytes through, wherever they go: to the host, to a pod behind a node port or a host port, new or under way.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

readonly kBanned=198.51.100.7 kHonest=198.51.100.8
readonly kPod=10.42.0.5
# What is measured is a few milliseconds; machines that test are busy.
readonly kStallUs=2000000
readonly kSeconds=60

# path NAME: the port of the node that leads there, and where what arrives is written down.
declare -A port=([host]=9100 [node-port]=31000 [host-port]=8443)
declare -A log=([host]=host [node-port]=pod [host-port]=pod)

# add_pod: a namespace as a pod has one, and rules in front of it as kube-proxy and CNI's portmap write them.
add_pod() {
  node_exec cp-1 sh -e -c "
    ip netns add pod
    ip link add cni0 type bridge
    ip address add 10.42.0.1/24 dev cni0
    ip link add veth0 type veth peer name eth0 netns pod
    ip link set veth0 master cni0 up
    ip link set cni0 up
    ip -n pod link set lo up
    ip -n pod link set eth0 up
    ip -n pod address add $kPod/24 dev eth0
    ip -n pod route add default via 10.42.0.1
    echo 1 >/proc/sys/net/ipv4/ip_forward"
  node_exec cp-1 nft -f - <<'END'
table ip nat {
  chain KUBE-SEP-A { ip saddr 10.42.0.5 counter meta mark set mark or 0x4000; meta l4proto tcp counter dnat to 10.42.0.5:8080; }
  chain KUBE-SVL-A { counter jump KUBE-SEP-A; }
  chain KUBE-EXT-A { ip saddr 10.42.0.0/16 counter jump KUBE-SVL-A; counter jump KUBE-SVL-A; }
  chain KUBE-NODEPORTS { tcp dport 31000 counter jump KUBE-EXT-A; }
  chain KUBE-SERVICES { fib daddr type local counter jump KUBE-NODEPORTS; }
  chain CNI-DN-B { tcp dport 8443 counter dnat to 10.42.0.5:8080; }
  chain CNI-HOSTPORT-DNAT { tcp dport 8443 counter jump CNI-DN-B; }
  chain PREROUTING {
    type nat hook prerouting priority dstnat;
    counter jump KUBE-SERVICES
    fib daddr type local counter jump CNI-HOSTPORT-DNAT
  }
}
END
}

open_ports() {
  node_exec cp-1 sh -c '
    cp /etc/kgnode/node.toml /run/new.toml
    printf "\n[firewall]\nallow = [{ ports = \"9100/tcp\" }, { ports = \"8443/tcp\" }]\nnode_ports = [{ ports = \"31000/tcp\" }]\n" \
      >>/run/new.toml
    kgnode apply /run/new.toml'
}

serve() {
  cp build/tests/byte-stream "$state/cp-1/var/tmp/byte-stream"
  node_start cp-1 host /var/tmp/byte-stream serve 9100
  node_start cp-1 pod ip netns exec pod /var/tmp/byte-stream serve 8080
}

# stream FROM PATH: until end_streams.
streams=()
stream() {
  (exec nsenter --net="/run/netns/$(netns world)" "$checkout/image/enter.sh" "$KGNODE_BUILD_ROOT" "$checkout" \
    build/tests/byte-stream send "$1" "$public" "${port[$2]}" $kSeconds) &
  streams+=($!)
}

end_streams() {
  kill -KILL "${streams[@]}" # unshare does not listen to less, and takes its child with it
  wait "${streams[@]}" 2>/dev/null || true
  streams=()
}

# last_byte SOURCE PATH: when it came, of those of the last ten seconds. Both ways to the pod end in one log; one is used at a time.
last_byte() { tail -n 20000 "$state/cp-1/var/tmp/${log[$2]}.log" | awk -v source="$1" '$1 == source { last = $2 } END { print last == "" ? 0 : last }'; }
now() { echo "${EPOCHREALTIME/./}"; }
flows() { (($(last_byte "$1" "$2") > $(now) - 500000)); }
is_still() { ! flows "$1" "$2"; }
reaches() { in_netns world timeout 3 bash -c "exec 3<>/dev/tcp/$public/$1"; }
not_reached() { ! reaches "$1" 2>/dev/null; }

# cut_off PATH
cut_off() {
  local path=$1 banned last honest
  check_within 10 "$path: others reach it" reaches "${port[$path]}"
  stream $kBanned "$path"
  stream $kHonest "$path"
  check_within 10 "$path: a stream flows" flows $kBanned "$path"
  check_within 10 "$path: and another one" flows $kHonest "$path"
  node_exec cp-1 kgnode ban add $kBanned --for 10m >/dev/null
  banned=$(now) # the element is there
  check_within 10 "$path: the banned one stands still" is_still $kBanned "$path"
  last=$(last_byte $kBanned "$path")
  honest=$(last_byte $kHonest "$path")
  echo "figure ban on a real node, $path: the last byte came at $((last - banned)) us, 0 being when the ban was acknowledged"
  check "$path: at once" test $((last - banned)) -lt $kStallUs
  check "$path: the other one flows on" test "$honest" -gt $((last + 400000))
  check "$path: no new connection" not_reached "${port[$path]}"
  check "$path: nothing has come since" test "$(last_byte $kBanned "$path")" = "$last"
  check "$path: the other one still flows" flows $kHonest "$path"
  node_exec cp-1 kgnode ban remove $kBanned >/dev/null
  check_within 10 "$path: once lifted it is reached again" reaches "${port[$path]}"
  end_streams
}

start_cluster 1 0
public=$(public_address cp-1)
add_address world eth0 $kHonest/24
check "a pod" add_pod
check "a configuration with open ports is applied" open_ports
serve
for path in host node-port host-port; do cut_off "$path"; done
finish
