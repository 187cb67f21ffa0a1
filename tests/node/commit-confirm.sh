#!/bin/bash
# An unconfirmed change goes away: at its deadline, after a kill of the agent at any moment, after a reboot.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

config=/etc/kgnode/node.toml

in_force() { node_exec cp-1 sha256sum "$config" | cut -d' ' -f1; }
is_in_force() { [[ $(in_force) == "$1" ]]; }
rate_is() { node_exec cp-1 sh -c "kgnode firewall show | grep -q '$1'"; }
nothing_pending() { node_exec cp-1 sh -c '[ ! -e /var/lib/kgnode/pending.json ]'; }
apply_new() { node_exec cp-1 kgnode apply /var/new.toml "$@"; }
answers() { node_exec cp-1 kgnode status >/dev/null 2>&1; }
refused() { ! node_exec cp-1 "$@"; }

# write_new NUMBER: another valid configuration, told apart by its SSH rate.
write_new() {
  node_exec cp-1 sh -c "cat $config; printf '\n[firewall]\nssh_rate = \"%s/minute\"\n' $1" |
    node_exec cp-1 sh -c "cat >/var/new.toml"
  new=$(node_exec cp-1 sha256sum /var/new.toml | cut -d' ' -f1)
}

# One run: apply with a window, kill the agent somewhere in it, sometimes confirm. It must end old or confirmed.
run() {
  local number=$1 confirmed=no
  write_new $((100 + number))
  apply_new --confirm-within 3s >/dev/null 2>&1 &
  local client=$!
  sleep "0.$((RANDOM % 1000 + 1000))" # 0.1000 to 0.1999 s
  sleep "0.$((RANDOM % 5))"
  if ((RANDOM % 2)); then
    node_exec cp-1 kgnode confirm >/dev/null 2>&1 && confirmed=yes
  fi
  node_kill_agent cp-1
  wait "$client" 2>/dev/null || true
  wait_for 20 answers || return 1
  wait_for 10 nothing_pending || return 1
  if [[ $confirmed == yes ]]; then
    is_in_force "$new" || return 1
    node_exec cp-1 kgnode apply /var/old.toml >/dev/null || return 1
  fi
  is_in_force "$old"
}

start_cluster 1 0
old=$(in_force)
node_exec cp-1 cp "$config" /var/old.toml
write_new 77

check "a change with a window is applied" apply_new --confirm-within 4s
check "and in force" rate_is 77/minute
check "a second one is refused meanwhile" refused kgnode apply /var/new.toml
check_within 30 "without a confirmation the old one returns" is_in_force "$old"
check_within 20 "also in the kernel" refused sh -c 'nft list table inet kgnode | grep -q 77/minute'

check "a confirmed change" apply_new --confirm-within 5s
check "is confirmed" node_exec cp-1 kgnode confirm
sleep 6
check "and stays" is_in_force "$new"
check "a confirmation without a change is refused" refused kgnode confirm
check "back to the old one" node_exec cp-1 kgnode apply /var/old.toml

check "a change before a reboot" apply_new --confirm-within 10m
reboot_node cp-1
check_within 90 "the node is hardened after the reboot" is_hardened cp-1
check_within 10 "the old configuration is back after the reboot" is_in_force "$old"

node_exec cp-1 sh -c "sed 's/^from = .*/from = []/' $config >/var/bad.toml; printf '[firewall]\nvrack_ssh = false\n' >>/var/bad.toml"
check "a lock-out is refused" refused kgnode apply /var/bad.toml
node_exec cp-1 sh -c 'echo "schema = 1" >/var/bad.toml'
check "a broken configuration is refused" refused kgnode apply /var/bad.toml
check "at its place in the file that was given" test "$(node_exec cp-1 kgnode apply /var/bad.toml 2>&1 | grep -c '^/var/bad.toml:[0-9]*:[0-9]*: ')" -gt 0
check "and in the one that is to be planned" test "$(node_exec cp-1 sh -c 'kgnode plan /var/bad.toml' 2>&1 | grep -c '^/var/bad.toml:[0-9]*:[0-9]*: ')" -gt 0
check "and nothing has changed" is_in_force "$old"

runs=20
[[ -z ${KGNODE_LONG:-} ]] || runs=200
wrong=0
for ((number = 1; number <= runs; number++)); do
  run "$number" || { echo "  run $number ended wrong"; wrong=$((wrong + 1)); }
done
if ((wrong == 0)); then ok "$runs runs with the agent killed end old or confirmed"; else not_ok "$wrong of $runs runs ended wrong"; fi
finish
