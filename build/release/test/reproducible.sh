#!/usr/bin/env bash
# Builds the same commit twice, in two folders of different length and with two
# empty Go build caches, without keys, and compares: reproducible.sh VERSION WORK
# shellcheck disable=SC2015 # pass never fails: lib.sh
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=build/release/test/lib.sh
. "$here/lib.sh"
version=$1
work=$(realpath "$2")
unset PARLEY_GPG_KEY PARLEY_MINISIGN_KEY PARLEY_MINISIGN_PUB PARLEY_SIGN_PFX PARLEY_SIGN_PKCS11
for where in a another/and/longer; do
  mkdir -p "$work/$where/tmp" "$work/$where/go"
  TMPDIR=$work/$where/tmp GOCACHE=$work/$where/go "$here/../release.sh" "$version" "$work/$where/out"
done
echo "two builds of $version"
while read -r sum name; do
  other=$(awk -v name="$name" '$2 == name {print $1}' "$work/another/and/longer/out/UNSIGNED.sha256")
  [ "$sum" = "$other" ] && pass "$name is the same" || fail "$name differs: $sum, $other"
done <"$work/a/out/UNSIGNED.sha256"
finish reproducible
