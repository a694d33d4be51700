#!/usr/bin/env bash
# Installs the .rpm with rpm itself, in a root of its own: rpm.sh RELEASE OLDER
# What it depends on is not there; Debian has it under other names. Needs root,
# for rpm enters that root, and GPG's key of the release in the keyring.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=build/release/test/lib.sh
. "$here/lib.sh"
new=$(realpath "$1"/*.x86_64.rpm)
old=$(realpath "$2"/*.x86_64.rpm)
version=$(cat "$1/.version")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
# As Fedora's packages filesystem, hicolor-icon-theme and shells have them.
mkdir -p "$root"/usr/{bin,share/{applications,metainfo,doc,man/man1,icons/hicolor/{scalable,48x48,128x128,256x256}/apps}} \
  "$root"/usr/share/{bash-completion/completions,fish/vendor_completions.d,zsh/site-functions}
rpm=(rpm --root "$root" --define '_pkgverify_level all')
rpmdb --root "$root" --initdb
gpg --batch --armor --export "$PARLEY_GPG_KEY" >"$work/key.asc"
files() { (cd "$root" && find . -path ./var/lib/rpm -prune -o -print | LC_ALL=C sort); }
cp "$new" "$work/unsigned.rpm"
rpmsign --delsign "$work/unsigned.rpm" >/dev/null 2>&1

echo "$(basename "$new"), installed by $(rpm --version)"
refuses "without our key" "NOKEY" "${rpm[@]}" -U --nodeps "$new"
"${rpm[@]}" --import "$work/key.asc"
files >"$work/before"
refuses "a package that is unsigned" "no signature" "${rpm[@]}" -U --nodeps "$work/unsigned.rpm"
accepts "the older version" "${rpm[@]}" -U --nodeps "$old"
accepts "over the older one" "${rpm[@]}" -U --nodeps "$new"
refuses "going back to the older one" "newer" "${rpm[@]}" -U --nodeps "$old"
is "the newer one is there" "$("${rpm[@]}" -q --qf '%{VERSION}' parley)" "$version"
accepts "... as it was packed" "${rpm[@]}" -V --nodeps parley
accepts "... and its program starts" "$root/usr/bin/parley" version
accepts "taking it away" "${rpm[@]}" -e parley
files >"$work/after"
is "... leaves nothing, and takes nothing else away" "$(diff "$work/before" "$work/after")" ""
finish rpm
