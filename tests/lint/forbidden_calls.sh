#!/bin/bash
# Calls that CONVENTIONS.md rules out. A line that must stay says so: "// lint: allow NAME: why".
set -euo pipefail
source tests/lint/common.sh

# Code without comments and string contents, as file:line:code; a line with an allowance is left out.
code() {
  sources "${kSourceFolders[@]}" | xargs -r awk '
    FNR == 1 { block = 0; raw = 0 }
    /lint: allow / { next }
    {
      line = $0
      if (raw) { if (match(line, /\)[a-zA-Z]*"/)) { line = substr(line, RSTART + RLENGTH); raw = 0 } else next }
      if (block) { if ((i = index(line, "*/"))) { line = substr(line, i + 2); block = 0 } else next }
      gsub(/R"\([^)]*\)"/, "\"\"", line)
      if (match(line, /R"[a-zA-Z]*\(/)) { line = substr(line, 1, RSTART - 1); raw = 1 }
      gsub(/\\\\/, "", line); gsub(/\\"/, "", line); gsub(/"[^"]*"/, "\"\"", line); sub(/\/\/.*/, "", line)
      gsub(/\/\*.*\*\//, "", line)
      if ((i = index(line, "/*"))) { line = substr(line, 1, i - 1); block = 1 }
      print FILENAME ":" FNR ":" line
    }'
}

# forbid PATTERN INSTEAD [EXCEPT_FILES]: the pattern is for the code part of a line.
forbid() {
  local hit
  while IFS= read -r hit; do
    complain "${hit%%:[^0-9]*}" "$2"
  done < <(grep -E "^[^:]+:[0-9]+:.*$1" <<<"$all_code" | grep -vE "^(${3:-nothing}):" || true)
}

readonly kWord='(^|[^A-Za-z0-9_.>])(std::|::)?'
# Processes of their own, which run once: they have no loop to block.
readonly kOneshot='agent/firstboot/[a-z_]*\.cpp|agent/(slot_work|k3s_tell|reboot_host)\.cpp|agent/sys/byte_source\.cpp|agent/dashboard/main\.cpp|agent/cli/(remote|k3s_install_host|k3s_restore_host)\.cpp'
all_code=$(code)
forbid "${kWord}system[[:space:]]*\(" "system(): use sys::Processes, which runs no shell"
forbid "${kWord}popen[[:space:]]*\(" "popen(): use sys::Processes, which runs no shell"
forbid "${kWord}u?sleep[[:space:]]*\(" "sleep blocks the loop: use a timer" "$kOneshot"
forbid 'sleep_(for|until)' "sleep blocks the loop: use a timer" "$kOneshot"
forbid "${kWord}(sto(i|l|ul|ll|ull|f|d)|ato(i|l|ll|f)|strto(l|ul|ll|ull|d|f))[[:space:]]*\(" "parse numbers with base/text.hpp"
forbid '\[(&|=)[],]' "default capture: name what the lambda captures"
forbid "${kWord}dup[[:space:]]*\(" "dup() leaks across exec: fcntl(F_DUPFD_CLOEXEC)"
forbid '(^|[^A-Za-z0-9_])typedef ' "typedef: write using"
forbid 'std::w?regex' "std::regex: use a hand-written parser, or RE2 through agent/sys"
forbid '(^|[^A-Za-z0-9_])new [A-Za-z_:]' "naked new: std::make_unique or a Handle"
forbid '(^|[^A-Za-z0-9_=])[[:space:]]delete(\[\])?[[:space:]]+[A-Za-z_*(]' "naked delete: an owner does that"
finish forbidden_calls
