#!/bin/bash
# Where Debian packages come from: the host's own apt sources, or --mirror. To be sourced.

readonly kSuite=trixie

# Prints "URI" of the host's apt source with this label ("Debian" or "Debian-Security"); nothing when there is none.
host_source() {
  local uri
  uri=$(apt-get indextargets --format '$(LABEL)|$(ORIGIN)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -F'|' -v label="$1" '$1 == label && $2 == "Debian" && $3 == "main" { print $4; exit }')
  case $uri in
    mirror+file:*) first_mirror "${uri#mirror+file:}" ;;
    *) printf '%s' "$uri" ;;
  esac
}

# Debian's cloud images list their mirrors in a file: "mirror+file:/etc/apt/mirrors/debian.list".
first_mirror() {
  awk '!/^#/ && NF { print $1; exit }' "${1%/}"
}

# Prints the sources.list of the suite, or explains what is missing.
package_sources() {
  local main security
  if [[ -n ${KGNODE_MIRROR:-} ]]; then
    echo "deb $KGNODE_MIRROR $kSuite main"
    return
  fi
  main=$(host_source Debian)
  if [[ -z $main ]]; then
    apt-get update -qq >&2 || true
    main=$(host_source Debian)
  fi
  if [[ -z $main ]]; then
    echo "dev: apt on this machine knows no Debian archive, so the build root has no package source:" \
      "give one with --mirror URL (the address of a Debian archive that carries $kSuite)" >&2
    return 1
  fi
  echo "deb $main $kSuite main"
  security=$(host_source Debian-Security)
  [[ -z $security ]] || echo "deb $security $kSuite-security main"
}
