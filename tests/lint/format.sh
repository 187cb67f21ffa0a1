#!/bin/bash
# The layout of every C++ file is what clang-format makes of it.
set -euo pipefail
source tests/lint/common.sh

while IFS= read -r file; do
  clang-format-19 --dry-run -Werror "$file" >/dev/null 2>&1 ||
    complain "$file" "not formatted: ./dev exec clang-format-19 -i $file"
done < <(sources "${kSourceFolders[@]}" tests)
finish format
