#!/bin/bash
# Makes the Debian package of what is built in build/: package.sh PACKAGE_TREE [VERSION]; prints its path.
# The same sources give the same file, bit for bit.
set -euo pipefail
checkout=$(dirname "$(dirname "$(readlink -f "$0")")")
tools=$1
parts=$checkout/image/package
readonly kUnits=(kgnode-early.service kgnode-firstboot.service kgnode.service kgnode-snapshot.timer)
# Without an [Install]: the agent or a timer starts them.
readonly kStartedByAgent=(k3s.service k3s-agent.service kgnode-audit-look.service kgnode-break-glass.service kgnode-k3s-look.service kgnode-k3s-tell.service kgnode-snapshot.service kgnode-reboot.service kgnode-time-look.service)
# Two slots are the disk image's, and so is a network of our own: on a stock instance that is cloud-init's.
readonly kImageUnits=(kgnode-health.service kgnode-slot.service kgnode-reset.service kgnode-firstboot-net.service)

in_build_root() { "$checkout/image/enter.sh" "${KGNODE_BUILD_ROOT:?}" "$checkout" "$@"; }
in_tools() { "$checkout/image/enter.sh" "$tools" "$checkout" "$@"; }

version=${2:-$(sed -nE "s/^project\('kgnode'.* version: '([^']+)'.*/\1/p" "$checkout/meson.build")}
architecture=$(in_tools dpkg --print-architecture)
# Of the newest commit; a folder without history has a fixed one.
epoch=${SOURCE_DATE_EPOCH:-$(git -c safe.directory="$checkout" -C "$checkout" log -1 --format=%ct 2>/dev/null || echo 1767225600)}
work=$checkout/build/package
root=$work/root
umask 022

# install_agent: what a node's tree gets too, without what belongs to the disk image.
install_agent() {
  local unit log
  log=$(mktemp)
  in_build_root env DESTDIR="$root" meson install -C build --no-rebuild --strip >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; exit 1; }
  rm -f "$log"
  rm -f "${kImageUnits[@]/#/$root/usr/lib/systemd/system/}"
  for unit in "$root"/usr/lib/systemd/system/*.service; do
    [[ " ${kUnits[*]} ${kStartedByAgent[*]} " == *" $(basename "$unit") "* ]] ||
      { echo "package: $(basename "$unit") is new: say in image/package.sh whether the package has it" >&2; exit 1; }
  done
  find "$root/usr/share/man" -type f -exec gzip -9n {} +
}

add_drop_ins() {
  local units=$root/usr/lib/systemd/system
  install -D -m 0644 "$parts/condition.conf" "$units/kgnode.service.d/package.conf"
  install -D -m 0644 "$parts/condition.conf" "$units/kgnode-early.service.d/package.conf"
  install -D -m 0644 "$parts/firstboot.conf" "$units/kgnode-firstboot.service.d/package.conf"
}

add_documents() {
  local folder=$root/usr/share/doc/kgnode
  install -D -m 0644 "$parts/copyright" "$folder/copyright"
  printf 'kgnode (%s) trixie; urgency=medium\n\n  * Made from the sources of this version; their history says what changed.\n\n -- %s  %s\n' \
    "$version" "$(sed -n 's/^Maintainer: //p' "$parts/control")" "$(LC_ALL=C date -u -R -d "@$epoch")" | gzip -9n >"$folder/changelog.gz"
  install -D -m 0644 "$parts/lintian-overrides" "$root/usr/share/lintian/overrides/kgnode"
}

# libraries: packages and versions that the programs need; dpkg-shlibdeps wants a source tree around it, and wonders at a container.
libraries() {
  mkdir -p "$work/source/debian"
  printf 'Source: kgnode\n\nPackage: kgnode\nArchitecture: any\n' >"$work/source/debian/control"
  in_tools sh -c "cd '$work/source' && dpkg-shlibdeps -O -e'$root/usr/bin/kgnode' -e'$root/usr/lib/kgnode/dashboard' 2>log || { cat log >&2; exit 1; }" | sed -n 's/^shlibs:Depends=//p'
}

# in_one_line: a list of packages may not be continued as a description may.
in_one_line() { sed -E ':next; /^[A-Z][a-z]+: .*,$/ { N; s/,\n +/, /; b next }'; }

add_control() {
  local size script
  mkdir "$root/DEBIAN"
  size=$(find "$root" -path "$root/DEBIAN" -prune -o -type f -printf '%s\n' -o -printf '1\n' | awk '{ kib += int(($1 + 1023) / 1024) } END { print kib }')
  sed -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$size/; s/@LIBRARIES@/$(libraries)/" \
    "$parts/control" | in_one_line >"$root/DEBIAN/control"
  (cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
  for script in postinst prerm postrm; do
    sed "s/@UNITS@/${kUnits[*]}/" "$parts/$script" >"$root/DEBIAN/$script"
    chmod 0755 "$root/DEBIAN/$script"
  done
}

rm -rf "$work/root" "$work/source"
mkdir -p "$root"
install_agent
add_drop_ins
add_documents
add_control
# Modes and times of a checkout are its owner's.
chmod -R u=rwX,go=rX "$root"
find "$root" -exec touch --no-dereference --date="@$epoch" {} +
file=$work/kgnode_${version}_$architecture.deb
in_tools env SOURCE_DATE_EPOCH="$epoch" dpkg-deb --root-owner-group --threads-max=1 -Zxz --build "$root" "$file" >/dev/null
echo "$file"
