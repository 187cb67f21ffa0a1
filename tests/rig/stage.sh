# What runs and how long it took. To be sourced.
# shellcheck shell=bash

# stage TEXT COMMAND...: says what runs, and how long it took when that was worth a line.
stage() {
  local text=$1 start=$SECONDS
  shift
  echo "==> $text"
  "$@"
  ((SECONDS - start < 2)) || echo "==> $text: $((SECONDS - start)) s"
}
