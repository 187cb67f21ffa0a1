# Faults of a worker. To be sourced by k3s-faults.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of k3s-faults.sh, and for it

zeros=$(printf '0%.0s' {1..64})
w=worker-1
again="restart_k3s $w"
to_servers() { for number in 11 12 13; do node_exec "$w" ip route "$1" unreachable "10.0.0.$number/32"; done; }
bootstrap_token() { made=$(node_exec "$cp" k3s token create 2>/dev/null); }
ca_of_cluster() { node_exec "$cp" sha256sum /var/lib/rancher/k3s/server/tls/server-ca.crt | cut -d' ' -f1; }
cgroups() { file "$w" /run/fault-cgroup/cgroup.controllers "$1"; }
other_binary() { node_exec "$w" sh -c 'cp /usr/local/bin/k3s /var/lib/k3s-copy && mount --bind /var/lib/k3s-copy /usr/local/bin/k3s'; }

# What the node itself was given.
fault wrong-token often $w fresh wrong-token 'kgnode apply' "set_token $w 0123456789abcdef" "restore $w"
fault no-token - $w fresh no-token 'kgnode apply' "configure $w '/^token = /d'" "restore $w"
fault malformed-token - $w fresh malformed-token 'server/token.*kgnode apply' \
  "file $w /run/kgnode-fault-token K10abc && configure $w 's|^token = .*|token = { file = \"/run/kgnode-fault-token\" }|'" \
  "file $w /run/kgnode-fault-token $token && apply $w"
fault wrong-ca-in-token often $w fresh wrong-ca 'sha256sum' "set_token $w K10$zeros::node:$token" "restore $w"
fault wrong-ca-hash - $w fresh wrong-ca 'k3s.ca_hash' "configure $w 's/^\[k3s\]/[k3s]\nca_hash = \"$zeros\"/'" "restore $w"
fault other-cluster - $w fresh wrong-ca 'remove /var/lib/kgnode/k3s-ca' "file $w /var/lib/kgnode/k3s-ca $zeros" \
  "node_exec $w rm /var/lib/kgnode/k3s-ca && apply $w"
fault expired-bootstrap-token - $w fresh token-expired 'k3s token create' "set_token $w abcdef.0123456789abcdef" \
  "bootstrap_token && set_token $w \$made && apply $w"
fault wrong-server-address - $w fresh 'no-route|silent' 'k3s.servers' "configure $w 's/^servers = .*/servers = [\"10.0.0.99\"]/'" "restore $w"
fault wrong-address - $w fresh no-address 'network.address' "configure $w 's/^address = .*/address = \"10.0.0.77\"/'" "restore $w"
fault duplicate-name - $w fresh NODE_PW_REJECTED 'another node.name' "configure $w 's/^name = .*/name = \"cp-1\"/'" "restore $w"
fault reinstalled often $w again NODE_PW_REJECTED "delete secret NAME.node-password" "wipe $w" "kubectl -n kube-system delete secret $w.node-password.k3s"
fault password-changed - $w again NODE_PW_REJECTED "delete secret NAME.node-password" \
  "node_exec $w rm -rf /var/lib/rancher/k3s/agent && file $w /etc/rancher/node/password 0123" "kubectl -n kube-system delete secret $w.node-password.k3s"
fault stale-agent-data - $w again X509_UNKNOWN 'rm /var/lib/rancher/k3s/agent' \
  "configure $w '/^token = /d' && node_exec $w python3 - <$kFolder/stale_data.py" \
  "node_exec $w sh -c 'systemctl stop k3s-agent; rm /var/lib/rancher/k3s/agent/*.crt /var/lib/rancher/k3s/agent/*.key /var/lib/rancher/k3s/agent/*.kubeconfig; systemctl start --no-block k3s-agent' && restore $w"

# The way to the server.
fault server-down - $w fresh refused 'kgnode k3s diagnose' "down $cp" "up $cp"
fault port-rejected - $w fresh refused 'kgnode (k3s diagnose|firewall explain)' "table $cp 'tcp dport 6443 reject with tcp reset'" "no_table $cp"
fault port-prohibited - $w fresh 'no-route|refused' 'kgnode firewall explain|ip route get' \
  "table $cp 'tcp dport 6443 reject with icmpx admin-prohibited'" "no_table $cp"
fault port-dropped often $w fresh silent 'kgnode firewall explain' "table $cp 'tcp dport 6443 drop'" "no_table $cp"
fault no-route - $w fresh no-route 'ip route get' "node_exec $w ip route add unreachable 10.0.0.11/32" "node_exec $w ip route del unreachable 10.0.0.11/32"
fault card-down - $w fresh 'no-route|no-address' 'ip (-br )?address|networkctl|ip route get' "node_exec $w ip link set eth1 down" "node_exec $w ip link set eth1 up"
fault address-gone - $w fresh no-address 'networkctl reconfigure' "node_exec $w ip address del 10.0.0.21/24 dev eth1" "node_exec $w networkctl reconfigure eth1"
fault mtu-of-the-link - $w fresh mtu 'MTU' "mtu $w 1400" "mtu $w 9000"
fault large-packets-lost - $w fresh mtu 'MTU' "table $cp 'ip saddr 10.0.0.21 meta length > 1400 drop'" "no_table $cp"
fault back-without-servers - $w again no-route 'ip route get' "to_servers add" "to_servers del"

