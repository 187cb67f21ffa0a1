#!/bin/bash
# The agent is killed again and again while a flood of lines comes: no ban is forgotten, no line counts twice, none is lost.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

kills=10 seconds=60
[[ -z ${KGNODE_LONG:-} ]] || kills=100 seconds=600
# Less than in the flood test: what was read and not saved yet is read again after each kill.
readonly kRate=30000 kSources=1000000 kRotateBytes=$((64 << 20))
readonly kKeep=1000000 # none is removed: one that is gone while the agent is dead cannot be read any more

folder=/var/log/pods/ingress-nginx_ingress-nginx-controller-x_1/controller

answers() { node_exec cp-1 kgnode status >/dev/null 2>&1; }
list_bans() { node_exec cp-1 kgnode ban list -o json | in_build_root jq -r '.bans[].source' | sort; }
in_kernel() { node_exec cp-1 nft -j list set inet kgnode ban4 | in_build_root jq -r '.nftables[].set.elem // [] | .[].elem.val' | sort; }
# banned PREFIX: how many sources that begin like this are banned.
banned() { list_bans | grep -c "^$1" || true; }
has_banned() { (($(banned "$1") > 0)); }
banned_are() { [[ $(banned "$1") == "$2" ]]; }

# keeps BEFORE AFTER: every line of the first is in the second.
keeps() {
  local lost
  lost=$(comm -23 "$1" "$2")
  [[ -z $lost ]] || { echo "  lost: $(paste -sd' ' <<<"$lost")"; return 1; }
}

# One run: what is banned at some moment is listed and in the kernel after the kill.
run() {
  list_bans >"$state/before"
  sleep "0.$((RANDOM % 900 + 100))"
  node_kill_agent cp-1
  wait_for 30 answers || { echo "  no answer after the kill"; return 1; }
  list_bans >"$state/after"
  in_kernel >"$state/kernel"
  keeps "$state/before" "$state/after" && keeps "$state/before" "$state/kernel"
}

start_cluster 1 0
cp build/tests/log-flood "$state/cp-1/var/tmp/log-flood"
node_exec cp-1 mkdir -p $folder
node_start cp-1 flood /var/tmp/log-flood $folder/0.log $kRate $seconds $kSources $kRotateBytes $kKeep /run/stop
check_within 20 "the first bans come" has_banned 198.18.

wrong=0
for ((number = 1; number <= kills; number++)); do
  run || { echo "  run $number ended wrong"; wrong=$((wrong + 1)); }
done
check "the flood lasted as long as the kills" node_runs cp-1 flood
node_exec cp-1 touch /run/stop
check_within 30 "and has an end" node_is_done cp-1 flood
flood=$(node_exec cp-1 cat /var/tmp/flood.log)
read -r lines rate banned <<<"$flood"
if ((wrong == 0)); then ok "$kills kills forget no ban"; else not_ok "$wrong of $kills kills forgot a ban"; fi
check_within 60 "the agent reads to the end" has_banned 198.20.0.1
check "no line is lost: who has just reached the threshold is banned" banned_are 198.18. "$banned"
check "no line counts twice: nobody is banned who did one less" banned_are 198.19. 0
check "nobody of the flood is banned" banned_are 20. 0
check "all of them are in the kernel" keeps <(list_bans) <(in_kernel)
echo "figure flood with kills: $lines lines at $rate lines/s, $kills kills, $banned bans, as many sources one below the threshold"
finish
