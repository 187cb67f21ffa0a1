#!/bin/bash
# What one ban costs when a process of nft is started for it: one_ban.sh PEER HELD ROUNDS, in a network namespace of its own.
# Prints microseconds, one a line, for a set that holds that many others.
set -euo pipefail

case $1 in
  fail2ban) table="inet f2b-table" set=addr-set-sshd flags="" length="" ;;
  sshguard) table="ip sshguard" set=attackers flags="flags interval;" length=/32 ;;
esac

{
  echo "add table $table"
  echo "add set $table $set { type ipv4_addr; $flags }"
  awk -v count="$2" -v element="add element $table $set" 'BEGIN {
    for (i = 0; i < count; i++) {
      if (i % 1000 == 0) printf "%s%s {", i ? " }\n" : "", element
      printf "%s 45.%d.%d.%d", i % 1000 ? "," : "", i / 16384, i / 64 % 256, i % 64 * 2 + 1
    }
    if (count) print " }"
  }'
} | nft -f -

for ((round = 0; round < $3; round++)); do
  start=${EPOCHREALTIME/./}
  # As the peer does it: by a shell.
  sh -c "nft add element $table $set \{ 46.0.$((round / 100)).$((round % 100 * 2 + 1))$length \}"
  echo $((${EPOCHREALTIME/./} - start))
done
