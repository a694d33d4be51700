#!/usr/bin/env bash
# Builds and packs these sources in two folders, one after the other, and
# compares: twice.sh WORK. What Go has compiled is shared: reproducible.sh, which
# shares nothing, takes minutes.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=build/release/test/lib.sh
. "$here/lib.sh"
work=$(realpath "$1")
cd "$here/../../.."
unset PARLEY_GPG_KEY PARLEY_MINISIGN_KEY

for folder in one another/and/longer; do
  mkdir -p "$work/$folder/src"
  git ls-files -z -co --exclude-standard | while IFS= read -r -d '' file; do
    [ ! -e "$file" ] || printf '%s\0' "$file"
  done | xargs -0 cp --parents -t "$work/$folder/src"
  ln -s "$PWD/frontend/node_modules" "$work/$folder/src/frontend/node_modules"
  (cd "$work/$folder/src/frontend" && npm run --silent build >/dev/null)
  "$work/$folder/src/build/linux/build.sh" amd64 "$work/$folder/parley"
  "$here/quick.sh" 9.8.7 "$work/$folder/out" "$work/$folder/parley" 2>/dev/null
done
echo "from two folders"
accepts "the pages" diff -r "$work"/{one,another/and/longer}/src/frontend/dist
accepts "the program" cmp "$work"/{one,another/and/longer}/parley
accepts "the packages" diff -r "$work"/{one,another/and/longer}/out
finish twice
