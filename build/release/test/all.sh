#!/usr/bin/env bash
# Tests a release from its build to its removal, with keys made for this run:
# all.sh [quick]. quick is the part that takes a minute: packages of what
# `make build` left in build/bin and a setup of small programs, signed and
# verified, and Linux packages that are built in two folders and compared.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=build/release/test/lib.sh
. "$here/lib.sh"
cd "$here/../../.."
work=$(mktemp -d)
trap 'gpgconf --homedir "$work/keys/gnupg" --kill all 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir "$work/keys"
keys "$work/keys"
export PARLEY_LATEST_URL=https://parley.invalid/latest.json
version=9.8.7

echo "release notes"
released=$(sed -n 's/^## \[\([0-9.]*\)\].*/\1/p' CHANGELOG.md | head -1)
for section in Unreleased "$released"; do
  is "of $section, all of them and no others" "$(build/release/notes.sh "$section")" \
    "$(sed -n "/^## \[$section\]/,/^## \[/{/^## \[/!p}" CHANGELOG.md)"
done
refuses "of a version that it does not know" "has no section" build/release/notes.sh "$version"

echo "the repository"
is "has no private key in it" "$(git grep -lIE '^(-----BEGIN [A-Z ]*PRIVATE KEY|untrusted comment: .*secret key)'; git ls-files '*.pfx' '*.p12')" ""

if [ "${1:-}" = quick ]; then
  "$here/quick.sh" "$version" "$work/release"
  "$here/contents.sh" "$work/release" quick
  "$here/signatures.sh" "$work/release" "$work/keys"
  "$here/darwin.sh"
  build/release/windows/test.sh quick
  "$here/twice.sh" "$work"
  finish release-quick
  exit
fi

build/deps.sh release-test
export PARLEY_RELEASE=${PARLEY_RELEASE:-amd64 arm64 windows}
windows=
case " $PARLEY_RELEASE " in
  *" windows "*)
    windows=yes
    build/deps.sh release-windows
    # shellcheck source=build/release/windows/signing.sh
    . build/release/windows/signing.sh
    authorities "$work/authorities" # ends with us
    ;;
esac
step() {
  local began=$SECONDS
  echo "== $*"
  if "$@"; then :; else failures=$((failures + 1)); fi
  echo "   $((SECONDS - began)) s"
}
echo "A release of the tests." >"$work/notes"
export PARLEY_RELEASE_NOTES=$work/notes # the changelog knows no such versions
step build/release/release.sh "$version" "$work/release"
step "$here/contents.sh" "$work/release"
step "$here/signatures.sh" "$work/release" "$work/keys"
tar -xzf "$work/release"/*-linux-amd64.tar.gz -C "$work"
program=$(echo "$work"/parley-*-linux-amd64/bin/parley)
step "$here/quick.sh" 9.8.6 "$work/older" "$program"
step "$here/chroot.sh" "$work/release" "$work/older"
step "$here/rpm.sh" "$work/release" "$work/older"
step "$here/updates.sh" "$program"
if [ -n "$windows" ]; then
  step build/release/windows/test.sh quick
  step env PARLEY_LINUX="$program" build/release/windows/test.sh "$work/release"/*-setup.exe "$work/authorities"
fi
step "$here/reproducible.sh" "$work/release" "$work"
[[ " $PARLEY_RELEASE " != *" arm64 "* ]] || step "$here/arm64.sh" "$work/release" "$program"
step "$here/darwin.sh"
step "$here/coldstart.sh" 10 "$work/release"
echo "$((SECONDS / 60)) min $((SECONDS % 60)) s"
finish release-test
