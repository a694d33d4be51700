#!/usr/bin/env bash
# Has the released window look for newer releases: updates.sh PROGRAM. A proxy
# answers in the name of the host in PARLEY_LATEST_URL, with lists signed by
# PARLEY_MINISIGN_KEY, or not.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=build/release/test/lib.sh
. "$here/lib.sh"
program=$(realpath "$1")
work=$(mktemp -d)
proxy_stop=
trap '[ -z "$proxy_stop" ] || exec {proxy_stop}>&-; rm -rf "$work"' EXIT
mkdir "$work/site" "$work/bin"
list=/$(basename "$PARLEY_LATEST_URL")
host=${PARLEY_LATEST_URL#https://}
host=${host%%/*}
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$host" -addext "subjectAltName=DNS:$host" \
  -keyout "$work/site.key" -out "$work/site.pem" 2>/dev/null
minisign -G -W -f -p "$work/other.pub" -s "$work/other.key" >/dev/null
# shellcheck disable=SC2016 # xdg-open's own $1
printf '#!/bin/sh\necho "opened $1"\n' >"$work/bin/xdg-open"
chmod +x "$work/bin/xdg-open"
mkfifo "$work/stop"
/usr/bin/python3 "$here/proxy.py" "$work/site.pem" "$work/site.key" "$work/site" <"$work/stop" >"$work/asked" &
exec {proxy_stop}>"$work/stop"
read -r -t 60 port < <(exec tail -n +1 -f "$work/asked") || { echo "the proxy did not start" >&2; exit 1; }

# lists VERSION KEY: the list that the proxy has.
lists() {
  printf '{"version":"%s","page":"https://%s/download"}\n' "$1" "$host" >"$work/site$list"
  minisign -S -s "$2" -m "$work/site$list" </dev/null >/dev/null
}
# opens [--press BUTTON] PROGRAM WORDS...: the window, until they are there.
opens() {
  env PATH="$work/bin:$PATH" HTTPS_PROXY="http://127.0.0.1:$port" NO_PROXY= SSL_CERT_FILE="$work/site.pem" \
    dbus-run-session -- /usr/bin/python3 "$here/firstscreen.py" --home "$work/home" "$@" >"$work/seen" 2>&1 ||
    { cat "$work/seen"; return 1; }
}
# new: somebody who never started it.
new() {
  rm -rf "${work:?}/home"
  mkdir -m 700 "$work/home"
}
asked() { tail -n +2 "$work/asked" | paste -sd ' '; }
untold() { is "... and the user hears nothing of it" "$(grep 'is out' "$work/seen")" ""; }

echo "newer releases, as the window tells of them"
new
lists 99.0.0 "$PARLEY_MINISIGN_KEY"
accepts "it tells of a newer one, and opens its page" \
  opens --press "Open the download page" "$program" "Parley 99\.0\.0 is out" "^opened https://$host/download$"
is "... after it asked for the list and its signature" "$(asked)" "$list $list.minisig"
accepts "started again it still tells" opens "$program" "Parley 99\.0\.0 is out"
is "... and has asked nobody on the same day" "$(asked)" "$list $list.minisig"
new
lists 99.0.0 "$work/other.key"
accepts "a list that a foreign key signed is refused" opens "$program" "button: Create room" "signed with another key"
untold
new
lists 99.0.0 "$PARLEY_MINISIGN_KEY"
sed -i 's/99\.0\.0/99.0.1/' "$work/site$list"
accepts "a list that was changed is refused" opens "$program" "button: Create room" "does not fit it"
untold
new
lists 0.0.1 "$PARLEY_MINISIGN_KEY"
accepts "an older list is refused" opens "$program" "button: Create room" "older than what is known"
untold
new
before=$(asked)
PARLEY_UPDATE_CHECK=false accepts "turned off, it opens" opens "$program" "button: Create room"
is "... and asks nobody" "$(asked)" "$before"
finish updates
