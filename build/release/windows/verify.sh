#!/usr/bin/env bash
# Checks that a program for Windows is whole, signed by a certificate that a CA
# vouches for, and timestamped. Needs osslsigncode.
#
#   build/release/windows/verify.sh FILE [CA.pem [TIMESTAMP-CA.pem]]
#
# Without CAs it takes the system's, which on Linux are those of web servers: a
# public code signing root may be missing there. On Windows: Get-AuthenticodeSignature.
set -euo pipefail
file=$1
args=()
[ -z "${2:-}" ] || args+=(-CAfile "$2")
[ -z "${3:-${2:-}}" ] || args+=(-TSA-CAfile "${3:-$2}")

fail() { printf '%s\n%s: %s\n' "$said" "$file" "$*" >&2; exit 1; }

said=$(osslsigncode verify "${args[@]}" -in "$file" 2>&1) || fail "the signature does not hold"
# It takes a signature without timestamp for a good one until the certificate
# ends, and after that the download would no longer start.
grep -q '^Timestamp Server Signature verification: ok' <<<"$said" || fail "there is no timestamp that can be trusted"
grep -q '^Signature verification: ok' <<<"$said" || fail "the signature does not hold"
grep -q '^Message digest algorithm *: SHA256' <<<"$said" || fail "the digest is not SHA-256"
echo "$file: signed and timestamped"
