#!/bin/bash
# Includes go downwards only; the table below is the one in docs/architecture.md.
set -euo pipefail
source tests/lint/common.sh

readonly kThirdParty='^(boost/|toml\+\+/|systemd/|libmnl/|libnftnl/|sodium|blkid/|libfdisk/|libmount/|cdio/|re2/|sqlite3\.h|zlib\.h|yaml\.h|CLI/|security/|ftxui/)'
readonly kDomainMay='agent/(base|sys)/|agent/config/(config|reader)\.hpp|agent/core/(module|owned|timers|events)\.hpp'
readonly kAsioFiles='agent/sys/(loop|bus|journal|netlink|watcher|process|real_process|sd_event_bridge|timers)[a-z_]*\.(hpp|cpp)'

# may FILE: what a file may include of ours; the last column of the table as a pattern.
may() {
  case $1 in
    agent/base/*) echo 'agent/base/' ;;
    agent/config/*) echo 'agent/(base|config)/|agent/sys/(ed25519|files|regex|secret)\.hpp' ;;
    agent/core/*) echo 'agent/(base|core)/|agent/config/config\.hpp' ;;
    agent/state/*) echo 'agent/(base|core|state|sys)/' ;;
    agent/sys/*) echo 'agent/(base|sys)/|agent/core/timers\.hpp' ;;
    agent/health/* | agent/peers/*) echo "$kDomainMay|agent/(health|peers)/" ;;
    agent/slots/*) echo "$kDomainMay|agent/slots/" ;;
    agent/page/*) echo 'agent/(base|page|sys)/|hardening/ban/book\.hpp|k3s/snapshot/book\.hpp' ;;
    agent/support/*) echo 'agent/(base|config|support|sys)/' ;;
    agent/firstboot/*) echo "$kDomainMay|agent/firstboot/" ;;
    agent/api/listen*) echo 'agent/(base|api)/|agent/sys/unix_socket\.hpp' ;;
    agent/api/*) echo 'agent/(base|core|api)/|agent/config/config\.hpp' ;;
    agent/cli/* | agent/dashboard/* | agent/*.cpp | agent/*.hpp) echo '.' ;;
    hardening/*/*) echo "$kDomainMay|$(cut -d/ -f1-2 <<<"$1")/|hardening/(profiles/|ban_sets\.hpp)" ;;
    k3s/* | storage/*) echo "$kDomainMay|$(cut -d/ -f1 <<<"$1")/" ;;
    *) echo '.' ;;
  esac
}

# may_library FILE: which third-party headers it may include.
may_library() {
  case $1 in
    agent/config/*) echo '^toml\+\+/' ;;
    agent/firstboot/node_toml.cpp) echo '^boost/json|^toml\+\+/' ;; # user data may be node.toml itself
    k3s/conditions/tell.cpp | k3s/join/look.cpp) echo '^boost/(json|describe)' ;;
    k3s/day2/* | k3s/join/json.*) echo '^boost/json' ;;
    agent/pch/* | agent/page/* | agent/peers/* | agent/support/* | agent/slots/* | agent/core/* | agent/state/* | agent/firstboot/* | k3s/snapshot/*) echo '^boost/json|^sodium' ;;
    agent/api/server* | agent/api/client* | agent/api/*_src.cpp) echo '^boost/' ;;
    agent/api/listen*) echo '^systemd/' ;;
    agent/api/*) echo '^boost/json' ;;
    agent/cli/*) echo '^(boost/|CLI/)' ;;
    agent/dashboard/*) echo '^(boost/json|ftxui/)' ;;
    agent/sys/*) [[ $1 =~ ^$kAsioFiles$ ]] && echo '.' || echo '^(systemd|libmnl|libnftnl|sodium|blkid|libfdisk|libmount|cdio|re2|sqlite3|zlib|yaml|security)' ;;
    agent/*/* | hardening/* | k3s/* | storage/*) echo '^$' ;;
    *) echo '.' ;;
  esac
}

while IFS= read -r file; do
  ours=$(may "$file") library=$(may_library "$file")
  while IFS= read -r included; do
    if [[ $included =~ ^(agent|hardening|k3s|storage|tests)/ ]]; then
      [[ $included =~ ^($ours) ]] || complain "$file" "may not include \"$included\""
    elif [[ $included =~ $kThirdParty ]]; then
      [[ $included =~ $library ]] || complain "$file" "may not include <$included>"
    fi
  done < <(sed -nE 's/^#[[:space:]]*include[[:space:]]*["<]([^">]+)[">].*/\1/p' "$file")
done < <(sources "${kSourceFolders[@]}")
finish layering
