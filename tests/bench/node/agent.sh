#!/bin/bash
# What the agent costs on a node that has nothing to do: memory, CPU of a check, idle CPU, time to be hardened.
# CPU is that of the control group of kgnode.service (cpu.stat): the agent and all children it has started and reaped.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
# shellcheck source=tests/bench/figure.sh
source tests/bench/figure.sh

readonly kChecks=20 kRestarts=7 kIdleSeconds=60
readonly kPeriod=300 # the agent checks all domains this often by itself

agent() { node_exec cp-1 "$@"; }
property() { agent systemctl show --property "$2" --value "$1"; }
main_pid() { property kgnode.service MainPID; }

# cpu FIELD: microseconds so far; usage_usec, user_usec or system_usec.
cpu() { agent awk -v field="$1" '$1 == field { print $2 }' /sys/fs/cgroup/system.slice/kgnode.service/cpu.stat; }

memory() {
  local pid
  pid=$(main_pid)
  figure agent_memory_rss "$(calculate "$(agent awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status") / 1024")" MiB 12
  figure agent_memory_pss "$(calculate "$(agent awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup") / 1024")" MiB 12
}

# check_cost: sets check_ms, the CPU of one check of all domains of a node in sync.
check_cost() {
  local usage user count
  usage=$(cpu usage_usec) user=$(cpu user_usec)
  for ((count = 0; count < kChecks; count++)); do
    agent kgnode plan >/dev/null || { echo "the node is not in sync: no figure" >&2; exit 1; }
  done
  check_ms=$(calculate "($(cpu usage_usec) - $usage) / 1000 / $kChecks")
  figure agent_check_cpu "$check_ms" ms 50
  figure agent_check_cpu_user "$(calculate "($(cpu user_usec) - $user) / 1000 / $kChecks")" ms
}

# Between two checks nothing is due; what the checks cost is added by their period.
idle_cost() {
  local before after
  before=$(cpu usage_usec)
  sleep "$kIdleSeconds"
  after=$(cpu usage_usec)
  figure agent_idle_cpu_between_checks "$(calculate "($after - $before) / 10000 / $kIdleSeconds" %.4f)" %
  figure agent_idle_cpu "$(calculate "($after - $before) / 10000 / $kIdleSeconds + $check_ms / 10 / $kPeriod" %.4f)" % 0.1
}

# start_time UNIT: milliseconds from the start of the process until systemd was told that it is ready.
start_time() {
  calculate "($(property "$1" ActiveEnterTimestampMonotonic) - $(property "$1" ExecMainStartTimestampMonotonic)) / 1000"
}

restart_times() {
  local count times=()
  for ((count = 0; count < kRestarts; count++)); do
    agent systemctl restart kgnode.service
    is_hardened cp-1 || { echo "not hardened after a restart: no figure" >&2; exit 1; }
    times+=("$(start_time kgnode.service)")
  done
  figure agent_restart_to_hardened "$(median "${times[@]}")" ms
}

start_cluster 1 0 >&2
wait_for 120 is_settled cp-1
# With what systemd does for it; the program alone is measured by the benchmark "early".
figure early_unit "$(start_time kgnode-early.service)" ms
figure agent_first_start_to_hardened "$(start_time kgnode.service)" ms
restart_times
check_cost
idle_cost
memory
((missed == 0))
