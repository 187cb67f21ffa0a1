#!/bin/bash
# A flood of sources: the agent stays small, answers, loses no line, and bans exactly those who have earned it.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

# The agent with nothing to do has 12 MiB at most. To that come the counts of 131 072 sources (6 MiB), the same once more as they are
# written to disk every two seconds (6 MiB), SQLite's cache (2 MiB), and lines in work. With 50 000 bans 32 MiB are the budget as well.
readonly kMemoryKiB=$((32 << 10))
readonly kAnswerMs=2000
# Renamed logs, of which the kubelet keeps four.
readonly kRotateBytes=$((64 << 20)) kKeep=4

rate=200000 seconds=6 sources=200000
[[ -z ${KGNODE_LONG:-} ]] || seconds=60 sources=2000000

folder=/var/log/pods/ingress-nginx_ingress-nginx-controller-x_1/controller

agent_pid() { node_exec cp-1 systemctl show -P MainPID kgnode.service; }
# agent_memory FIELD: of /proc/PID/status, in KiB.
agent_memory() { node_exec cp-1 awk "/^$1:/ { print \$2 }" "/proc/$(agent_pid)/status"; }
jail_lines() { node_exec cp-1 kgnode status -o json | in_build_root jq '.bans.jails[] | select(.name == "ingress-nginx").lines'; }
has_read() { [[ $(jail_lines) == "$1" ]]; }
# banned PREFIX: how many sources that begin like this are banned.
banned() { node_exec cp-1 kgnode ban list -o json | in_build_root jq --arg prefix "$1" '[.bans[] | select(.source | startswith($prefix))] | length'; }
banned_are() { [[ $(banned "$1") == "$2" ]]; }

# Prints how many milliseconds each answer took, while the flood lasts; "-" where there was none.
# shellcheck disable=SC2016 # for the shell in the node
readonly kAskForStatus='while [[ ! -e /run/stop ]]; do
  begin=${EPOCHREALTIME/./}
  if timeout 10 kgnode status >/dev/null; then echo $(((${EPOCHREALTIME/./} - begin) / 1000)); else echo -; fi
  sleep 0.05
done'

start_cluster 1 0
cp build/tests/log-flood "$state/cp-1/var/tmp/log-flood"
node_exec cp-1 mkdir -p $folder
idle=$(agent_memory VmHWM)

node_start cp-1 answers bash -c "$kAskForStatus"
flood=$(node_exec cp-1 /var/tmp/log-flood "$folder/0.log" $rate $seconds $sources $kRotateBytes $kKeep /run/never)
node_exec cp-1 touch /run/stop
check_within 20 "status was asked for to the end" node_is_done cp-1 answers
read -r lines rate banned <<<"$flood"
begin=$SECONDS
check_within 60 "the agent reads every line of the flood" has_read "$lines"
echo "figure flood: $lines lines of $sources sources written at $rate lines/s; the agent was done $((SECONDS - begin)) s after the writer"
check "all who have earned it are banned" banned_are 198.18. "$banned"
check "nobody of those who did one less" banned_are 198.19. 0
check "nobody of the flood" banned_are 20. 0

peak=$(agent_memory VmHWM)
echo "figure flood: resident memory at most $peak KiB, before it $idle KiB, now $(agent_memory VmRSS) KiB"
check "the agent stays below $kMemoryKiB KiB" test "$peak" -le "$kMemoryKiB"

answers=$state/cp-1/var/tmp/answers.log
count=$(wc -l <"$answers")
sort -n "$answers" >"$state/sorted"
at() { sed -n "$((count * $1 / 100 + 1))p" "$state/sorted"; }
worst=$(tail -n 1 "$state/sorted")
echo "figure flood: kgnode status answers in $(at 50) ms median, $(at 95) ms p95, $worst ms at most, of $count"
check "status was asked for often enough to tell" test "$count" -ge 10 -a "$worst" -gt 0
check "status is answered every time" test -z "$(grep -e - "$answers")"
check "within $kAnswerMs ms" test "$worst" -le $kAnswerMs
check "nothing of it is a finding" status_says cp-1 '[.domains[].findings[].id | select(startswith("ban.misread"))] | length == 0'
finish
