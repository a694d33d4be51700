#!/usr/bin/env bash
# From start to first screen, as a screen reader sees it, of the released
# program and of a bare webview, in turn: coldstart.sh N RELEASE
# Prints n, median and p95; fails where Parley's median is over the budget and
# more than half a second over the bare webview's: a slow machine is no failure.
# shellcheck disable=SC2015 # pass never fails: lib.sh
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=build/release/test/lib.sh
. "$here/lib.sh"
n=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dpkg-deb -x "$2"/*_amd64.deb "$work/deb"
# shellcheck disable=SC2046 # these are several words
gcc -O2 -o "$work/bare" "$here/bare.c" $(pkg-config --cflags --libs webkit2gtk-4.1)

for ((i = 0; i < n; i++)); do
  for program in "$work/deb/usr/bin/parley" "$work/bare"; do
    # Not the way of `env python3`: another Python than the system's has no gi.
    dbus-run-session -- /usr/bin/python3 "$here/firstscreen.py" "$program" 2>/dev/null |
      sed -n 's/^first screen after \(.*\) s$/\1/p' >>"$work/$(basename "$program").s"
  done
done
figure() { sort -n "$work/$1.s" | awk -v p="$2" '{v[NR] = $1} END {i = int(NR * p + 0.5); if (i < 1) i = 1; print v[i]}'; }
echo "cold start, s   n   median  p95"
for name in parley bare; do
  printf '%-14s %3d   %6s  %s\n' "$name" "$(wc -l <"$work/$name.s")" "$(figure $name 0.5)" "$(figure $name 0.95)"
done
awk -v p="$(figure parley 0.5)" -v b="$(figure bare 0.5)" 'BEGIN {exit !(p <= 1 || p - b <= 0.5)}' &&
  pass "under 1 s, or less than half a second over a bare webview" || fail "slower than the budget of 1 s, and than a bare webview by more than half a second"
finish coldstart
