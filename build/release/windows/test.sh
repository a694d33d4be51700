#!/usr/bin/env bash
# Tests the Windows setup with keys made for this run: test.sh [quick]
#
# quick signs, verifies and packs programs of a few kilobytes, in less than a
# minute. All of it also builds Parley and installs it under Wine: install.sh.
# PARLEY_PROGRAMS names a folder with a parley.exe and parley.com to take instead
# of building them, PARLEY_LINUX the Linux parley that calls them (build/bin/parley).
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=build/release/windows
# shellcheck source=build/release/test/lib.sh
. build/release/test/lib.sh
# shellcheck source=build/release/windows/signing.sh
. $here/signing.sh
# shellcheck source=build/release/windows/install.sh
. $here/install.sh
skip() { echo "  SKIP  $*"; }
mode=${1:-all}

build/deps.sh release-windows
work=$(mktemp -d)
tsa_stop=
trap 'leave_wine; [ -z "$tsa_stop" ] || exec {tsa_stop}>&-; rm -rf "$work"' EXIT
unset PARLEY_SIGN_PFX PARLEY_SIGN_PKCS11 PARLEY_LICENSES
export PARLEY_WEBVIEW2=none

# tiny.exe stands in where what the program does is of no matter.
tiny=$work/tiny
mkdir "$tiny"
echo 'int main(void) { return 0; }' >"$work/tiny.c"
x86_64-w64-mingw32-gcc-posix -s -o "$tiny/parley.exe" "$work/tiny.c"
cp "$tiny/parley.exe" "$tiny/parley.com"

# setup VERSION OUT PROGRAMS: a setup, as build.sh makes it.
setup() { $here/build.sh "$@" 2>"$work/setup.log" || { cat "$work/setup.log" >&2; return 1; }; }

echo "setups are the same"
for where in one another/and/longer; do
  mkdir -p "$work/$where/programs"
  cp "$tiny"/* "$work/$where/programs/"
  setup 1.2.3 "$work/$where/out" "$work/$where/programs"
done
accepts "unsigned, from two folders at two times" cmp "$work"/{one,another/and/longer}/out/parley-1.2.3-windows-amd64-setup.exe
refuses "a version that is none" "is no version" $here/build.sh 1.2 "$work/one/out" "$tiny"

echo "signatures"
authorities "$work/keys"
signatures "$work/keys" "$tiny/parley.exe"
setup 1.2.3 "$work/signed" "$tiny"
accepts "a signed setup" $here/verify.sh "$work/signed/parley-1.2.3-windows-amd64-setup.exe" "$work/keys/ca.pem" "$work/keys/tsa-ca.pem"
[ "$mode" != quick ] || { finish "release-test for Windows, the quick part"; exit; }

programs=${PARLEY_PROGRAMS:-}
if [ -n "$programs" ]; then
  skip "the same programs from two folders: PARLEY_PROGRAMS are taken"
else
  echo "programs are the same"
  for where in first another/and/longer/second; do
    git clone --quiet --shared . "$work/$where"
    mkdir -p build/cache
    ln -s "$PWD/build/cache" "$work/$where/build/cache" # libvpx
    cp -r frontend/dist/. "$work/$where/frontend/dist/"
    VERSION=1.2.3 GOFLAGS=-buildvcs=false GO_LDFLAGS="-X main.version=1.2.3" "$work/$where/build/windows.sh"
  done
  programs=$work/first/build/bin
  for program in parley.exe parley.com; do
    accepts "$program from two folders" cmp "$programs/$program" "$work/another/and/longer/second/build/bin/$program"
  done
fi
echo "programs"
for program in parley.exe parley.com; do
  # These are in Windows 10 itself. No GCC, no codec.
  foreign=$(x86_64-w64-mingw32-objdump -p "$programs/$program" | sed -n 's/.*DLL Name: //p' |
    grep -viE '^(kernel32|msvcrt|ole32|oleaut32|quartz|advapi32|user32|gdi32|shell32|ws2_32|winmm|bcryptprimitives)\.dll$' || true)
  if [ -z "$foreign" ]; then pass "$program needs DLLs of Windows only"; else fail "$program needs $foreign"; fi
  accepts "$program has its manifest" grep -qa 'level="asInvoker"' "$programs/$program"
  if strings -el "$programs/$program" | grep -A1 '^ProductVersion$' | grep -qx '1.2.3'; then
    pass "$program has its version"
  else
    fail "$program says no version 1.2.3"
  fi
done

# The older one brings a stand-in for WebView2's bootstrapper,
# which leaves a trace.
cat >"$work/bootstrapper.c" <<'EOF'
#include <stdio.h>
int main(int argc, char **argv) { return argc == 3 && fputs(argv[1], fopen("C:\\bootstrapped", "a")) < 0; }
EOF
x86_64-w64-mingw32-gcc-posix -s -o "$work/bootstrapper.exe" "$work/bootstrapper.c"
PARLEY_WEBVIEW2=$work/bootstrapper.exe setup 1.2.2 "$work/setups" "$tiny"
env -u PARLEY_WEBVIEW2 $here/build.sh 1.2.3 "$work/setups" "$programs" 2>"$work/setup.log" || fail "a setup with what a release has in it"
tail -1 "$work/setup.log"
installs "$work/setups/parley-1.2.2-windows-amd64-setup.exe" "$work/setups/parley-1.2.3-windows-amd64-setup.exe"
finish "release-test for Windows"
