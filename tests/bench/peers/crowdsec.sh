# CrowdSec and its bouncer for the firewall, which are two programs; its parsers are in Debian's package. To be sourced by node/ban.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034 # node/ban.sh asks for these by the name of the peer

readonly crowdsec_unit="crowdsec.service crowdsec-firewall-bouncer.service" crowdsec_lines=30000 crowdsec_restored=50000

# Replaying a file is a mode of its own; without the internet it has no community to report to.
crowdsec_scan() {
  head -n "$crowdsec_lines" "$1" >"$1.part"
  cpu_seconds sh -c 'sed -i "/online_client:/,/credentials_path/d" /etc/crowdsec/config.yaml
    sed -i "s/daemonize: true/daemonize: false/; s/log_media: file/log_media: stdout/" /etc/crowdsec/config.yaml
    exec crowdsec -c /etc/crowdsec/config.yaml -dsn "file://$1" -type syslog' - "$1.part"
}

crowdsec_begin() {
  agent sh -c 'sed -i "/online_client:/,/credentials_path/d" /etc/crowdsec/config.yaml
    systemctl start crowdsec.service && systemctl restart crowdsec-firewall-bouncer.service'
}
crowdsec_in_kernel() { agent nft list set ip crowdsec crowdsec-blacklists 2>/dev/null | addresses; }

# crowdsec_hold COUNT: decisions by its own import; the bouncer puts them into the kernel.
crowdsec_hold() {
  crowdsec_import "$1"
  wait_for 120 at_least "$1" crowdsec_in_kernel
}
crowdsec_import() {
  { echo "duration,origin,reason,scope,value"; sources "$1" | sed 's/.*/24h,cscli,bench,ip,&/'; } | agent sh -c 'cat >/run/decisions.csv'
  agent cscli --error decisions import -i /run/decisions.csv >/dev/null
}

crowdsec_prepare_restore() { agent systemctl stop crowdsec-firewall-bouncer.service; }
crowdsec_end() { agent sh -c 'systemctl stop crowdsec-firewall-bouncer.service; systemctl stop crowdsec.service'; }
