# Faults of control planes. To be sourced by k3s-faults.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154 # token is a variable of k3s-faults.sh

s=cp-2
kData=/var/lib/rancher/k3s/server
has_token_file() { node_exec "$s" test -e /run/kgnode/k3s/token; }
remove_ghost() { etcdctl member remove "$(etcdctl member list | awk -F', ' '/10.0.0.99/ { print $1 }')" >/dev/null; }
# knows FIRST SECOND: the servers of its configuration.
knows() { configure "$s" "s/^servers = .*/servers = [\"$1\", \"$2\"]/"; }
hold() { node_exec "$cp" kgnode k3s rejoin --hold --confirm "$cp" >/dev/null; }
unhold() { node_exec "$cp" rm -f /var/lib/kgnode/k3s-restore.json && apply "$cp"; }

# Joining.
fault server-wrong-token - $s fresh wrong-token 'kgnode apply' "set_token $s 0123456789abcdef" "restore $s"
fault agents-token - $s fresh agent-token 'server/token.*kgnode apply' "set_token $s abcdef.0123456789abcdef" "restore $s"
fault name-of-a-member - $s fresh duplicate-name 'another name' "configure $s 's/^name = .*/name = \"cp-3\"/'" "restore $s"
fault reinstalled-server - $s again duplicate-name 'kubectl delete node' "wipe $s" "kubectl delete node $s"
fault learner-busy - $s fresh learner 'by itself' "etcdctl member add ghost --learner --peer-urls=https://10.0.0.99:2380" \
  "remove_ghost"
fault learner-dead - $s fresh learner 'removed after 5 minutes' "etcdctl member add ghost --learner --peer-urls=https://10.0.0.99:2380" true
fault server-on-sqlite - $s fresh sqlite-server 'cluster-init' "knows 10.0.0.11 10.0.0.12 && behind_fake sqlite" "no_fake && restore $s"
fault own-sqlite - $s fresh own-sqlite 'mv ' "file $s $kData/db/state.db x" "node_exec $s mv $kData/db/state.db /var/lib/state.db.old"
fault cluster-exists - $s fresh cluster-exists 'kgnode k3s diagnose' \
  "hold && knows 10.0.0.12 10.0.0.11" "unhold && restore $s"
fault servers-missing - $s fresh servers-missing 'k3s.servers' "knows 10.0.0.12 10.0.0.99" "restore $s"
fault other-settings - $s fresh 'COMPARE_FAIL|COMPARE_FIELD' 'kgnode apply' "configure $s 's|^\[k3s\]|[k3s]\ncluster_cidr = \"10.99.0.0/16\"|'" "restore $s"
fault families-mixed - $s fresh NET_FAMILY 'grep -r' "drop_in $s 'cluster-cidr: fd00::/56'" "no_drop_in $s"
fault server-port-taken - $s fresh 'HOST_PORT|CMP_LISTENER' 'ss -ltnp' "squat $s 0.0.0.0 6443" "no_squatter $s"

# Coming back.
fault unknown-provider - $s again CFG_ENC_PROVIDER 'grep -r' "drop_in $s 'secrets-encryption-provider: rot13'" "no_drop_in $s"
fault no-admission-file - $s again CMP_FILE 'grep -r' "drop_in $s 'kube-apiserver-arg+: admission-control-config-file=/var/lib/rancher/k3s/server/gone.yaml'" "no_drop_in $s && apply $s"
fault no-event-limits - $s again CMP_ADMISSION 'grep -r' \
  "file $s /run/psa.yaml 'plugins: []' && drop_in $s 'kube-apiserver-arg+: admission-control-config-file=/run/psa.yaml'" "no_drop_in $s && apply $s"
fault reset-with-server - $s again RESET_URL 'grep -r' "drop_in $s 'cluster-reset: true'" "no_drop_in $s"
fault reset-flag - $s again RESET_AGAIN 'grep -r' "node_exec $s touch $kData/db/reset-flag && drop_in $s 'cluster-reset: true' 'server: \"\"'" "no_drop_in $s"
fault damaged-etcd - $s again 'ETCDJ_DAMAGED|ETCD_WAL|BOOT_TEMP_FAIL' 'kubectl delete node' \
  "node_exec $s sh -c 'for file in $kData/db/etcd/member/wal/*.wal; do dd if=/dev/urandom of=\$file bs=4096 count=16 conv=notrunc status=none; done'" \
  "kubectl delete node $s && node_exec $s sh -c 'systemctl stop k3s; mv $kData/db $kData/db.old' && apply $s"
fault deleted-node - $s live "removed" "systemctl restart k3s" "kubectl delete node $s" "wait_for 20 has_token_file && node_exec $s systemctl restart --no-block k3s"
fault quorum-lost - cp-1 live quorum 'kgnode k3s diagnose' "down cp-2 && down cp-3" "up cp-2 && up cp-3"
