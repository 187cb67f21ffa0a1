#!/bin/bash
# The Debian package on a stock instance: installed, configured, upgraded, removed, purged; and nothing of it is left.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

readonly kConfig=/etc/kgnode/node.toml
tools=$("$checkout/image/tree.sh" package "$checkout/image/node.packages" "$checkout/image/package-tools.packages")

# user_data NODE: the operator's account is cloud-init's; the configuration comes later.
user_data() {
  printf '#cloud-config\nusers:\n  - name: admin\n    shell: /bin/bash\n    ssh_authorized_keys:\n      - %s\n' "$(cat "$state/key.pub")"
}

make_medium() { make_medium_inside "$1"; }

# make_packages: the version of the sources, a second time, and a newer one, below the state folder.
make_packages() {
  local first
  first=$("$checkout/image/package.sh" "$tools")
  cp "$first" "$state/first.deb"
  first=$("$checkout/image/package.sh" "$tools")
  cp "$first" "$state/again.deb"
  version=$("$checkout/image/enter.sh" "$tools" "$checkout" dpkg-deb --field "$first" Version)
  cp "$("$checkout/image/package.sh" "$tools" "$version+1")" "$state/newer.deb"
}

# make_stranger NAME: a package of that name with nothing in it.
make_stranger() {
  mkdir -p "$state/stranger/DEBIAN"
  printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\nDescription: stranger\n' "$1" \
    >"$state/stranger/DEBIAN/control"
  "$checkout/image/enter.sh" "$tools" "$checkout" dpkg-deb --root-owner-group --build "$state/stranger" "$state/$1.deb" >/dev/null
}

dpkg_() { node_exec cp-1 env DEBIAN_FRONTEND=noninteractive dpkg "$@"; }
# install_deb NAME: dpkg -i of a file of the state folder.
install_deb() {
  cp "$state/$1.deb" "$state/cp-1/var/tmp/$1.deb"
  dpkg_ -i "/var/tmp/$1.deb"
}
refused() { ! "$@"; }
is_configured() { [[ $(node_exec cp-1 dpkg-query -W -f '${Status}' kgnode) == *" ok installed" ]]; }
runs() { node_exec cp-1 systemctl --quiet is-active kgnode.service; }
answers() { node_exec cp-1 kgnode status >/dev/null 2>&1; }
main_pid() { node_exec cp-1 systemctl show --value --property=MainPID "$1.service"; }
has_table() { node_exec cp-1 nft list table inet kgnode >/dev/null 2>&1; }
cloud_init_is_done() { [[ $(node_exec cp-1 cloud-init status | head -n1) == "status: done" ]]; }
in_force() { node_exec cp-1 sha256sum "$kConfig" | cut -d' ' -f1; }
host_key() { in_netns admin ssh-keyscan -t ed25519 "$(public_address cp-1)" 2>/dev/null | cut -d' ' -f3; }
is_same() { [[ -n $1 && $1 == "$2" ]]; }
no_failed_unit() { [[ -z $(node_exec cp-1 systemctl --failed --no-legend | tee /dev/stderr) ]]; }

# What must be as before. An interface keeps what it inherited until the next boot; values that change by themselves are left out.
files() {
  node_exec cp-1 sh -c 'find /etc /home /root /var/home -xdev ! -path "/etc/kgnode*" ! -name "group*" ! -name "gshadow*" ! -name "*.cache" ! -name "passwd-" ! -name "shadow-" \
    \( -type f -printf "%m %U %G %p " -exec sha256sum -b {} \; -o -type l -printf "link %p %l\n" \) 2>/dev/null | sort'
}
parameters() {
  node_exec cp-1 sh -c 'sysctl -a 2>/dev/null' | grep -E '^(fs|kernel|net|vm)\.' |
    grep -vE '\.(dentry-state|file-nr|inode-nr|inode-state|aio-nr|ns_last_pid|nr|uuid|tcp_fastopen_key|boot_id|entropy_avail|urandom_min_reseed_secs|nf_conntrack_count|stat_refresh)( |$)' |
    grep -vE '^(kernel\.(random|sched|pty|perf|tainted)|fs\.(binfmt|quota|mqueue)|net\.ipv6\.conf\.[^.]+\.stable_secret)'
}
shared_parameters() { parameters | grep -vE '^net\.ipv[46]\.(conf|neigh)\.eth'; }
rules() { node_exec cp-1 nft list ruleset; }
units() { node_exec cp-1 systemctl list-unit-files --no-legend --state=enabled,enabled-runtime,masked | sort; }
users() { node_exec cp-1 getent passwd; }
# All but the days of the last change.
passwords() { node_exec cp-1 getent shadow | cut -d: -f1,2,4-; }
groups_but_ours() { node_exec cp-1 getent group | grep -vE '^(kgnode|sugroup:)'; }
sshd() { node_exec cp-1 sshd -T -C user=admin | sort; }
mounts() { node_exec cp-1 findmnt --list --noheadings --output TARGET,FSTYPE --real; }
readonly kViews=(files shared_parameters rules units users passwords groups_but_ours sshd mounts)

