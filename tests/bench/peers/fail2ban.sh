# fail2ban as Debian sets it up for sshd: journal, nftables, an action of shell commands. To be sourced by node/ban.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034 # node/ban.sh asks for these by the name of the peer

readonly fail2ban_unit=fail2ban.service fail2ban_lines=100000 fail2ban_restored=300

# What the server does with a line, and no waiting for a file. The lines as they are: the peer's own decision which count.
fail2ban_scan() { head -n "$fail2ban_lines" "$1" >"$1.part" && cpu_seconds fail2ban-regex --usedns=no "$1.part" sshd; }

# fail2ban_configure [SETTING...]: one line is enough, "aggressive" counts the line that a scanner leaves, and the match also finds
# what sshd wrote just before it ended, which Debian's own by unit and program does not; else Debian's settings.
fail2ban_configure() {
  printf '%s\n' '[sshd]' 'mode = aggressive' 'maxretry = 1' 'bantime = 86400' 'journalmatch = SYSLOG_IDENTIFIER=sshd-session' "$@" |
    agent sh -c 'cat >/etc/fail2ban/jail.local'
}

fail2ban_begin() {
  fail2ban_configure
  agent systemctl start fail2ban.service
  wait_for 60 fail2ban_listens
}
fail2ban_listens() { agent fail2ban-client status sshd >/dev/null 2>&1; }
fail2ban_banned() { agent fail2ban-client status sshd | awk -F: '/Currently banned/ { print $2 + 0 }'; }
fail2ban_in_kernel() { agent nft list set inet f2b-table addr-set-sshd 2>/dev/null | addresses; }

# fail2ban_hold COUNT: through its client, into the server only: with an action, each would be two processes.
fail2ban_hold() {
  fail2ban_configure 'action ='
  agent systemctl restart fail2ban.service
  wait_for 60 fail2ban_listens
  sources "$1" | agent xargs -n 1000 fail2ban-client set sshd banip >/dev/null
  wait_for 200 at_least "$1" fail2ban_banned
}

# From its database; each ban becomes a shell and an nft.
fail2ban_prepare_restore() {
  fail2ban_end
  agent sh -c 'rm -f /var/lib/fail2ban/fail2ban.sqlite3'
  fail2ban_begin
  sources "$fail2ban_restored" | agent xargs -n 1000 fail2ban-client set sshd banip >/dev/null
  wait_for 200 at_least "$fail2ban_restored" fail2ban_in_kernel
  agent systemctl stop fail2ban.service
}

fail2ban_end() { agent systemctl stop fail2ban.service; }
