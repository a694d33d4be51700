#!/usr/bin/env bash
# What must be in the packages of a release: contents.sh RELEASE [quick]
# quick leaves out what needs the whole release: programs, licences, SBOM.
# shellcheck disable=SC2015 # pass never fails: lib.sh
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=build/release/test/lib.sh
. "$here/lib.sh"
quick=${2:-}
cd "$1"
version=$(cat .version)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
deb_budget=$((12 * 1024 * 1024)) # bytes that somebody downloads

has() { grep -qx -- "$2" <<<"$1"; }
expected=(bin/parley share/applications/parley.desktop share/metainfo/io.github.parley_calls.Parley.metainfo.xml
  share/icons/hicolor/scalable/apps/parley.svg share/icons/hicolor/{48x48,128x128,256x256}/apps/parley.png
  share/man/man1/parley.1.gz share/bash-completion/completions/parley share/fish/vendor_completions.d/parley.fish
  share/doc/parley/{copyright,THIRD-PARTY-LICENCES.txt,sbom.cdx.json,CHANGELOG.gz})

for deb in *.deb; do
  echo "$deb"
  listing=$(dpkg-deb -c "$deb" | awk '$1 !~ /^d/ {print $6}')
  for file in "${expected[@]}" share/zsh/vendor-completions/_parley; do
    has "$listing" "./usr/$file" && continue
    fail "no /usr/$file"
  done
  [ "$(wc -l <<<"$listing")" = $((${#expected[@]} + 1)) ] && pass "${#expected[@]} files and zsh's, no others" || fail "other files: $listing"
  [ -z "$(dpkg-deb --ctrl-tarfile "$deb" | tar -t | grep -E 'inst|rm$' || true)" ] && pass "no scripts" || fail "it has scripts"
  [ "$(dpkg-deb -f "$deb" Version)" = "$version-1" ] && pass "version $version-1" || fail "version $(dpkg-deb -f "$deb" Version)"
  [ -z "$(dpkg-deb -c "$deb" | awk '$2 != "root/root" && $2 != "0/0"')" ] && pass "all root's" || fail "files of others"
  [ -z "$quick" ] || continue # not packed as tightly
  size=$(stat -c %s "$deb")
  [ "$size" -le "$deb_budget" ] && pass "$size bytes, budget $deb_budget" || fail "$size bytes, over the budget of $deb_budget"
done
for rpm in *.rpm; do
  echo "$rpm"
  listing=$(rpm -qpl --nosignature "$rpm" 2>/dev/null)
  for file in "${expected[@]}" share/zsh/site-functions/_parley share/doc/parley; do
    has "$listing" "/usr/$file" || fail "no /usr/$file"
  done
  [ "$(wc -l <<<"$listing")" = $((${#expected[@]} + 2)) ] && pass "${#expected[@]} files, zsh's and a folder, no others" || fail "other files: $listing"
  [ -z "$(rpm -qp --scripts --nosignature "$rpm" 2>/dev/null)" ] && pass "no scripts" || fail "it has scripts"
  [ "$(rpm -qp --nosignature --qf '%{VERSION}-%{RELEASE}' "$rpm" 2>/dev/null)" = "$version-1" ] && pass "version $version-1" || fail "another version"
  accepts "rpm finds its digests whole" rpm -K --nosignature "$rpm"
  rpm -qp --requires --nosignature "$rpm" 2>/dev/null | grep -q 'libwebkit2gtk-4.1.so.0' && pass "asks for WebKitGTK" || fail "does not ask for WebKitGTK"
done

[ -z "$quick" ] || { finish contents; exit; }

# The libraries that packages ask for are all that the program is linked with.
for deb in *.deb; do
  dpkg-deb -x "$deb" "$work/$deb"
  program=$work/$deb/usr/bin/parley
  [ -z "$(objdump -p "$program" 2>/dev/null | awk '$1 == "NEEDED" && /vpx|opus|openh264/')" ] && pass "$deb: codecs are linked statically" || fail "$deb: codecs are not linked statically"
  glibc=$(aarch64-linux-gnu-objdump -T "$program" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -1)
  [ "$(printf '%s\n' "$glibc" GLIBC_2.36 | sort -V | tail -1)" = GLIBC_2.36 ] && pass "$deb: needs $glibc at most" || fail "$deb: needs $glibc"
  tree=$work/$deb/usr/share
done
accepts "the desktop entry is valid" desktop-file-validate "$tree/applications/parley.desktop"
accepts "the metainfo is valid" appstreamcli validate --no-net "$tree/metainfo/io.github.parley_calls.Parley.metainfo.xml"
warnings=$(man --warnings -l "$tree/man/man1/parley.1.gz" 2>&1 >/dev/null)
[ -z "$warnings" ] && pass "the man page has no warnings" || fail "man: $warnings"
accepts "the SBOM is CycloneDX and has pion, preact and libvpx" \
  jq -e '.bomFormat == "CycloneDX" and ([.components[].name] | any(test("pion/webrtc")) and any(. == "preact") and any(. == "libvpx"))' "$tree/doc/parley/sbom.cdx.json"
is "... each with its version" "$(jq -r '.components[] | select((.version // "") == "").name' "$tree/doc/parley/sbom.cdx.json")" ""
jq -r '.components[].purl // empty' "$tree/doc/parley/sbom.cdx.json" | sed 's/[?#].*//' | sort -u >"$work/listed"
for system in linux/amd64,webkit2_41 linux/arm64,webkit2_41 windows/amd64 darwin/amd64 darwin/arm64; do
  IFS=/, read -r os arch tag <<<"$system"
  # shellcheck disable=SC2016 # Go's own template
  (cd "$here/../../.." && GOOS=$os GOARCH=$arch CGO_ENABLED=1 go list -deps -tags "desktop,production,$tag" \
    -f '{{with .Module}}{{if not .Main}}pkg:golang/{{.Path}}@{{.Version}}{{end}}{{end}}' .) | sort -u >"$work/linked"
  left=$(comm -13 "$work/listed" "$work/linked")
  [ -z "$left" ] && pass "... and all $(wc -l <"$work/linked") modules of $os/$arch" || fail "the SBOM lacks, for $os/$arch: $left"
done
licences=(github.com/pion/webrtc/v4 "preact " libvpx openh264 opus Go)
[ -z "$(ls ./*-setup.exe 2>/dev/null)" ] || licences+=(mingw-w64 "GCC's libraries")
for licence in "${licences[@]}"; do
  grep -q "^$licence" "$tree/doc/parley/THIRD-PARTY-LICENCES.txt" || fail "no licence of $licence"
done
for tar in *.tar.gz; do
  name=${tar%.tar.gz}
  listing=$(tar -tzf "$tar" | grep -v '/$')
  for file in bin/parley share/{applications/parley.desktop,icons/hicolor/scalable/apps/parley.svg,man/man1/parley.1.gz} \
    share/metainfo/io.github.parley_calls.Parley.metainfo.xml share/{bash-completion/completions/parley,zsh/site-functions/_parley} \
    share/fish/vendor_completions.d/parley.fish share/doc/parley/{LICENSE,CHANGELOG.md,THIRD-PARTY-LICENCES.txt,sbom.cdx.json}; do
    has "$listing" "$name/$file" || fail "$tar: no $file"
  done
  tar -xzf "$tar" -C "$work"
  program=$work/$name/bin/parley
  run=("$program")
  case $tar in
    *arm64*)
      command -v qemu-aarch64-static >/dev/null || { echo "  skip  $tar: no qemu-aarch64-static"; continue; }
      run=(qemu-aarch64-static -L "$here/../../cache/sysroot/arm64" "$program")
      ;;
  esac
  "${run[@]}" version --json >"$work/version.json" || true
  # shellcheck disable=SC2016 # jq's own $v
  accepts "$tar: parley version --json tells version, commit and flags" \
    jq -e --arg v "$version" '.version == $v and (.commit | length) == 40 and .flags["-trimpath"] == "true"' "$work/version.json"
done
finish contents
