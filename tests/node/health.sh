#!/bin/bash
# How a node is: what breaks shows in the doctor and in the metrics, and goes again; the outlet on the vRack serves whoever asks there.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

readonly kPort=9180
cp1() { node_exec cp-1 "$@"; }
asker=worker-1 asked=cp-1
# ask PATH [OPTION...]: the outlet of one node from the other one.
ask() { node_exec "$asker" curl --silent --show-error --max-time 5 "${@:2}" "http://$(vrack_address "$asked"):$kPort$1"; }
status_of() { [[ $(ask "$1" --output /dev/null --write-out '%{http_code}') == "$2" ]]; }
# Its exit status is that of the checks.
doctor() { { cp1 kgnode doctor -o json || true; } | in_build_root jq -er "$1"; }
outcome() { [[ $(doctor ".checks[] | select(.id == \"$1\") | .outcome") == "$2" ]]; }
remedy() { doctor ".checks[] | select(.id == \"$1\") | .remedy != null" >/dev/null; }
# metric REGEX: a line of the metrics is this.
metric() { ask /metrics | grep -Eq "^$1\$"; }
is_open_metrics() { [[ $(ask /metrics --header 'Accept: application/openmetrics-text' | tail -n 1) == '# EOF' ]]; }
says_hardened() { [[ $(ask /readyz) == hardened* ]]; }
told() { metric "kgnode_check_outcome\\{domain=\"health\",check=\"$1\",outcome=\"$2\"\\} 1"; }

start_cluster 1 1
check_within 20 "the outlet answers on the vRack" status_of /healthz 200
check "a node that is not ready says so, and why" says_hardened
check "and its status is 503" status_of /readyz 503
check "metrics have the phase" metric 'kgnode_phase\{phase="hardened"\} 1'
check "OpenMetrics for who asks for it" is_open_metrics
check "another page is not there" status_of /secret 404
check "nobody is answered on another address of the node" cp1 sh -c "! curl --silent --max-time 5 http://127.0.0.1:$kPort/healthz"
check "the outlet is closed for the world" closed world "$(public_address cp-1)" "$kPort"
check "the agent is not degraded by what its machine lacks" status_says cp-1 '.phase == "hardened"'

cp1 systemd-run --quiet --unit=breaks false || true
check_within 60 "a failed unit shows in the metrics" told health.units gap
check "and in the doctor" outcome health.units fail
check "with a remedy" remedy health.units
cp1 systemctl reset-failed breaks.service
check_within 60 "and goes again" told health.units pass

cp1 ip link set eth1 down
check_within 10 "the vRack's interface is down, and the doctor says so" outcome health.interface fail
cp1 ip link set eth1 up
check_within 60 "and it goes again" told health.interface pass
cable() { ip -n "$(netns net)" link set cp-1.eth1 "$1"; }
cable down
check_within 20 "a cable that is pulled shows in the doctor" outcome health.interface fail
cable up
# The address went with the cable, and nobody could ask. It is told for a while longer.
check_within 25 "and in the metrics, as soon as they can be had" told health.interface gap
check_within 60 "and it goes again" told health.interface pass

filled() { told 'health.space./var/lib/longhorn' "$1"; }
if node_exec worker-1 mountpoint --quiet /var/lib/longhorn; then
  asker=cp-1 asked=worker-1
  node_exec worker-1 sh -c 'fallocate -l $(($(stat -f -c "%a * %S" /var/lib/longhorn) * 98 / 100)) /var/lib/longhorn/filler'
  check_within 90 "a file system that fills shows" filled gap
  node_exec worker-1 rm /var/lib/longhorn/filler
  check_within 90 "and goes again" filled pass
  asker=worker-1 asked=cp-1
else
  skip "a file system that fills shows" "this machine's kernel mounts no data disk"
fi
check "in a container the clock is the host's, which is no pass" doctor '.checks[] | select(.id == "health.clock") | .outcome == "not_applicable"'

# One machine, 200 connections that never come to the end of their request.
in_netns net bash -c "for i in {1..200}; do exec {fd}<>/dev/tcp/$(vrack_address cp-1)/$kPort && printf 'GET /heal' >&\$fd; done 2>/dev/null
  echo held; exec cat" < <(sleep 30) >"$state/slow" &
slow=$!
check_within 20 "200 slow connections are made" grep -q held "$state/slow"
check "the outlet answers all the same" status_of /healthz 200
check "the same machine too" in_netns net bash -c "exec 3<>/dev/tcp/$(vrack_address cp-1)/$kPort; printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3; grep -q '200 OK' <&3"
check "the agent answers its operator" cp1 sh -c 'timeout 5 kgnode status >/dev/null'
kill "$slow" 2>/dev/null || true
finish
