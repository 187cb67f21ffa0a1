# sshguard with Debian's backend, nftables sets, and its own reader of the journal. To be sourced by node/ban.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034 # node/ban.sh asks for these by the name of the peer

readonly sshguard_unit=sshguard.service sshguard_lines=1000000 sshguard_restored=300

# The parser alone: what it says of a line goes to the blocker, whose time grows with the sources that wait.
sshguard_scan() { cpu_seconds sh -c '/usr/libexec/sshguard/sshg-parser <"$1"' - "$1"; }

# sshguard_configure [SETTING...]: one line is enough; else Debian's own settings.
sshguard_configure() {
  agent sh -c 'sed -i "/^THRESHOLD=/s/=.*/=10/; /^BLOCK_TIME=/s/=.*/=86400/" /etc/sshguard/sshguard.conf
    sed -i "/^# of the benchmark/,\$d" /etc/sshguard/sshguard.conf
    { echo "# of the benchmark"; printf "%s\n" "$@"; } >>/etc/sshguard/sshguard.conf' - "$@"
}

sshguard_begin() {
  sshguard_configure
  agent systemctl restart sshguard.service
  wait_for 60 sshguard_listens
}
sshguard_listens() { agent pgrep -x sshg-blocker >/dev/null && agent nft list set ip sshguard attackers >/dev/null 2>&1; }
sshguard_in_kernel() { agent nft list set ip sshguard attackers 2>/dev/null | addresses; }

# sshguard_hold COUNT: one offence of each source, and a backend that does nothing.
sshguard_hold() {
  sources "$1" | agent sh -c 'while read -r source; do
    echo "Nov 22 10:00:00 node-1 sshd[1]: Invalid user admin from $source port 50022"; done >/run/offences; : >/run/blocks'
  agent sh -c 'printf "#!/bin/sh\nexec cat >>/run/blocks\n" >/run/count-blocks; chmod +x /run/count-blocks'
  sshguard_configure BACKEND=/run/count-blocks 'LOGREADER="cat /run/offences; $LOGREADER"'
  agent systemctl restart sshguard.service
  wait_for 120 at_least "$1" sshguard_blocks || { echo "note sshguard has $(sshguard_blocks) bans after 120 s"; return 1; }
}
sshguard_blocks() { agent grep -c '^block' /run/blocks; }

# It has no store but the list of those it bans for ever.
sshguard_prepare_restore() {
  sshguard_end
  sources "$sshguard_restored" | agent sh -c 'while read -r source; do echo "1700000000|100|4|$source"; done >/run/blacklist'
  sshguard_configure 'BLACKLIST_FILE=10:/run/blacklist'
}

sshguard_end() { agent systemctl stop sshguard.service; }
