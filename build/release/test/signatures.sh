#!/usr/bin/env bash
# What verify.sh must accept and refuse: signatures.sh RELEASE WORK, where
# RELEASE is signed with the keys in WORK (lib.sh's keys) and stays as it is.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=build/release/test/lib.sh
. "$here/lib.sh"
release=$(realpath "$1")
work=$(realpath "$2")
version=$(cat "$release/.version")
# So that a Parley of this machine does not decide what is old.
verify=("$release/verify.sh" -n 0.0.0)
gpg --batch --armor --export "$PARLEY_GPG_KEY" >"$work/parley.asc"

# copy NAME: the release in a folder of its own, to be harmed.
copy() {
  rm -rf "$work/harmed"
  cp -r "$release" "$work/harmed"
}
# sums: the harmed release's list anew, signed by the right key: whoever has it
# may list what they like, and only the package's own signature is left.
sums() {
  (
    cd "$work/harmed"
    rm -f SHA256SUMS*
    sha256sum -- * >SHA256SUMS
    minisign -S -s "$PARLEY_MINISIGN_KEY" -m SHA256SUMS -t "parley $version" >/dev/null </dev/null
  )
}

echo "signatures of release $version"
mapfile -t files < <(cd "$release" && awk '{print $2}' SHA256SUMS)
for file in "${files[@]}"; do
  accepts "$file" "${verify[@]}" -g "$work/parley.asc" "$release/$file"
done
accepts "latest.json, by minisign" minisign -V -q -p "$PARLEY_MINISIGN_PUB" -m "$release/latest.json"
for file in "${files[@]}"; do
  case $file in *.deb | *.rpm | *.tar.gz | *.exe) ;; *) continue ;; esac
  copy
  harm "$work/harmed/$file"
  refuses "$file, one byte changed" "its checksum differs" "${verify[@]}" "$work/harmed/$file"
  [[ $file == *.deb || $file == *.rpm ]] || continue
  sums
  refuses "$file, changed and listed again" "signature does not hold" "${verify[@]}" -g "$work/parley.asc" "$work/harmed/$file"
  copy
  case $file in
    *.deb) ar d "$work/harmed/$file" _gpgorigin ;;
    *.rpm) rpmsign --delsign "$work/harmed/$file" >/dev/null 2>&1 ;;
  esac
  sums
  refuses "$file without its signature" "unsigned\|not signed by" "${verify[@]}" -g "$work/parley.asc" "$work/harmed/$file"
done

other=$work/other
(
  keys "$other"
  gpg --batch --armor --export "$PARLEY_GPG_KEY" >"$other/parley.asc"
  gpgconf --kill all
)
first_deb=$(printf '%s\n' "${files[@]}" | grep -m1 '\.deb$')
first_rpm=$(printf '%s\n' "${files[@]}" | grep -m1 '\.rpm$')
refuses "a foreign minisign key" "not signed by this key" "${verify[@]}" -k "$other/minisign.pub" "$release/$first_deb"
refuses "a foreign GPG key for the deb" "signature does not hold" "${verify[@]}" -g "$other/parley.asc" "$release/$first_deb"
refuses "a foreign GPG key for the rpm" "signature does not hold\|not signed by" "${verify[@]}" -g "$other/parley.asc" "$release/$first_rpm"
refuses "an older release than is named" "older than 99.0.0" "$release/verify.sh" -n 99.0.0 "$release/$first_deb"
mkdir "$work/installed"
printf '#!/bin/sh\necho "parley 99.0.0 (linux/amd64, go1.26)"\n' >"$work/installed/parley"
chmod +x "$work/installed/parley"
refuses "an older release than the installed one" "older than 99.0.0" env PATH="$work/installed:$PATH" "$release/verify.sh" "$release/$first_deb"
copy
rm "$work/harmed/SHA256SUMS.minisig"
refuses "a list without signature" "unsigned" "${verify[@]}" "$work/harmed/$first_deb"
copy
sed -i 's/^trusted comment: parley .*/trusted comment: parley 99.0.0/' "$work/harmed/SHA256SUMS.minisig"
refuses "a list that claims another version" "not signed by this key" "${verify[@]}" "$work/harmed/$first_deb"
copy
echo stray >"$work/harmed/stray.deb"
refuses "a file that is not listed" "not in the release's list" "${verify[@]}" "$work/harmed/stray.deb"

echo "a second opinion on the deb: debsig-verify"
# It knows of no subkeys: here the key itself signs.
copy
PARLEY_GPG_KEY=$PARLEY_GPG_KEY! "$here/../sign.sh" "$work/harmed"
id=${PARLEY_GPG_KEY: -16}
mkdir -p "$work"/{policies,keyrings}/"$id"
gpg --dearmor <"$work/parley.asc" >"$work/keyrings/$id/parley.gpg"
cat >"$work/policies/$id/parley.pol" <<EOF
<?xml version="1.0"?>
<Policy xmlns="https://www.debian.org/debsig/1.0/">
  <Origin Name="Parley" id="$id" Description="Parley"/>
  <Selection><Required Type="origin" File="parley.gpg" id="$id"/></Selection>
  <Verification><Required Type="origin" File="parley.gpg" id="$id"/></Verification>
</Policy>
EOF
debsig=(debsig-verify --policies-dir "$work/policies" --keyrings-dir "$work/keyrings" "$work/harmed/$first_deb")
accepts "$first_deb" "${debsig[@]}"
harm "$work/harmed/$first_deb"
refuses "one byte changed" "failed verification" "${debsig[@]}"
ar d "$work/harmed/$first_deb" _gpgorigin
refuses "without its signature" "not be signed" "${debsig[@]}"
finish signatures
