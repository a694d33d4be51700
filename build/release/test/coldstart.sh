#!/usr/bin/env bash
# From start to first screen, of the released program and of a bare Wails window,
# N times in turn: coldstart.sh N RELEASE (a folder with a .deb, or a program)
# Fails where Parley's median is over the budget of 1 s and more than half a
# second over the bare window's: a slow machine is no failure.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
program=$(realpath "$2")
if [ -d "$program" ]; then
  dpkg-deb -x "$program"/*_amd64.deb "$work/deb"
  program=$work/deb/usr/bin/parley
fi
(cd "$here" && go build -tags desktop,production,webkit2_41 -trimpath -buildmode=pie -ldflags "-s -w" -o "$work/bare" ./bare)
# The system's Python, as another's may be slow to start; one session bus for all.
dbus-run-session -- /usr/bin/python3 "$here/coldstart.py" "$1" "$work/bare" "$program" 2>"$work/log" ||
  { tail -20 "$work/log" >&2; exit 1; }
