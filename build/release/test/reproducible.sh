#!/usr/bin/env bash
# Builds a release's commit again, in another and longer folder and with an empty
# Go build cache, without keys, and compares: reproducible.sh RELEASE WORK
# shellcheck disable=SC2015 # pass never fails: lib.sh
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=build/release/test/lib.sh
. "$here/lib.sh"
release=$(realpath "$1")
again=$(realpath "$2")/another/and/longer
unset PARLEY_GPG_KEY PARLEY_MINISIGN_KEY PARLEY_SIGN_PFX PARLEY_SIGN_PKCS11
mkdir -p "$again/tmp" "$again/go"
# Somebody may have committed since.
git clone --quiet --no-checkout "$here/../../.." "$again/src"
git -C "$again/src" checkout --quiet --detach "$(cat "$release/.commit")"
mkdir -p "$here/../../cache"
ln -s "$(realpath "$here/../../cache")" "$again/src/build/cache"
TMPDIR=$again/tmp GOCACHE=$again/go "$again/src/build/release/release.sh" "$(cat "$release/.version")" "$again/out"
echo "two builds of $(cat "$release/.version")"
while read -r sum name; do
  other=$(awk -v name="$name" '$2 == name {print $1}' "$again/out/UNSIGNED.sha256")
  [ "$sum" = "$other" ] && pass "$name is the same" || fail "$name differs: $sum, $other"
done <"$release/UNSIGNED.sha256"
finish reproducible
