#!/bin/sh
# Shows the node's status on a console, and again when more of it has changed than times: a serial console is somebody's log.
shown=
while :; do
  now=$(kgnode status 2>&1)
  news=$(printf '%s\n' "$now" | sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}Z//g')
  if [ "$news" != "$shown" ]; then
    printf '\033[H\033[2J%s\n' "$now"
    shown=$news
  fi
  sleep 10
done
