#!/usr/bin/env bash
# Packs a built Parley: build/release/linux.sh ARCH PROGRAM OUT
# as .deb, .rpm and .tar.gz, unsigned and the same each time. VERSION,
# SOURCE_DATE_EPOCH and STAGE (with the licences and the SBOM) come from
# release.sh. FAST, for tests, is not empty: the packages need not be small. Runs
# in the root of the sources.
set -euo pipefail
arch=$1
out=$3
homepage=${PARLEY_HOMEPAGE:-https://example.invalid/parley}
maintainer=${PARLEY_MAINTAINER:-The Parley authors <parley@example.invalid>}
day=$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)

if [ -n "${FAST:-}" ]; then
  rpm=gzip
  pack=(gzip -1n)
else
  rpm=zstd:best
  pack=(xz -T1)
fi

# fill FILE: its @NAMES@ with their values.
fill() {
  sed -e "s|@VERSION@|$VERSION|g" -e "s|@ARCH@|$arch|g" -e "s|@STAGE@|$STAGE|g" -e "s|@DATE@|$day|g" \
    -e "s|@COMPRESSION@|$rpm|g" \
    -e "s|@HOMEPAGE@|$homepage|g" -e "s|@MAINTAINER@|$maintainer|g" "$1"
}

cp "$2" "$STAGE/parley"
# The program of this machine writes the completions; they are the same for all.
if [ "$arch" = "$(go env GOHOSTARCH)" ]; then
  for shell in bash fish; do "$2" completion "$shell" >"$STAGE/completions/parley.$shell"; done
  "$2" completion zsh >"$STAGE/completions/_parley"
fi
[ -s "$STAGE/completions/_parley" ] || { echo "linux.sh: build $(go env GOHOSTARCH) first, for the completions" >&2; exit 1; }
fill build/linux/parley.metainfo.xml.in >"$STAGE/parley.metainfo.xml"
# The man page holds what --help says, so that it cannot lag behind.
[ -s "$STAGE/help" ] || "$2" --help | sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^[.']/\\\\\&&/" >"$STAGE/help"
fill build/linux/parley.1 | sed -e "/^@HELP@$/{r $STAGE/help" -e 'd;}' | gzip -9n >"$STAGE/parley.1.gz"
gzip -9nc CHANGELOG.md >"$STAGE/CHANGELOG.gz"
fill build/linux/nfpm.yaml >"$STAGE/nfpm.yaml"

for format in deb rpm; do
  build/cache/nfpm package --config "$STAGE/nfpm.yaml" --packager "$format" --target "$out/" >/dev/null
done
# The system's xz packs a fifth tighter than nfpm's own.
deb=$out/parley_$VERSION-1_$arch.deb
rm -rf "$STAGE/deb" && mkdir "$STAGE/deb"
(
  cd "$STAGE/deb"
  ar x "$deb"
  "${pack[@]}" data.tar
  rm "$deb"
  ar qcD "$deb" debian-binary control.tar.gz data.tar.*
)

# For every other distribution: unpack anywhere, run parley.
name=parley-$VERSION-linux-$arch
tree=$STAGE/tar/$name
rm -rf "$STAGE/tar"
install -D "$STAGE/parley" "$tree/bin/parley"
install -Dm644 build/linux/parley.desktop "$tree/share/applications/parley.desktop"
install -Dm644 "$STAGE/parley.metainfo.xml" "$tree/share/metainfo/io.github.parley_calls.Parley.metainfo.xml"
install -Dm644 frontend/src/icon.svg "$tree/share/icons/hicolor/scalable/apps/parley.svg"
install -Dm644 "$STAGE/parley.1.gz" "$tree/share/man/man1/parley.1.gz"
install -Dm644 "$STAGE/completions/parley.bash" "$tree/share/bash-completion/completions/parley"
install -Dm644 "$STAGE/completions/parley.fish" "$tree/share/fish/vendor_completions.d/parley.fish"
install -Dm644 "$STAGE/completions/_parley" "$tree/share/zsh/site-functions/_parley"
install -Dm644 -t "$tree/share/doc/parley" LICENSE CHANGELOG.md "$STAGE/THIRD-PARTY-LICENCES.txt" "$STAGE/sbom.cdx.json"
tar --sort=name --format=posix --pax-option=delete=atime,delete=ctime --owner=0 --group=0 --numeric-owner \
  --mtime="@$SOURCE_DATE_EPOCH" -C "$STAGE/tar" -c "$name" | gzip -9n >"$out/$name.tar.gz"
