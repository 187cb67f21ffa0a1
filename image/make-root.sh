#!/bin/bash
# Builds a Debian tree from package lists: make-root.sh DIRECTORY LIST...
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=source.sh
source "$here/source.sh"

destination=$1
shift
cache=${KGNODE_CACHE:?}
debs=$cache/debs
mkdir -p "$debs"

work=$(mktemp -d "$cache/make-root.XXXXXX")
trap 'rm -rf "$work"' EXIT

package_sources >"$work/sources.list"

# Proxy and time-out settings of the host's apt; its index options would not fit a bare tree.
apt-config dump --no-empty |
  grep -E '^Acquire::(http|https|ftp|Retries|Check-Valid-Until|Check-Date|Max-FutureTime|ForceIPv)' >"$work/apt.conf" || true
echo 'APT::Install-Recommends "false"; Acquire::Languages "none"; Acquire::Retries "3";' >>"$work/apt.conf"

packages=$(sed -E 's/#.*//; s/[[:space:]]+//g; /^$/d' "$@" | sort -u | paste -sd,)

for list in "$@"; do [[ ! -x ${list%.packages}.hook ]] || list_hooks+=("--essential-hook='${list%.packages}.hook' \"\$1\""); done
list_hooks+=("--customize-hook='$here/record-packages.sh' \"\$1\"")
# Credentials are needed for the download only.
auth_in='for f in /etc/apt/auth.conf /etc/apt/auth.conf.d; do [ ! -e "$f" ] || cp -a "$f" "$1/etc/apt/"; done'
auth_out='rm -rf "$1/etc/apt/auth.conf" "$1"/etc/apt/auth.conf.d/*'

# Its own mount and PID namespaces: an interrupted run leaves neither mounts nor processes.
unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
  mmdebstrap --quiet --mode=root --variant=apt --format=directory \
  --keyring=/usr/share/keyrings --keyring=/etc/apt/trusted.gpg.d \
  --aptopt="$work/apt.conf" \
  --dpkgopt='force-unsafe-io' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/lintian/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --skip=download/empty --skip=cleanup/apt/cache \
  --setup-hook="$auth_in" \
  --setup-hook='mkdir -p "$1/var/cache/apt/archives"' \
  --setup-hook="flock '$debs' cp -al '$debs/.' \"\$1/var/cache/apt/archives/\" 2>/dev/null || cp -a '$debs/.' \"\$1/var/cache/apt/archives/\"" \
  "${list_hooks[@]}" \
  --customize-hook="find \"\$1/var/cache/apt/archives\" -maxdepth 1 -name '*.deb' -exec cp -al -u -t '$debs' {} +" \
  --customize-hook="$auth_out" \
  --customize-hook='rm -rf "$1"/var/cache/apt/archives/* "$1"/var/cache/apt/*.bin "$1"/var/lib/apt/lists/* "$1/etc/apt/apt.conf.d/99mmdebstrap"' \
  --customize-hook='rm -f "$1"/var/log/apt/* "$1"/var/log/*.log "$1/var/cache/ldconfig/aux-cache" "$1"/etc/ssh/ssh_host_*' \
  --customize-hook=': >"$1/etc/machine-id"; rm -f "$1/var/lib/dbus/machine-id"' \
  --include="$packages" "$kSuite" "$destination" "$work/sources.list"
