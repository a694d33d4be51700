#!/usr/bin/env bash
# Runs the arm64 program on this machine, under QEMU, with Debian's arm64
# libraries: arm64.sh RELEASE PROGRAM, where PROGRAM is a parley of this machine
# that it calls. Devices, a call each way; the window was not shown there.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=build/release/test/lib.sh
. "$here/lib.sh"
# shellcheck source=build/release/test/call.sh
. "$here/call.sh"
release=$(realpath "$1")
native=$2
work=$(mktemp -d)
creator=
trap '[ -z "$creator" ] || kill "$creator" 2>/dev/null || true; rm -rf "$work"' EXIT
dpkg-deb -x "$release"/*_arm64.deb "$work/deb"
mkdir "$work/home"
export HOME=$work/home XDG_RUNTIME_DIR=$work/home
arm64=(qemu-aarch64-static -L "$here/../../cache/sysroot/arm64" "$work/deb/usr/bin/parley")

echo "arm64 under $(qemu-aarch64-static --version | head -1)"
accepts "parley devices lists them" timeout 600 "${arm64[@]}" devices
accepts "parley config shows the settings" timeout 600 "${arm64[@]}" config
echo "it waits, and this machine joins"
creates "$work" timeout 900 "${arm64[@]}" && meets "$work" "" "$native"
echo "this machine waits, and it joins"
creates "$work" timeout 900 "$native" && meets "$work" "" "${arm64[@]}"
finish arm64
