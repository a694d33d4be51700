#!/usr/bin/env bash
# Builds a release on Debian: build/release/release.sh VERSION [OUT]
#
# It builds the commit that is checked out, from a clone of its own, so that
# nothing uncommitted gets in. OUT is build/bin/release; what is in it is replaced. The
# environment may hold, besides the keys that sign.sh and windows/sign.sh name:
#
#   PARLEY_RELEASE        what to build (default: "amd64 arm64 windows")
#   PARLEY_MINISIGN_PUB   file with minisign's public key, compiled in; without it the app looks for no updates
#   PARLEY_LATEST_URL     where latest.json will be
#   PARLEY_DOWNLOAD_PAGE  where users find the files
#   PARLEY_HOMEPAGE, PARLEY_MAINTAINER  what the packages say
#   PARLEY_RELEASE_NOTES  file to take in place of the version's section of CHANGELOG.md, for tests
#
# Without keys the files are the same on every machine with the same compilers:
# UNSIGNED.sha256 lists them as they were before signing.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
[[ ${1:-} =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo "release: name a version such as 1.2.3: make release VERSION=1.2.3" >&2; exit 2; }
export VERSION=$1
out=${2:-build/bin/release}
rm -rf "$out" && mkdir -p "$out" && out=$(realpath "$out")
export PARLEY_RELEASE=${PARLEY_RELEASE:-amd64 arm64 windows}
what=$PARLEY_RELEASE
say() { echo "release: $*" >&2; }

build/deps.sh release
case " $what " in *" windows "*) build/deps.sh release-windows ;; esac

commit=$(git rev-parse HEAD)
[ -z "$(git status --porcelain)" ] || say "what is not committed is left out"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Not --shared: the SBOM's tool finds no objects that another clone holds.
git clone --quiet --no-checkout "$root" "$work/src"
cd "$work/src"
git checkout --quiet --detach "$commit"
mkdir -p "$root/build/cache"
ln -s "$root/build/cache" build/cache

if [ -n "${PARLEY_RELEASE_NOTES:-}" ]; then
  notes=$(cat "$PARLEY_RELEASE_NOTES")
else
  notes=$(build/release/notes.sh "$VERSION")
fi

for tool in nfpm:github.com/goreleaser/nfpm/v2/cmd/nfpm cyclonedx-gomod:github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod; do
  binary=$root/build/cache/${tool%%:*}
  [ "$binary" -nt "$root/build/release/tools/go.sum" ] ||
    (cd build/release/tools && go build -o "$binary" "${tool#*:}")
done

say "the pages"
(cd frontend && npm ci --no-audit --no-fund --prefer-offline --loglevel=error && npm run --silent build -- --logLevel warn) >&2

say "licences and SBOM"
export STAGE=$work/stage
mkdir -p "$STAGE/completions"
node build/release/licences.mjs >"$STAGE/THIRD-PARTY-LICENCES.txt"
systems=() # what is linked differs from one to the next
for system in linux/amd64,webkit2_41 windows/amd64 darwin/arm64; do
  IFS=/, read -r os arch tag <<<"$system"
  GOOS=$os GOARCH=$arch CGO_ENABLED=1 GOFLAGS="-tags=desktop,production,$tag" \
    "$root/build/cache/cyclonedx-gomod" app -json -licenses -noserial -main . -output "$work/$os.cdx.json" . 2>"$work/sbom.log" ||
    { tail -5 "$work/sbom.log" >&2; exit 1; }
  systems+=("$work/$os.cdx.json")
done
(cd frontend && npm sbom --sbom-format cyclonedx --omit dev >"$work/npm.cdx.json")
node build/release/sbom.mjs "$work/npm.cdx.json" "${systems[@]}" >"$STAGE/sbom.cdx.json"

ldflags="-X main.version=$VERSION -X main.commit=$commit"
if [ -n "${PARLEY_MINISIGN_PUB:-}" ]; then
  ldflags+=" -X main.updateKey=$(sed -n 2p "$PARLEY_MINISIGN_PUB") -X main.updateManifest=${PARLEY_LATEST_URL:?with a key, say where latest.json will be}"
fi

for arch in amd64 arm64; do
  [[ " $what " == *" $arch "* ]] || continue
  say "Linux $arch"
  GO_LDFLAGS=$ldflags build/linux/build.sh "$arch" "$work/parley-$arch"
  build/release/linux.sh "$arch" "$work/parley-$arch" "$out"
done
if [[ " $what " == *" windows "* ]]; then
  say "Windows amd64"
  export PARLEY_LICENSES=$STAGE/THIRD-PARTY-LICENCES.txt
  GO_LDFLAGS=$ldflags env -u PARLEY_SIGN_PFX -u PARLEY_SIGN_PKCS11 build/release/windows/build.sh "$VERSION" "$out"
fi

cp "$STAGE/sbom.cdx.json" "$out/parley-$VERSION.cdx.json"
cp "$STAGE/THIRD-PARTY-LICENCES.txt" "$out/"
printf '%s\n' "$notes" >"$out/RELEASE-NOTES.md"
(cd "$out" && find . -maxdepth 1 -type f ! -name '.*' -printf '%f\n' | sort | xargs -d '\n' sha256sum) >"$work/unsigned"
mv "$work/unsigned" "$out/UNSIGNED.sha256"
if [[ " $what " == *" windows "* && -n "${PARLEY_SIGN_PFX:-}${PARLEY_SIGN_PKCS11:-}" ]]; then
  # What is inside of the setup is signed too, so it is packed again.
  build/release/windows/build.sh "$VERSION" "$out" build/bin
fi
printf '{"version":"%s","page":"%s"}\n' "$VERSION" "${PARLEY_DOWNLOAD_PAGE:-https://example.invalid/parley}" >"$out/latest.json"
key=
[ -z "${PARLEY_MINISIGN_PUB:-}" ] || key=$(sed -n 2p "$PARLEY_MINISIGN_PUB")
sed "s|^key=.*|key=$key|" build/release/verify.sh >"$out/verify.sh"
chmod +x "$out/verify.sh"
echo "$VERSION" >"$out/.version"
echo "$commit" >"$out/.commit"
echo "$SOURCE_DATE_EPOCH" >"$out/.epoch"
build/release/sign.sh "$out"
say "done: $out"
