#!/usr/bin/env bash
# Signs what build/release/release.sh made: build/release/sign.sh DIR
#
# What with, the environment says; no key is ever in the repository.
#
#   PARLEY_GPG_KEY        ID of a key in gpg's keyring (GNUPGHOME), on a smart card too, for .deb and .rpm
#   PARLEY_MINISIGN_KEY   minisign's secret key file, for SHA256SUMS and the update manifest
#   PARLEY_MINISIGN_PASSWORD_FILE  its password; not set: the key has none
#
# A .deb is signed as debsigs does it (an ar member _gpgorigin), an .rpm by
# rpmsign. Without a key its signatures are left out, and that is said.
set -euo pipefail
cd "$1"
say() { echo "sign: $*" >&2; }

version=$(cat .version)
epoch=$(cat .epoch)
if [ -n "${PARLEY_GPG_KEY:-}" ]; then
  for deb in *.deb; do
    mapfile -t members < <(ar t "$deb" | grep -v '^_gpg')
    ar d "$deb" _gpgorigin 2>/dev/null || true
    ar p "$deb" "${members[@]}" | gpg --batch --yes --local-user "$PARLEY_GPG_KEY" --detach-sign --output _gpgorigin
    ar qD "$deb" _gpgorigin
    rm _gpgorigin
  done
  for rpm in *.rpm; do
    rpmsign --define "_gpg_name $PARLEY_GPG_KEY" --define "__gpg $(command -v gpg)" --addsign "$rpm" >/dev/null
  done
  gpg --batch --yes --armor --export "$PARLEY_GPG_KEY" >parley-packages.asc
else
  say "PARLEY_GPG_KEY names no key: .deb and .rpm stay unsigned"
fi

# The list of checksums comes after whatever changes a file.
rm -f SHA256SUMS ./*.minisig
find . -maxdepth 1 -type f ! -name '.*' -printf '%f\n' | LC_ALL=C sort | xargs -d '\n' sha256sum >.sums
mv .sums SHA256SUMS # which is not in itself
if [ -n "${PARLEY_MINISIGN_KEY:-}" ]; then
  for file in SHA256SUMS latest.json; do
    minisign -S -s "$PARLEY_MINISIGN_KEY" -m "$file" -t "parley $version" -c "signature of Parley $version" \
      <"${PARLEY_MINISIGN_PASSWORD_FILE:-/dev/null}" >/dev/null
  done
else
  say "PARLEY_MINISIGN_KEY names no key: SHA256SUMS and latest.json stay unsigned"
fi
find . -type f -exec touch -d "@$epoch" {} +
