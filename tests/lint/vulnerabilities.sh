#!/bin/bash
# image/vulnerabilities.sh on a small archive, lock and tracker: what is open, what is fixed, what nobody knows.
set -euo pipefail
source tests/lint/common.sh
readonly kData=tests/data/vulnerabilities
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# expect WHAT STATUS OUTPUT OPTION...: the whole output and the exit status.
expect() {
  local what=$1 status=$2 output=$3 got=0
  shift 3
  image/vulnerabilities.sh --index "$kData/lists" --lock "$kData/packages.lock" "$@" >"$work/out" 2>&1 || got=$?
  [[ $got == "$status" ]] || complain "$what" "exit status $got instead of $status"
  diff <(printf '%s\n' "$output") "$work/out" || complain "$what" "says something else, see above"
}

note='this is not the security tracker: a hole without a fix is not seen, and not every newer version closes one'
expect "without a tracker" 1 "$(printf 'libalpha1\t1.2-3+b1\t1.2-3+deb13u1\tsecurity\n')
1 of 3 locked packages have a newer version in the archive, 1 of them in its security suite; 0 locked versions are no longer there
$note"
expect "another tree" 1 "$(printf 'delta\t1.0-1\t2.0-1\tmain\n')
1 of 1 locked packages have a newer version in the archive, 0 of them in its security suite; 1 locked versions are no longer there
$note" --tree image-tools
expect "with a tracker" 1 "$(printf 'CVE-2026-0001\talpha (libalpha1)\thigh\t1.2-3+deb13u1\nCVE-2026-0004\tbeta (beta)\tnot yet assigned\t-\nCVE-2026-0006\tbeta (beta)\tundetermined\t-\n')
high: 1
not yet assigned: 1
undetermined: 1
3 CVEs in 3 locked packages, 1 of them fixed in the archive; 0 packages unknown" --tracker "$kData/tracker.json"
echo '{}' >"$work/empty.json"
expect "a tracker that knows nothing" 2 "vulnerabilities: $work/empty.json says nothing about any of these packages in trixie: is it the tracker's whole JSON?" \
  --tracker "$work/empty.json"
echo '<html>' >"$work/page.json"
image/vulnerabilities.sh --index "$kData/lists" --lock "$kData/packages.lock" --tracker "$work/page.json" >"$work/out" 2>&1 &&
  complain "a page instead of JSON" "is taken"
grep -q 'is not what the security tracker gives' "$work/out" || complain "a page instead of JSON" "is not named"
finish vulnerabilities
