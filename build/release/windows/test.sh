#!/usr/bin/env bash
# Tests the Windows setup: test.sh [quick | SETUP KEYS]
#
# quick signs, verifies and packs programs of a few kilobytes with keys made for
# this run, in less than a minute. Without it a setup is also installed under
# Wine: install.sh. That is SETUP, which was signed with KEYS (authorities, in
# signing.sh; its PARLEY_SIGN_ variables are set), or else one that is built here.
# PARLEY_LINUX is the Linux parley that calls it (build/bin/parley).
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=build/release/windows
# shellcheck source=build/release/test/lib.sh
. build/release/test/lib.sh
# shellcheck source=build/release/test/call.sh
. build/release/test/call.sh
# shellcheck source=build/release/windows/signing.sh
. $here/signing.sh
# shellcheck source=build/release/windows/install.sh
. $here/install.sh
skip() { echo "  SKIP  $*"; }
newer=
[ -z "${2:-}" ] || { newer=$(realpath "$1"); keys=$(realpath "$2"); }

[ "${1:-}" = quick ] || build/deps.sh release-windows
work=$(mktemp -d)
tsa_stop=
trap 'leave_wine; [ -z "$tsa_stop" ] || exec {tsa_stop}>&-; rm -rf "$work"' EXIT
export PARLEY_WEBVIEW2=none
[ -n "$newer" ] || unset PARLEY_SIGN_PFX PARLEY_SIGN_PKCS11
unset PARLEY_LICENSES

# tiny.exe stands in for the program. It leaves what it was started as.
tiny=$work/tiny
mkdir "$tiny"
cat >"$work/tiny.c" <<'EOF'
#include <stdio.h>
#include <windows.h>
int main(void) { return fputs(GetCommandLineA(), fopen("C:\\started", "w")) < 0; }
EOF
x86_64-w64-mingw32-gcc-posix -s -o "$tiny/parley.exe" "$work/tiny.c"
cp "$tiny/parley.exe" "$tiny/parley.com"

# setup VERSION OUT PROGRAMS: a setup, as build.sh makes it.
setup() { $here/build.sh "$@" 2>"$work/setup.log" || { cat "$work/setup.log" >&2; return 1; }; }

if [ -z "$newer" ]; then
  echo "setups are the same"
  for where in one another/and/longer; do
    mkdir -p "$work/$where/programs"
    cp "$tiny"/* "$work/$where/programs/"
    setup 9.8.7 "$work/$where/out" "$work/$where/programs"
  done
  accepts "unsigned, from two folders at two times" cmp "$work"/{one,another/and/longer}/out/parley-9.8.7-windows-amd64-setup.exe
  refuses "a version that is none" "is no version" $here/build.sh 9.8 "$work/one/out" "$tiny"
  refuses "a setup without the bootstrapper for WebView2" "no WebView2 bootstrapper" \
    env PARLEY_WEBVIEW2="$work/nothing" $here/build.sh 9.8.7 "$work/one/out" "$tiny"

  echo "signatures"
  keys=$work/keys
  authorities "$keys"
  signatures "$keys" "$tiny/parley.exe"
  setup 9.8.7 "$work/signed" "$tiny"
  signed=$work/signed/parley-9.8.7-windows-amd64-setup.exe
  accepts "a signed setup" $here/verify.sh "$signed" "$keys/ca.pem" "$keys/tsa-ca.pem"
  tamper "$signed" "$work/tampered.exe"
  refuses "... one byte changed" "mismatch" $here/verify.sh "$work/tampered.exe" "$keys/ca.pem" "$keys/tsa-ca.pem"
  [ "${1:-}" != quick ] || { finish "release-test for Windows, the quick part"; exit; }

  env -u PARLEY_WEBVIEW2 PARLEY_LICENSES=LICENSE $here/build.sh 9.8.7 "$work/setups" # a release has more licences
  newer=$work/setups/parley-9.8.7-windows-amd64-setup.exe
fi

# The older one brings a stand-in for WebView2's bootstrapper, which leaves a
# trace.
cat >"$work/bootstrapper.c" <<'EOF'
#include <stdio.h>
int main(int argc, char **argv) { return argc == 3 && fputs(argv[1], fopen("C:\\bootstrapped", "a")) < 0; }
EOF
x86_64-w64-mingw32-gcc-posix -s -o "$work/bootstrapper.exe" "$work/bootstrapper.c"
PARLEY_WEBVIEW2=$work/bootstrapper.exe setup 9.8.6 "$work/setups" "$tiny"
installs "$work/setups/parley-9.8.6-windows-amd64-setup.exe" "$newer" "$keys"
finish "release-test for Windows"
