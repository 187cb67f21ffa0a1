#!/bin/bash
# Every pure part of a domain has its unit test at the mirrored path, every parser a fuzz target.
set -euo pipefail
source tests/lint/common.sh

while IFS= read -r file; do
  name=$(basename "$file" .cpp)
  case $name in
    plan | desired | parse_*) ;;
    *) continue ;;
  esac
  test=tests/unit/${file%.cpp}_test.cpp
  [[ -e $test ]] || complain "$file" "has no $test"
  [[ $name != parse_* ]] || grep -rqsE "\b$name\b" tests/fuzz || complain "$file" "has no fuzz target in tests/fuzz"
done < <(sources "${kSourceFolders[@]}" | grep '\.cpp$')
finish mirror
