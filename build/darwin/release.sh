#!/usr/bin/env bash
# Builds Parley.app for both kinds of Mac, signs and notarizes it, and packs a
# .dmg: build/darwin/release.sh VERSION OUT, on a Mac with Xcode's command line
# tools, Go, Node and nasm or yasm. NOT RUN HERE: Apple's SDK is needed.
#
#   PARLEY_APPLE_IDENTITY  "Developer ID Application: ..." in the keychain; not set: nothing is signed
#   PARLEY_APPLE_PROFILE   notarytool's keychain profile (xcrun notarytool store-credentials)
#   GO_LDFLAGS             adds to the linker's flags
#
# libvpx is built from its own source, as Homebrew's is for one architecture only:
# LIBVPX_SOURCE names a folder with it, of the version that Debian ships.
set -euo pipefail
version=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
cd "$(dirname "$0")/../.."
[ "$(uname)" = Darwin ] || { echo "darwin: this needs a Mac" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export MACOSX_DEPLOYMENT_TARGET=12.0

app=$work/Parley.app/Contents
mkdir -p "$app/MacOS" "$app/Resources"
programs=()
for arch in arm64 amd64; do
  case $arch in
    arm64) target=arm64-darwin21-gcc clang="-arch arm64" ;;
    amd64) target=x86_64-darwin21-gcc clang="-arch x86_64" ;;
  esac
  mkdir "$work/vpx-$arch"
  (
    cd "$work/vpx-$arch"
    "${LIBVPX_SOURCE:?a folder with the source of libvpx}/configure" --target="$target" --prefix="$PWD/installed" \
      --enable-static --disable-shared --enable-realtime-only --disable-examples --disable-tools --disable-docs --disable-unit-tests
    make -j"$(sysctl -n hw.ncpu)" install
  ) >"$work/vpx.log" 2>&1 || { tail -20 "$work/vpx.log" >&2; exit 1; }
  PKG_CONFIG_LIBDIR=$work/vpx-$arch/installed/lib/pkgconfig \
    GOOS=darwin GOARCH=$arch CGO_ENABLED=1 CC="clang $clang" CXX="clang++ $clang" CGO_LDFLAGS="-framework UniformTypeIdentifiers" \
    go build -tags desktop,production -trimpath -buildvcs=false \
    -ldflags "-s -w -buildid= -X main.version=$version ${GO_LDFLAGS:-}" -o "$work/parley-$arch" .
  programs+=("$work/parley-$arch")
done
lipo -create -output "$app/MacOS/parley" "${programs[@]}"
sed "s/@VERSION@/$version/g" build/darwin/Info.plist >"$app/Info.plist"
plutil -lint "$app/Info.plist" build/darwin/entitlements.plist
cp LICENSE "$app/Resources/"
[ -z "${PARLEY_LICENSES:-}" ] || cp "$PARLEY_LICENSES" "$app/Resources/THIRD-PARTY-LICENCES.txt"

mkdir "$work/parley.iconset"
for size in 16 32 128 256 512; do
  sips -s format png -z $size $size build/linux/icons/256.png --out "$work/parley.iconset/icon_${size}x$size.png" >/dev/null
done
iconutil -c icns -o "$app/Resources/parley.icns" "$work/parley.iconset"

sign() { codesign --force --timestamp --options runtime --sign "$PARLEY_APPLE_IDENTITY" "$@"; }
dmg=$out/parley-$version-macos-universal.dmg
[ -z "${PARLEY_APPLE_IDENTITY:-}" ] || sign --entitlements build/darwin/entitlements.plist "$work/Parley.app"
mkdir "$work/disk"
mv "$work/Parley.app" "$work/disk/"
ln -s /Applications "$work/disk/Applications"
hdiutil create -volname "Parley $version" -srcfolder "$work/disk" -format UDZO -ov "$dmg"
if [ -z "${PARLEY_APPLE_IDENTITY:-}" ]; then
  echo "darwin: PARLEY_APPLE_IDENTITY names no certificate: $dmg is unsigned" >&2
  exit 0
fi
sign "$dmg"
xcrun notarytool submit "$dmg" --keychain-profile "${PARLEY_APPLE_PROFILE:?notarytool needs a profile}" --wait --timeout 30m
xcrun stapler staple "$dmg"
spctl --assess --type open --context context:primary-signature --verbose "$dmg"
codesign --verify --deep --strict --verbose=2 "$work/disk/Parley.app"
