#!/bin/bash
# What the auditors' own tools say of a node and of a stock Debian 13 with the same packages, both in containers; the figures become
# the table of docs/hardening.md, and what each tool wrote is left below build/hardening.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
# shellcheck source=tests/bench/figure.sh
source tests/bench/figure.sh
# shellcheck source=tests/bench/hardening.sh
source tests/bench/hardening.sh
# shellcheck disable=SC2034 # for hardening.sh
inside=(node_exec cp-1) long=(node_exec cp-1)

binary() {
  local report=$kOut/hardening-check.txt property
  in_auditors hardening-check build/kgnode >"$report" || true
  for property in "${kProperties[@]}"; do
    measure ours "binary_${property// /_}" "$(sed -n "s/^ $property: //p" "$report")"
  done
}

# audit WHO COMMAND_LINE KIND...: no firewall stands between sshd and the node's own network.
audit() {
  bring_toolbox
  lynis_run "$1"
  lynis_judge "$1"
  openscap_on "$1" "${@:3}"
  as_written "$1" "$2"
  kernel_checker "$1"
  ssh_audit "$1" 127.0.0.1 nsenter --target "$(leader cp-1)" --net
}

binary
start_cluster 1 0 >&2
wait_for 120 is_settled cp-1
units_of ours "${kUnits[@]}"
doctor_of ours
audit ours "$(sed 's/#.*//' image/kernel-command-line | xargs)" raw tailored
remove_cluster

use_stock
begin_cluster 1 0
wait_for 300 node_exec cp-1 systemctl is-active ssh.service >&2
units_of stock "${kStockUnits[@]}"
audit stock "ro quiet" raw

write_page
figure ssh_audit_fail "${measured[ours.ssh_audit_fail]}" findings 0
figure ssh_audit_warn "${measured[ours.ssh_audit_warn]}" findings 0
figure lynis_index "${measured[ours.lynis_index]}" points '>=60'
figure agent_exposure "${measured[ours.exposure_kgnode.service]}" points 4.0
((missed == 0))
