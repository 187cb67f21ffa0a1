#!/bin/bash
# The agent's web page in a browser, with the policy that the agent sends. In the tree of image/chromium.packages; with
# KGNODE_TEST_ACCEPT=1 it takes the pictures in docs/pictures.
set -euo pipefail

readonly kPage=agent/page/page.html kPolicy=tests/data/page/policy.txt
path= # of the page
work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$work"' EXIT

# result NAME COMMAND...
result() {
  local name=$1
  shift
  if "$@"; then echo "ok page $name"; else echo "not ok page $name"; fi
}

# serve DATA [POLICY]: until the next one.
serve() {
  [[ -z $server ]] || { kill "$server"; wait "$server" 2>/dev/null || true; }
  rm -f "$work/port"
  python3 tests/page/serve.py "$kPage" "$1" "${2:-$kPolicy}" >"$work/port" &
  server=$!
  until [[ -s $work/port ]]; do
    kill -0 "$server" 2>/dev/null || { echo "not ok page it is served"; exit 1; }
    sleep 0.1
  done
  address=http://127.0.0.1:$(cat "$work/port")
}

# browse WIDTH HEIGHT OPTION...: what it logs goes to $work/log.
browse() {
  TZ=UTC HOME=$work timeout 90 chromium-headless-shell --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars --user-data-dir="$work/profile" \
    --window-size="$1,$2" --virtual-time-budget=6000 --enable-logging=stderr "${@:3}" "$address/$path" 2>"$work/log"
}
complaints() { grep -a 'CONSOLE' "$work/log" || true; }

# dom WIDTH: the document after the script has run, one element a line.
dom() { browse "$1" 900 --dump-dom | sed 's/></>\n</g' >"$work/dom"; }
has() { grep -qF -- "$1" "$work/dom"; }
has_not() { ! has "$1"; }
is_quiet() { [[ -z $(complaints) ]] || { complaints; return 1; }; }

serve tests/data/page/page.json
dom 1280
result "runs under its policy" has 'data-shown="yes"'
result "says what is the matter" has '>2 of 7 nodes need you<'
result "shows why" has 'no disk matches storage.disk'
result "shows bans" has '>203.0.113.4<'
result "shows a snapshot that cannot be restored" has 'the file ends in the middle of a page'
result "draws a timeline for each node" has 'aria-label="worker-3 in the last 24 hours"'
result "is refused nothing that it needs" is_quiet

# A policy with another hash: then nothing may run, or the one above proves nothing.
sed "s/script-src 'sha256-./script-src 'sha256-A/" "$kPolicy" >"$work/policy"
serve tests/data/page/page.json "$work/policy"
dom 1280
result "does not run under another policy" has_not 'data-shown="yes"'

# Names and causes as an attacker would write them.
python3 - <<'END' >"$work/hostile.json"
import json
data = json.load(open("tests/data/page/page.json"))
evil = "<img src=x onerror=\"document.documentElement.dataset.pwned=1\"><script>document.documentElement.dataset.pwned=2</script>"
def poison(value):
    if isinstance(value, dict): return {key: poison(one) if key not in ("at", "time", "begin", "since", "until", "taken") else one for key, one in value.items()}
    if isinstance(value, list): return [poison(one) for one in value]
    return evil + "'\"\u202e&amp;" if isinstance(value, str) else value
print(json.dumps(poison(data)))
END
serve "$work/hostile.json"
dom 1280
result "shows a hostile name as a text" has '&lt;img src=x'
result "makes no element of it" has_not '<img'
result "runs none of it" has_not 'data-pwned'

# Shapes that no agent sends.
echo '{"at":"never","nodes":[1,null,{}],"history":null,"bans":7,"snapshots":[{"taken":3}]}' >"$work/odd.json"
serve "$work/odd.json"
dom 1280
result "survives an answer of another shape" has 'data-shown="yes"'

serve tests/data/page/page.json
path=probe
for width in 320 390 768 1280; do
  dom "$width"
  result "fits a screen of $width" has 'data-overflow="0"'
done
path=
if [[ -n ${KGNODE_TEST_ACCEPT:-} ]]; then
  mkdir -p docs/pictures
  browse 1280 1500 --screenshot="$PWD/docs/pictures/page-light.png"
  browse 1280 1500 --blink-settings=preferredColorScheme=0 --screenshot="$PWD/docs/pictures/page-dark.png"
  browse 390 1500 --screenshot="$PWD/docs/pictures/page-phone.png"
fi
