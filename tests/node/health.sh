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
metric() { grep -Eq "^$1\$" <<<"$(ask /metrics)"; }
is_open_metrics() { [[ $(ask /metrics --header 'Accept: application/openmetrics-text' | tail -n 1) == '# EOF' ]]; }
says_hardened() { [[ $(ask /readyz) == hardened* ]]; }
told() { metric "kgnode_check_outcome\\{domain=\"health\",check=\"$1\",outcome=\"$2\"\\} 1"; }

readonly kSecret=8d1f3c5b7a9e2046f0c4b6a8d1f3c5b7a9e20469
health_toml="secret = \"$kSecret\""
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

# The web page: off unless the configuration says otherwise.
answer() { ask "$1" --include | tr -d '\r'; }
page_has() { grep -qF -- "$1" <<<"$(answer /)"; }
page_json() { ask /page.json | in_build_root jq -e "$1" >/dev/null; }
has_no_page() { status_of / 404 && status_of /page.json 404; }
check "there is no page" has_no_page
cp1 sh -c 'sed "s/^\[health\]/&\\npage = true/" /etc/kgnode/node.toml >/var/tmp/page.toml && kgnode apply /var/tmp/page.toml' >/dev/null
check_within 20 "with health.page there is one" status_of / 200
check "under a policy" page_has "Content-Security-Policy: default-src 'none'; script-src 'sha256-"
check "it knows the cluster" page_json '.node == "cp-1" and ([.nodes[].name] | sort) == ["cp-1", "worker-1"]'
check_within 30 "and what happened to it" page_json '.history.changes | any(.name == "worker-1")'
check "dropped packets are counted" page_json '[.history.buckets[].dropped // 0] | add > 0'

# The dashboard, on a terminal whose screen can be read: tmux of the build root, with what libraries of it the node has not.
put_tmux() {
  local folder=$state/cp-1/var/tmp/tmux library
  mkdir -p "$folder"
  cp "$KGNODE_BUILD_ROOT/usr/bin/tmux" "$folder/"
  while read -r library; do
    [[ -e $state/tree$library ]] || cp -L "$KGNODE_BUILD_ROOT$library" "$folder/"
  done < <(in_build_root ldd /usr/bin/tmux | awk '$2 == "=>" { print $3 }')
}
terminal() { cp1 env LD_LIBRARY_PATH=/var/tmp/tmux /var/tmp/tmux/tmux -u -S /var/tmp/tmux/socket "$@"; }
shows() { grep -qE -- "$1" <<<"$(terminal capture-pane -p)"; }
shows_not() { ! shows "$1"; }
put_tmux
terminal new-session -d -x 80 -y 24 'sh -c "kgnode dashboard; stty -a; exec sleep 1000"'
check_within 20 "the dashboard draws itself" shows '^ cp-1 .* hardened '
check_within 20 "with the nodes of the cluster" shows '■ worker-1 +alive +hardened'
check "its keys are on the last line" shows ' q  quit'
cp1 kgnode ban add 203.0.113.77 >/dev/null
check_within 10 "what happens is seen at once" shows 'ban 203\.0\.113\.77.* (asked|done)'
check_within 10 "a ban is counted" shows '1 in force'
terminal resize-window -x 160 -y 50
check_within 10 "it takes the room that there is" shows '─ Domains ─'
terminal send-keys 3
check_within 10 "a key chooses what is shown" shows '203\.0\.113\.77 +manual'
terminal send-keys 2 j
check_within 10 "another one whom to look at" shows '─ worker-1 ─.* alive · hardened'
resident=$(cp1 sh -c 'ps -o rss= -C dashboard' | tr -d ' ')
echo "figure dashboard: $resident KiB resident, agent $(cp1 sh -c 'ps -o rss= -p "$(systemctl show --property=MainPID --value kgnode)"' | tr -d ' ') KiB"
cp1 systemctl stop kgnode
check_within 15 "without an agent it says so" shows 'the agent does not run'
cp1 systemctl start kgnode
check_within 30 "and goes on when there is one again" shows '^ cp-1 .* hardened '
terminal send-keys q
check_within 10 "it ends, and leaves the terminal as it was" shows ' icanon .* echo '
plain() { grep -q '^phase *hardened' <<<"$(cp1 sh -c 'TERM=dumb timeout 8 kgnode dashboard --read-only' || true)"; }
check "on a terminal that only prints it is the status" plain

# The support bundle, with secrets where careless programs leave them.
cp1 sh -c 'printf "seed password: seed-in-the-journal\nAuthorization: Bearer seed-bearer-token\nseed end\n" | systemd-cat --priority=warning'
cp1 sh -c 'printf "%s\n" "-----BEGIN PRIVATE KEY-----" "c2VlZGtleXNlZWRrZXlzZWVka2V5c2VlZGtleXNlZWQ=" "-----END PRIVATE KEY-----" | systemd-cat --priority=warning'
cp1 sh -c 'echo "beacons are sealed with $1" | systemd-cat --priority=warning' sh "$kSecret"
bundle() { cp1 kgnode support-bundle --out - "$@" >"$state/bundle"; }
unpacked() { tar --extract --gzip --to-stdout --file="$state/bundle" --wildcards "$@"; }
clean() {
  local all secret
  all=$(unpacked '*' | tr -d '\0')
  for secret in seed-in-the-journal seed-bearer-token c2VlZGtleXNl "$kSecret"; do
    [[ $all != *"$secret"* ]] || { echo "$secret is in it"; return 1; }
  done
  [[ $all == *"seed end"* ]]
}
missing() { unpacked '*/manifest.json' | in_build_root jq -e "$1" >/dev/null; }
check "a support bundle" bundle
check "has status, journal, firewall and disks" missing '[.entries[].name] | contains(["agent/status.json", "journal/kgnode", "firewall/table", "disks/list", "config/effective.toml"])'
check "has no secret" clean
check "and all that it should" missing '.missing == []'
echo "figure support bundle: $(stat --format=%s "$state/bundle") bytes"
cp1 systemctl stop kgnode
check "a support bundle with the agent dead" bundle
check "says what is missing, and why" missing '.missing | map(select(.why | contains("agent does not run"))) | length >= 10'
check "has no secret either" clean
cp1 systemctl start kgnode
public=$(cp1 sh -c 'rm -f /var/tmp/key; kgnode k3s snapshot-key --out /var/tmp/key')
sealed() {
  cp1 kgnode support-bundle --out /var/tmp/b.sealed --to "$public" && cp "$state/cp-1/var/tmp/b.sealed" "$state/bundle" &&
    ! gzip --test "$state/bundle" 2>/dev/null && cp1 kgnode open-bundle --key /var/tmp/key /var/tmp/b.sealed &&
    cp "$state/cp-1/var/tmp/b" "$state/bundle" && missing '.missing == []'
}
check "one that is sealed is opened with the key alone" sealed
finish