keep() {
  local view
  mkdir -p "$state/before"
  for view in "${kViews[@]}" parameters; do "$view" >"$state/before/$view"; done
}
same() { diff "$state/before/$1" <("$1"); }
check_all_same() {
  local view
  for view in "${kViews[@]}"; do check "$1: $view as before the package" same "$view"; done
}

# The data disk makes this control plane do all that the agent can do.
write_configuration() {
  { node_toml cp-1; printf '\n[storage]\ndisk = { path = "/dev/sdb" }\n'; } |
    node_exec cp-1 sh -c "umask 077; cat >$kConfig"
}

# The flow and the watch are units of the node, or are ended by what they wait for.
start_watch() {
  node_start cp-1 watch nft monitor
  ssh_to admin cp-1 'while [ ! -e /tmp/enough ]; do echo $$; sleep 0.05; done' >"$state/flow" &
  flow=$!
  wait_for 20 flow_moves
}
flow_moves() { [[ $(wc -l <"$state/flow") -gt ${lines:-0} ]]; }
flow_goes_on() {
  local lines
  lines=$(wc -l <"$state/flow")
  wait_for 10 flow_moves
}
end_watch() {
  node_exec cp-1 touch /tmp/enough
  flow_status=0
  wait "$flow" || flow_status=$?
  node_exec cp-1 systemctl stop watch.service
}
flow_ended_well() { [[ $flow_status == 0 && $(sort -u "$state/flow" | wc -l) == 1 ]]; }
table_was_never_gone() { ! grep -E 'delete (table|chain) inet kgnode' "$state/cp-1/var/tmp/watch.log"; }
watch_saw_rules() { grep -q 'add rule inet kgnode' "$state/cp-1/var/tmp/watch.log"; }

# change_package NAME TEXT: another version under way while a session goes on, as an upgrade or a downgrade.
change_package() {
  local agent sshd_pid
  agent=$(main_pid kgnode) sshd_pid=$(main_pid ssh)
  sshd_since=$(node_exec cp-1 systemctl show --property=StateChangeTimestampMonotonic,ExecReload ssh.service)
  check "$2" install_deb "$1"
  check "$2: the world is kept out" closed world "$(public_address cp-1)" 22
  check "$2: another agent runs" refused is_same "$agent" "$(main_pid kgnode)"
  check "$2: the same sshd runs" is_same "$sshd_pid" "$(main_pid ssh)"
  check "$2: it was not reloaded" is_same "$sshd_since" \
    "$(node_exec cp-1 systemctl show --property=StateChangeTimestampMonotonic,ExecReload ssh.service)"
  check "$2: the session goes on" flow_goes_on
  check_within 60 "$2: hardened" is_hardened cp-1
  check "$2: the ban is kept" node_exec cp-1 sh -c 'kgnode ban list | grep -q 198.51.100.77'
  check "$2: also in the kernel" node_exec cp-1 sh -c 'nft list table inet kgnode | grep -q 198.51.100.77'
}

fake_k3s() {
  node_exec cp-1 sh -c 'printf "[Service]\nExecStart=/usr/bin/sleep infinity\n" >/run/systemd/system/k3s.service
    systemctl daemon-reload; systemctl start k3s.service'
}

use_stock
begin_cluster 1 0
make_packages
check "the same sources give the same package" cmp "$state/first.deb" "$state/again.deb"
check_within 120 "cloud-init has ended" cloud_init_is_done
check_within 20 "the operator logs in" ssh_to admin cp-1 true
key_before=$(host_key)
# Somebody gave an account of a service a shell and a password.
node_exec cp-1 usermod --shell /bin/sh --password '$6$salt$notahash' backup
keep

# Not firewalld: cloud-init conflicts with it already.
for name in ufw fail2ban; do
  make_stranger "$name"
  check "$name is there" install_deb "$name"
  check "beside $name it is not installed" refused install_deb first
  check "$name stays" dpkg_ -P "$name"
