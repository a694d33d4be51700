#!/usr/bin/env bash
# Packs and signs PROGRAM as it is, without licences and SBOM, for tests that
# have no time to build a release: quick.sh VERSION OUT [PROGRAM]
set -euo pipefail
export VERSION=$1
mkdir -p "$2"
out=$(realpath "$2")
program=$(realpath -m "${3:-$(dirname "$0")/../../bin/parley}")
cd "$(dirname "$0")/../../.."
[ -x "$program" ] || { echo "quick.sh: make build comes first" >&2; exit 2; }
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
STAGE=$(mktemp -d)
trap 'rm -rf "$STAGE"' EXIT
export SOURCE_DATE_EPOCH STAGE
mkdir "$STAGE/completions"
echo '{}' >"$STAGE/sbom.cdx.json"
cp LICENSE "$STAGE/THIRD-PARTY-LICENCES.txt"
[ build/cache/nfpm -nt build/release/tools/go.sum ] ||
  (cd build/release/tools && go build -o ../../cache/nfpm github.com/goreleaser/nfpm/v2/cmd/nfpm)
FAST=yes build/release/linux.sh "$(go env GOHOSTARCH)" "$program" "$out"
echo "{\"version\":\"$VERSION\",\"page\":\"https://parley.invalid\"}" >"$out/latest.json"
sed "s|^key=.*|key=$(sed -n 2p "$PARLEY_MINISIGN_PUB")|" build/release/verify.sh >"$out/verify.sh"
chmod +x "$out/verify.sh"
echo "$VERSION" >"$out/.version"
echo "$SOURCE_DATE_EPOCH" >"$out/.epoch"
build/release/sign.sh "$out"
