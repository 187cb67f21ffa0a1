#!/bin/bash
# Beside cloud-init: it owns first boot and the network, and the node becomes the same as without it, from the same config drive.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

# user_data NODE: what an operator gives to a stock image.
content=with_configuration
user_data() {
  cat <<END
#cloud-config
users:
  - name: admin
    ssh_authorized_keys:
      - $(cat "$state/key.pub")
$($content "$1")
END
}

make_medium() { make_medium_inside "$1"; }

with_configuration() {
  printf 'write_files:\n  - path: /etc/kgnode/node.toml\n    permissions: "0600"\n    content: |\n'
  node_toml "$1" | sed 's/^/      /'
}
# cloud-init is held until the test lets it go.
without_configuration() {
  printf 'runcmd:\n  - [sh, -c, "until [ -e /run/let-go ]; do sleep 0.2; done"]\n'
}

# What must be the same. Not compared, because it differs rightly: the source and the values of first boot (cloud-init does not
# tell where a value came from), what health measures, network files (netplan's, not ours), the home of the account (cloud-init makes it first).
authorized_keys() { node_exec cp-1 sh -c 'cd /var/lib/kgnode/ssh/authorized_keys && tail -n +1 -- *'; }
domains() { node_exec cp-1 kgnode status -o json | in_build_root jq -S '[.domains[] | select(.name != "health") | {name, error, findings}]'; }
identity() { node_exec cp-1 kgnode status -o json | in_build_root jq -S '{node, phase, reason}'; }
firewall() { node_exec cp-1 kgnode firewall show; }
host_name() { node_exec cp-1 hostname; }
sshd() { node_exec cp-1 sshd -T -C user=admin; }
configuration() { node_exec cp-1 sh -c 'stat -c "%U %a" /etc/kgnode/node.toml; cat /etc/kgnode/node.toml'; }
addresses() {
  node_exec cp-1 ip -json address show | in_build_root jq -S '[.[] | select(.ifname != "lo") |
    {ifname, address, mtu, addresses: [.addr_info[] | select(.scope == "global") | {local, prefixlen}] | sort}]'
}
default_routes() { node_exec cp-1 sh -c 'ip route show default; ip -6 route show default' | grep -oE '^default via [^ ]+ dev [^ ]+'; }
has_default_routes() { [[ $(default_routes | wc -l) == 2 ]]; }

readonly kViews=(identity domains firewall authorized_keys sshd host_name configuration addresses default_routes)

keep() {
  local view
  mkdir -p "$state/ordinary"
  for view in "${kViews[@]}"; do
    "$view" >"$state/ordinary/$view"
    [[ -s $state/ordinary/$view ]] || not_ok "the ordinary node shows its $view"
  done
}

same() { diff "$state/ordinary/$1" <("$1"); }
source_is() { status_says cp-1 ".first_boot.source.kind == \"$1\""; }
files_in() { node_exec cp-1 sh -c "ls /run/systemd/network /etc/systemd/network 2>/dev/null | grep '$1'"; }
none_of_ours() { ! files_in kgnode; }
phase_is() { status_says cp-1 ".phase == \"$1\" and (.reason | contains(\"$2\"))"; }
no_failed_unit() { [[ -z $(node_exec cp-1 systemctl --failed --no-legend | tee /dev/stderr) ]]; }
cloud_init_is_done() { [[ $(node_exec cp-1 cloud-init status | head -n1) == "status: done" ]]; }

start_cluster 1 0
check "an ordinary node reads the drive itself" source_is "config drive"
check_within 20 "it has its default routes" has_default_routes
keep

use_cloud_init
replace_node cp-1 "$KGNODE_NODE_TREE"
check_within 120 "with cloud-init cp-1 is hardened" is_hardened cp-1
check "the source is cloud-init" source_is cloud-init
check_within 60 "cloud-init has ended well" cloud_init_is_done
check_within 20 "it has its default routes" has_default_routes
for view in "${kViews[@]}"; do
  check "the same as without cloud-init: $view" same "$view"
done
check "a plan has nothing to do" node_exec cp-1 kgnode plan
check "the network is cloud-init's" files_in netplan
check "and not ours" none_of_ours
check "no unit has failed" no_failed_unit
check "the operator logs in with the key" ssh_to admin cp-1 true
check "the vRack works" node_exec cp-1 ping -c1 -W2 10.0.0.254
check "the world is kept out" closed world "$(public_address cp-1)" 22

content=without_configuration
replace_node cp-1 "$KGNODE_NODE_TREE"
check_within 60 "without a configuration the agent waits for cloud-init" phase_is booting "waits for cloud-init"
check "it says for how long" phase_is booting "120s at most"
node_exec cp-1 touch /run/let-go
check_within 60 "when cloud-init has ended it says so" phase_is maintenance "cloud-init has ended and wrote no configuration"
check "also in the journal" node_exec cp-1 sh -c "journalctl -b -u kgnode.service | grep 'cloud-init has ended'"
check "SSH is closed" closed admin "$(public_address cp-1)" 22
node_toml cp-1 | node_exec cp-1 sh -c 'mkdir -p /etc/kgnode && umask 077 && cat >/etc/kgnode/node.toml'
check_within 60 "a configuration that comes later is taken" is_hardened cp-1
finish