# What answers there.
fault plain-http - $w fresh no-tls 'ss -tlnp' "behind_fake http" no_fake
fault other-program - $w fresh not-k3s 'ss -tlnp' "behind_fake other" no_fake
fault other-ca - $w fresh wrong-ca 'sha256sum' "set_token $w K10\$(ca_of_cluster)::node:$token && behind_fake other-ca" no_fake
fault server-starting - $w fresh server-starting 'by itself' "behind_fake starting" no_fake
fault certificate-expired - $w fresh certificate-expired 'systemctl restart k3s' "behind_fake expired" no_fake
fault certificate-not-yet - $w fresh clock-behind 'chronyc makestep' "behind_fake not-yet" no_fake
fault certificate-of-other-name - $w fresh wrong-name 'k3s.tls_san' "behind_fake other-name" no_fake
fault certificate-of-other-ca - $w fresh untrusted 'openssl s_client' "behind_fake untrusted" no_fake
fault server-clock-ahead - $w fresh clock 'chronyc makestep' "behind_fake ahead" no_fake
fault server-clock-behind - $w fresh clock 'chronyc makestep' "behind_fake behind" no_fake
fault older-server - $w fresh DOWNLEVEL 'version' "environment $w K3S_STANDIN_VERSION=v1.35.1+k3s1" "no_environment $w && $again"

# The host.
fault clock-unset - $w fresh HOST_TIME 'timedatectl|chronyc' "environment $w K3S_STANDIN_NOW=1000" "no_environment $w"
fault no-memory-cgroup - $w fresh HOST_CG_V2 'cgroup.controllers' \
  "cgroups 'cpuset cpu io pids' && environment $w K3S_STANDIN_CGROUP=/run/fault-cgroup" "cgroups 'cpuset cpu io memory pids'"
fault no-pids-cgroup - $w fresh HOST_CG_PIDS 'cgroup.controllers' \
  "cgroups 'cpuset cpu io memory' && environment $w K3S_STANDIN_CGROUP=/run/fault-cgroup" "no_environment $w"
fault kernel-default - $w fresh HOST_KERNEL_FLAG 'kgnode apply' \
  "node_exec $w cp -r /usr/local/lib/k3s-standin/proc-sys /run/fault-sys && file $w /run/fault-sys/vm/overcommit_memory 0 && environment $w K3S_STANDIN_PROC_SYS=/run/fault-sys" \
  "file $w /run/fault-sys/vm/overcommit_memory 1"
fault disk-full - $w fresh HOST_DISK 'df -h' \
  "node_exec $w sh -c 'mkdir -p /var/lib/rancher/k3s/agent && mount -t tmpfs -o size=32k tmpfs /var/lib/rancher/k3s/agent && { head -c 1M /dev/zero >/var/lib/rancher/k3s/agent/filler || true; }'" \
  "node_exec $w mount -o remount,size=64m /var/lib/rancher/k3s/agent"
fault data-disk-gone - $w fresh data-disk 'kgnode storage list' \
  "node_exec $w sh -c 'systemctl stop var-lib-longhorn.mount && mv /dev/disk/by-uuid /dev/disk/gone'" \
  "node_exec $w mv /dev/disk/gone /dev/disk/by-uuid && apply $w"
fault port-taken - $w fresh HOST_PORT 'ss -ltnp' "squat $w 127.0.0.1 6444" "no_squatter $w"
fault no-binary often $w fresh not-installed 'kgnode apply' "node_exec $w mount -t tmpfs tmpfs /usr/local/bin" \
  "node_exec $w umount /usr/local/bin && apply $w"
fault not-executable - $w fresh UNIT_EXEC 'chmod 0755' "other_binary && node_exec $w chmod 0644 /usr/local/bin/k3s" "node_exec $w chmod 0755 /usr/local/bin/k3s"
fault not-a-program - $w fresh UNIT_EXEC 'file /usr/local/bin/k3s' "file $w /var/lib/k3s-copy garbage" "node_exec $w umount /usr/local/bin/k3s"

# K3s' own configuration, by a file that somebody put beside ours.
fault key-of-servers often $w fresh CFG_UNKNOWN_FATAL 'grep -r' "drop_in $w 'cluster-init: true'" "no_drop_in $w"
fault no-such-card - $w fresh NET_IFACE 'grep -r' "drop_in $w 'flannel-iface: eth9'" "no_drop_in $w"
fault bad-node-ip - $w fresh NET_NODEIP 'grep -r' "drop_in $w 'node-ip: 10.0.0.300'" "no_drop_in $w"
fault http-scheme - $w fresh TOK_SCHEME 'grep -r' "drop_in $w 'server: http://10.0.0.11:6443'" "no_drop_in $w"
fault token-file-gone - $w fresh 'CFG_FILE_WAIT|CFG_FILE_TIMEOUT' 'make the file' "drop_in $w 'token-file: /run/fault-token'" "file $w /run/fault-token $token"
