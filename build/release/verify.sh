#!/usr/bin/env bash
# Checks downloaded files of a Parley release before they are installed:
#
#   ./verify.sh [-k MINISIGN-KEY] [-g GPG-KEY.asc] [-n VERSION] FILE...
#
# beside the FILEs lie SHA256SUMS and SHA256SUMS.minisig of the same release. It
# refuses a list that is not signed by the key, a file that is not as the list
# has it, and a release older than the one that is installed (-n names another
# lowest version). With -g the signatures inside of .deb and .rpm must be there
# too, by that key. Needs minisign; with -g also gpg, gpgv for .deb and rpm for .rpm.
set -euo pipefail

key=${PARLEY_MINISIGN_PUB:-} # a release's own copy has its key here
gpg=
lowest=
while getopts k:g:n: option; do
  case $option in
    k) key=$OPTARG ;;
    g) gpg=$(realpath "$OPTARG") ;;
    n) lowest=$OPTARG ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))

refuse() {
  echo "verify: REFUSED: $*" >&2
  exit 1
}
usage() {
  echo "verify: $*" >&2
  exit 2
}
need() { command -v "$1" >/dev/null || usage "$1 is missing; install it (apt install $2)"; }

[ $# -gt 0 ] || usage "name the files to check, as in ./verify.sh parley_1.2.3_amd64.deb"
[ -n "$key" ] || usage "no public key: -k RW... or -k FILE, from Parley's README"
[ ! -f "$key" ] || key=$(sed -n 2p "$key")
need minisign minisign
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# at_least A B: version A is B or newer.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -1)" = "$2" ]; }

if [ -z "$lowest" ] && command -v parley >/dev/null; then
  lowest=$(parley version 2>/dev/null | sed -nE 's/^parley ([0-9]+\.[0-9]+\.[0-9]+) .*/\1/p')
fi

# listed DIR: the signed list of the release in DIR, and its version, which is
# in the part of the signature that is itself signed.
listed() {
  local dir=$1 comment
  [ -f "$dir/SHA256SUMS" ] || usage "$dir/SHA256SUMS is missing; download it from the same page"
  [ -f "$dir/SHA256SUMS.minisig" ] || refuse "the list of checksums is unsigned: there is no $dir/SHA256SUMS.minisig"
  cp "$dir/SHA256SUMS" "$dir/SHA256SUMS.minisig" "$work/"
  comment=$(minisign -V -Q -P "$key" -m "$work/SHA256SUMS" 2>"$work/said") ||
    refuse "SHA256SUMS is not signed by this key: $(head -1 "$work/said")"
  release=$(sed -nE 's/^parley ([0-9]+\.[0-9]+\.[0-9]+)$/\1/p' <<<"$comment")
  [ -n "$release" ] || refuse "the signature is not one of a Parley release: $comment"
  if [ -n "$lowest" ] && ! at_least "$release" "$lowest"; then
    refuse "this is Parley $release, older than $lowest"
  fi
}

inside_deb() {
  need gpgv gpgv
  need gpg gnupg
  local members
  members=$(ar t "$1")
  grep -qx _gpgorigin <<<"$members" || refuse "$1: the package is unsigned"
  # Nothing else may stand in it: dpkg would look at it and we would not.
  [ "$(grep -vx _gpgorigin <<<"$members" | sed 's/\..*//' | tr '\n' ' ')" = "debian-binary control data " ] ||
    refuse "$1: the package has parts that no signature covers"
  ar p "$1" _gpgorigin >"$work/origin"
  mapfile -t signed < <(grep -vx _gpgorigin <<<"$members")
  ar p "$1" "${signed[@]}" >"$work/content"
  gpg --dearmor <"$gpg" >"$work/key.gpg" 2>/dev/null || usage "$gpg is no GPG key"
  gpgv --keyring "$work/key.gpg" "$work/origin" "$work/content" 2>"$work/said" ||
    refuse "$1: the package's signature does not hold: $(tail -1 "$work/said")"
}

# rpm -K takes an unsigned package for a good one: look for the key.
inside_rpm() {
  need rpmkeys rpm
  need gpg gnupg
  local ids
  rm -rf "$work/rpmdb" && mkdir "$work/rpmdb"
  rpmkeys --dbpath "$work/rpmdb" --import "$gpg" || usage "$gpg is no GPG key"
  # A key may sign with a subkey.
  ids=$(gpg --show-keys --with-colons "$gpg" 2>/dev/null | awk -F: '$1 == "pub" || $1 == "sub" {print tolower(substr($5, 9))}' | paste -sd '|')
  LC_ALL=C rpmkeys --dbpath "$work/rpmdb" -Kv "$1" >"$work/said" 2>&1 ||
    refuse "$1: the package's signature does not hold: $(grep -m1 -E 'BAD|NOKEY|NOTTRUSTED' "$work/said")"
  grep -qiE "Header V4 .* Signature, key ID ([0-9a-f]{8})?($ids): OK" "$work/said" || refuse "$1: the package is not signed by $ids"
}

for file in "$@"; do
  [ -f "$file" ] || usage "there is no $file"
  name=$(basename "$file")
  listed "$(dirname "$file")"
  want=$(awk -v name="$name" '$2 == name {print $1}' "$work/SHA256SUMS")
  [ -n "$want" ] || refuse "$name is not in the release's list"
  [ "$(sha256sum "$file" | cut -d' ' -f1)" = "$want" ] || refuse "$name is not what was released: its checksum differs"
  if [ -n "$gpg" ]; then
    case $name in
      *.deb) inside_deb "$file" ;;
      *.rpm) inside_rpm "$file" ;;
    esac
  fi
  echo "verify: $name is Parley $release as it was released"
done
