#!/bin/bash
# Known vulnerabilities of the locked packages: vulnerabilities.sh --index FOLDER [--tracker FILE] [--lock FILE] [--tree NAME]
# The package lists in the folder are those of: vulnerabilities.sh --fetch FOLDER
# With the data of Debian's security tracker (its JSON, a file): every open CVE with package, urgency and fixed version. Without
# it: the packages for which the archive, with its security suite, has a newer version, which is less and says so.
# Ends with 1 when a fix is there and not taken, with 2 when it cannot tell.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=source.sh
source "$here/source.sh"

lock=$here/packages.lock index='' tracker='' tree=machine
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() {
  echo "vulnerabilities: $*" >&2
  exit 2
}

# fetch FOLDER: the package lists of the suite, by the host's apt but in a state of their own.
fetch() {
  mkdir -p "$1/partial" "$work/cache"
  package_sources | sed "s|^deb |&[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] |" >"$work/sources.list"
  grep -q -- "-security " "$work/sources.list" || echo "vulnerabilities: this machine's apt knows no security suite, so its updates are not seen" >&2
  apt-get -qq -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$1" \
    -o Dir::Cache="$work/cache" -o Acquire::GzipIndexes=false -o Acquire::Languages=none update >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; die "the package lists cannot be fetched: see above"; }
}

# archive: "PACKAGE VERSION SOURCE SOURCE_VERSION SUITE" of every package of the lists.
archive() {
  local file found=
  for file in "$index"/*_Packages; do
    [[ ! -e $file ]] || found=yes
  done
  [[ -n $found ]] || die "no list (*_Packages) in $index"
  awk '
    function flush() {
      if (name != "") print name, version, (source == "" ? name : source), (source_version == "" ? version : source_version), suite
      name = version = source = source_version = ""
    }
    FNR == 1 { flush(); suite = FILENAME ~ /-security_/ ? "security" : "main" }
    /^Package: / { flush(); name = $2 }
    /^Version: / { version = $2 }
    /^Source: / { source = $2; source_version = $3; gsub(/[()]/, "", source_version) }
    END { flush() }' "$index"/*_Packages
}

declare -A compared=()
# older A B: is version A older than B; asked once for each pair.
older() {
  local pair="$1 $2"
  if [[ -z ${compared[$pair]:-} ]]; then
    if dpkg --compare-versions "$1" lt "$2"; then compared[$pair]=yes; else compared[$pair]=no; fi
  fi
  [[ ${compared[$pair]} == yes ]]
}

declare -A locked=() source_of=()
# read_packages: the lock, and the source of each of its packages as the archive knows it.
read_packages() {
  local name version source source_version suite
  while read -r name version; do
    locked[$name]=$version
  done < <(awk -v tree="$tree" '$1 == tree { print $2, $3 }' "$lock")
  ((${#locked[@]})) || die "$lock has no package of the tree '$tree'"
  archive >"$work/archive"
  while read -r name version source source_version suite; do
    [[ ${locked[$name]:-} != "$version" ]] || source_of[$name]="$source $source_version"
  done <"$work/archive"
}

declare -A newer=() newer_from=()
list_newer() {
  local name version suite security=0 gone=0
  while read -r name version _ _ suite; do
    [[ -n ${locked[$name]:-} ]] || continue
    older "${newer[$name]:-${locked[$name]}}" "$version" || continue
    newer[$name]=$version newer_from[$name]=$suite
  done <"$work/archive"
  for name in $(printf '%s\n' "${!newer[@]}" | LC_ALL=C sort); do
    printf '%s\t%s\t%s\t%s\n' "$name" "${locked[$name]}" "${newer[$name]}" "${newer_from[$name]}"
    [[ ${newer_from[$name]} != security ]] || security=$((security + 1))
  done
  for name in "${!locked[@]}"; do
    [[ -n ${source_of[$name]:-} ]] || gone=$((gone + 1))
  done
  echo "${#newer[@]} of ${#locked[@]} locked packages have a newer version in the archive, $security of them in its security suite;" \
    "$gone locked versions are no longer there"
  echo "this is not the security tracker: a hole without a fix is not seen, and not every newer version closes one"
  ((${#newer[@]} == 0))
}

# tracked: "SOURCE<TAB>CVE<TAB>STATUS<TAB>URGENCY<TAB>FIXED" of the sources of the lock.
tracked() {
  printf '%s\n' "${source_of[@]}" | cut -d' ' -f1 | sort -u >"$work/sources"
  # shellcheck disable=SC2016 # variables of jq
  jq -r --rawfile sources "$work/sources" --arg suite "$kSuite" '
    ($sources | split("\n") | map(select(. != "")))[] as $source | (.[$source] // {}) | to_entries[] | .key as $cve |
    .value.releases[$suite] // empty | [$source, $cve, .status, (.urgency // "unknown"), (.fixed_version // "0")] | @tsv' "$tracker"
}

list_tracked() {
  local name source version cve status urgency fixed fixable=0 total=0 unknown=0
  declare -A binaries=() versions=() counts=()
  for name in "${!locked[@]}"; do
    [[ -n ${source_of[$name]:-} ]] || { unknown=$((unknown + 1)); echo "unknown: $name ${locked[$name]} is no longer in the archive, so its source is not known"; continue; }
    read -r source version <<<"${source_of[$name]}"
    versions[$source]=$version binaries[$source]+=" $name"
  done
  tracked >"$work/tracked" || die "$tracker is not what the security tracker gives: JSON, source packages with their CVEs"
  [[ -s $work/tracked ]] || die "$tracker says nothing about any of these packages in $kSuite: is it the tracker's whole JSON?"
  while IFS=$'\t' read -r source cve status urgency fixed; do
    case $status in
      open) fixed=- ;;
      resolved) older "${versions[$source]}" "$fixed" || continue ;; # 0: was never affected
      *) urgency=$status fixed=- ;; # undetermined: not known is not safe
    esac
    printf '%s\t%s (%s)\t%s\t%s\n' "$cve" "$source" "$(xargs -n1 <<<"${binaries[$source]}" | sort | paste -sd' ')" "$urgency" "$fixed"
    total=$((total + 1)) counts[$urgency]=$((${counts[$urgency]:-0} + 1))
    [[ $fixed == - ]] || fixable=$((fixable + 1))
  done <"$work/tracked"
  ((total == 0)) || printf '%s\n' "${!counts[@]}" | sort | while read -r urgency; do
    echo "$urgency: ${counts[$urgency]}"
  done
  echo "$total CVEs in ${#locked[@]} locked packages, $fixable of them fixed in the archive; $unknown packages unknown"
  ((unknown == 0)) || exit 2
  ((fixable == 0))
}

if [[ ${1:-} == --fetch ]]; then
  fetch "${2:?}"
  exit
fi
while (($#)); do
  case $1 in
    --tracker | --index | --lock | --tree) [[ -n ${2:-} ]] || die "$1 needs a value" ;;
    *) die "unknown option '$1'" ;;
  esac
  declare "${1#--}=$2"
  shift 2
done
[[ -r $lock ]] || die "$lock cannot be read: ./dev image --update-lock makes it"
[[ -z $tracker || -r $tracker ]] || die "$tracker cannot be read"
[[ -n $index ]] || die "--index FOLDER is missing: the package lists of the suite"
read_packages
if [[ -n $tracker ]]; then list_tracked; else list_newer; fi
