#!/usr/bin/env bash
# Builds OUT/parley-VERSION-windows-amd64-setup.exe on Linux. Needs
# build/deps.sh release-windows and the built front end (frontend/dist).
#
#   build/release/windows/build.sh VERSION OUT [PROGRAMS]
#
# VERSION is x.y.z. PROGRAMS is a folder with a parley.exe and a parley.com to
# take instead of building them. The environment may hold:
#
#   PARLEY_SIGN_...     what to sign with: see sign.sh; without it nothing is signed
#   PARLEY_WEBVIEW2     Microsoft's bootstrapper for WebView2, or "none"; it is in the Wails module
#   PARLEY_LICENSES     text file with the licences of what Parley is made of
#   SOURCE_DATE_EPOCH   the time that the setup claims; else that of the last commit
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
version=$1
mkdir -p "$2"
out=$(realpath "$2")
programs=${3:+$(realpath "$3")}
budget=$((15 * 1024 * 1024)) # bytes that somebody downloads
cd "$(dirname "$0")/../../.."
here=build/release/windows

say() { echo "windows: $*" >&2; }

[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || { say "$version is no version such as 1.2.3"; exit 2; }
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/files"

if [ -z "$programs" ]; then
  # The commit is named so, for what git says of a folder differs between two.
  VERSION=$version GOFLAGS=-buildvcs=false \
    GO_LDFLAGS="-X main.version=$version -X main.commit=$(git rev-parse HEAD) ${GO_LDFLAGS:-}" build/windows.sh
  programs=build/bin
fi
cp "$programs/parley.exe" "$programs/parley.com" "$work/files/"
cp LICENSE "$work/files/LICENSE.txt"
if [ -n "${PARLEY_LICENSES:-}" ]; then
  cp "$PARLEY_LICENSES" "$work/files/THIRD-PARTY-LICENCES.txt"
else
  say "without the licences of what Parley is made of: PARLEY_LICENSES names no file"
fi

defines=("-DVERSION=$version" "-DFILES=$work/files" "-DICON=$PWD/build/windows/parley.ico")
webview2=${PARLEY_WEBVIEW2:-$(go list -m -f '{{.Dir}}' github.com/wailsapp/wails/v2)/internal/webview2runtime/MicrosoftEdgeWebview2Setup.exe}
if [ "$webview2" = none ]; then
  say "without the WebView2 bootstrapper: where Windows lacks WebView2, Parley offers to fetch it"
else
  [ -f "$webview2" ] || { say "there is no WebView2 bootstrapper at $webview2"; exit 1; }
  defines+=("-DWEBVIEW2=$(realpath "$webview2")")
fi

signed=${PARLEY_SIGN_PFX:-}${PARLEY_SIGN_PKCS11:-}
if [ -n "$signed" ]; then
  $here/sign.sh "$work/files/parley.exe" "$work/files/parley.com"
  defines+=("-DSIGN=$PWD/$here/sign.sh") # makensis lets it sign the uninstaller
else
  say "not signed: see $here/sign.sh"
fi

setup=$work/parley-$version-windows-amd64-setup.exe
touch -d "@$SOURCE_DATE_EPOCH" "$work"/files/*
defines+=("-DKILOBYTES=$(du -sk --apparent-size "$work/files" | cut -f1)" "-DOUTPUT=$setup")
makensis -V2 "${defines[@]}" $here/setup.nsi >&2
[ -z "$signed" ] || $here/sign.sh "$setup"

size=$(stat -c %s "$setup")
[ "$size" -le $budget ] || { say "the setup has $size bytes, more than its budget of $budget"; exit 1; }
mv "$setup" "$out/"
say "$out/$(basename "$setup"): $size bytes"
