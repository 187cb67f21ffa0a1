#!/bin/bash
# The Debian package installed by cloud-init on the first boot of a stock instance, with its configuration in the same user data.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

tools=$("$checkout/image/tree.sh" package "$checkout/image/node.packages" "$checkout/image/package-tools.packages")

# user_data NODE: what an operator gives to a stock image; the file stands for a download.
user_data() {
  cat <<END
#cloud-config
users:
  - name: debian
    shell: /bin/bash
    ssh_authorized_keys:
      - $(cat "$state/key.pub")
write_files:
  - path: /etc/kgnode/node.toml
    permissions: "0600"
    content: |
$(node_toml "$1" | sed 's/^/      /')
runcmd:
  - [dpkg, -i, /var/tmp/kgnode.deb]
END
}

# make_medium NODE: the package lies where runcmd looks for it.
make_medium() {
  make_medium_inside "$1"
  cp "$("$checkout/image/package.sh" "$tools")" "$state/$1/var/tmp/kgnode.deb"
}

cloud_init_is_done() { [[ $(node_exec cp-1 cloud-init status | head -n1) == "status: done" ]]; }
no_failed_unit() { [[ -z $(node_exec cp-1 systemctl --failed --no-legend | tee /dev/stderr) ]]; }
own_keys() { node_exec cp-1 sh -c 'stat -c "%U %a" ~admin/.ssh ~admin/.ssh/authorized_keys; cat ~admin/.ssh/authorized_keys'; }
has_own_keys() { [[ $(own_keys) == $'admin 700\nadmin 644\n'"$(cat "$state/key.pub")" ]]; }

use_stock
begin_cluster 1 0
check_within 180 "the node is hardened" is_hardened cp-1
check_within 60 "cloud-init has ended well" cloud_init_is_done
check "no unit has failed" no_failed_unit
check "the source is cloud-init" status_says cp-1 '.first_boot.source.kind == "cloud-init"'
check "the operator logs in" ssh_to admin cp-1 true
check "the world is kept out" closed world "$(public_address cp-1)" 22

# The account is the agent's work this time, and had no keys of its own.
check "removed" node_exec cp-1 dpkg -r kgnode
check "the operator has got the keys" has_own_keys
check "and logs in with them" ssh_to admin cp-1 true
check "as everybody else who could before" in_netns world timeout 5 bash -c "exec 3<>/dev/tcp/$(public_address cp-1)/22"

# As in an image of one's own that holds the package.
check "installed again, as in an image" node_exec cp-1 dpkg -i /var/tmp/kgnode.deb
node_exec cp-1 systemctl stop kgnode.service
node_exec cp-1 sh -c 'rm -r /etc/kgnode/node.toml /var/lib/kgnode; cloud-init clean'
reboot_node cp-1
check_within 180 "a new instance is hardened" is_hardened cp-1
check "and was closed before the network" node_exec cp-1 sh -c '[ $(systemctl show --value --property=ConditionResult kgnode-early.service) = yes ]'
check "the operator logs in" ssh_to admin cp-1 true
finish
