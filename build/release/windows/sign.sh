#!/usr/bin/env bash
# Signs programs for Windows in place (Authenticode, SHA-256) with a timestamp,
# so that the signature outlives the certificate. What with, the environment
# says; no key is ever in the repository.
#
#   build/release/windows/sign.sh FILE...
#
#   PARLEY_SIGN_TIMESTAMP      URL of an RFC 3161 server, such as http://timestamp.digicert.com
#   PARLEY_SIGN_PASSWORD_FILE  file with the key's password, or the token's PIN
# and either
#   PARLEY_SIGN_PFX            PKCS#12 file with the key and its certificates
# or
#   PARLEY_SIGN_PKCS11         the token's PKCS#11 library
#   PARLEY_SIGN_KEY            PKCS#11 URI of the key in it
#   PARLEY_SIGN_CERTS          PEM file: the certificate, then those up to the root
set -euo pipefail

fail() { echo "sign: $*" >&2; exit 1; }

[ -n "${PARLEY_SIGN_TIMESTAMP:-}" ] || fail "PARLEY_SIGN_TIMESTAMP names no timestamp server"
[ -r "${PARLEY_SIGN_PASSWORD_FILE:-}" ] || fail "PARLEY_SIGN_PASSWORD_FILE names no file that can be read"
if [ -n "${PARLEY_SIGN_PFX:-}" ]; then
  key=(-pkcs12 "$PARLEY_SIGN_PFX")
elif [ -n "${PARLEY_SIGN_PKCS11:-}" ]; then
  # Debian 12's osslsigncode finds the engine, but takes none that is named.
  key=(-pkcs11module "$PARLEY_SIGN_PKCS11" -key "${PARLEY_SIGN_KEY:?}" -certs "${PARLEY_SIGN_CERTS:?}")
else
  fail "neither PARLEY_SIGN_PFX nor PARLEY_SIGN_PKCS11 is set"
fi

log=$(mktemp)
for file; do
  trap 'rm -f "$log" "$file.signed"' EXIT
  rm -f "$file.signed"
  # Public timestamp servers are busy at times.
  for wait in 5 30 0; do
    if osslsigncode sign "${key[@]}" -readpass "$PARLEY_SIGN_PASSWORD_FILE" -h sha256 \
      -ts "$PARLEY_SIGN_TIMESTAMP" -n Parley -in "$file" -out "$file.signed" >"$log" 2>&1; then
      break
    fi
    rm -f "$file.signed"
    grep -qi timestamp "$log" || break
    sleep "${PARLEY_SIGN_WAIT:-$wait}"
  done
  [ -f "$file.signed" ] || { cat "$log" >&2; fail "$file is not signed"; }
  mv "$file.signed" "$file"
done