done
dpkg_ -P kgnode >/dev/null 2>&1 || true

check "it is installed" install_deb first
check "without a configuration no agent runs" refused runs
check "and nothing is closed" refused has_table
reboot_node cp-1
check_within 60 "after a reboot the operator logs in all the same" ssh_to admin cp-1 true
check "and no agent runs" refused runs
check "no unit has failed" no_failed_unit

write_configuration
check "the configuration is valid" node_exec cp-1 kgnode check
check "the agent is started" node_exec cp-1 systemctl start kgnode.service
check_within 60 "the node is hardened" is_hardened cp-1
check "a plan has nothing to do" node_exec cp-1 kgnode plan
check "the data disk is mounted" node_exec cp-1 mountpoint -q /var/lib/longhorn
check "the operator logs in" ssh_to admin cp-1 true
check "and meets the host key from before" is_same "$key_before" "$(host_key)"
check "the world is kept out" closed world "$(public_address cp-1)" 22
node_exec cp-1 sh -c 'echo kept >/var/lib/longhorn/data'
reboot_node cp-1
check_within 90 "the node is hardened after a reboot" is_hardened cp-1
check "no unit has failed" no_failed_unit
check "the source is cloud-init" status_says cp-1 '.first_boot.source.kind == "cloud-init"'

check "a ban" node_exec cp-1 kgnode ban add 198.51.100.77 --for 1h
start_watch
change_package newer "an upgrade"
change_package first "a downgrade"
change_package first "the same version again"
end_watch
check "the session was one and the same" flow_ended_well
check "the watch saw rules come" watch_saw_rules
check "and the table never go" table_was_never_gone

fake_k3s
check "it is not removed while K3s is on the data disk" refused dpkg_ -r kgnode
check "it is still there" is_configured
check_within 60 "and the node hardened" is_hardened cp-1
check "the data disk is still mounted" node_exec cp-1 mountpoint -q /var/lib/longhorn
node_exec cp-1 systemctl stop k3s.service
node_exec cp-1 sh -c 'rm /run/systemd/system/k3s.service; systemctl daemon-reload'

node_exec cp-1 sh -c 'echo Nonsense yes >/etc/ssh/sshd_config.d/50-broken.conf'
check "it is not removed while sshd would not start again" refused dpkg_ -r kgnode
node_exec cp-1 rm /etc/ssh/sshd_config.d/50-broken.conf
check_within 60 "the node is hardened" is_hardened cp-1

old=$(in_force)
node_exec cp-1 sh -c "{ cat $kConfig; printf '\n[firewall]\nssh_rate = \"77/minute\"\n'; } >/var/new.toml"
check "a change waits for its confirmation" node_exec cp-1 kgnode apply /var/new.toml --confirm-within 10m
check "removed all the same" dpkg_ -r kgnode
check "the configuration before is back" is_same "$old" "$(in_force)"
check_all_same "removed"
check "the operator logs in" ssh_to admin cp-1 true
check "and meets the host key from before" is_same "$key_before" "$(host_key)"
check "the data is still on its disk" node_exec cp-1 sh -c \
  'mount -o ro -L kgnode-data /mnt && grep -q kept /mnt/data; status=$?; umount /mnt; exit $status'

check "installed again" install_deb first
check_within 60 "the node is hardened at once" is_hardened cp-1
check "with its bans" node_exec cp-1 sh -c 'kgnode ban list | grep -q 198.51.100.77'
node_exec cp-1 sh -c 'mkdir -p /run/systemd/system/kgnode.service.d; printf "[Service]\nRestart=no\n" >/run/systemd/system/kgnode.service.d/test.conf
  systemctl daemon-reload'
node_kill_agent cp-1
check_within 20 "the agent is dead" refused answers
check "removed all the same" dpkg_ -r kgnode
node_exec cp-1 rm -r /run/systemd/system/kgnode.service.d
check_all_same "with a dead agent"
check "the operator logs in" ssh_to admin cp-1 true

check "purged" dpkg_ -P kgnode
check "no file is left" node_exec cp-1 sh -c '! find / -xdev -name "*kgnode*" ! -path "/proc/*" ! -path "/sys/*" ! -path "/var/tmp/*" | grep .'
check "no group is left" node_exec cp-1 sh -c '! getent group | grep -E "kgnode|sugroup"'
reboot_node cp-1
check_within 60 "after a reboot the operator logs in" ssh_to admin cp-1 true
check_within 60 "and the instance is settled" is_settled cp-1
check_all_same "purged"
check "purged: all parameters as before the package" same parameters
finish
