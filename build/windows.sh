#!/usr/bin/env bash
# Builds build/bin/parley.exe and parley.com on Linux with mingw-w64. The one
# library that no Go module carries, libvpx, is built from the distribution's own
# source and kept under build/cache, by version. Needs build/deps.sh windows.
#
#   build/windows.sh           the programs; VERSION=x.y.z is what Windows shows
#   build/windows.sh libvpx    only libvpx
#   build/windows.sh vet       go vet of every package, with what the build compiled
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
host=x86_64-w64-mingw32
cores=$(nproc)

# fetch_source PACKAGE: its source into the current folder, through a private
# copy of apt's settings with the source lists on, so that apt's own stay as
# they are.
fetch_source() {
  mkdir -p apt/lists/partial apt/cache/archives/partial apt/sources
  [ ! -f /etc/apt/sources.list ] || sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >apt/sources/all.list
  for f in /etc/apt/sources.list.d/*.sources; do
    [ -f "$f" ] && sed 's/^Types:.*/Types: deb-src/' "$f" >"apt/sources/$(basename "$f")"
  done
  local settings=(-qq -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$PWD/apt/sources"
    -o "Dir::State::Lists=$PWD/apt/lists" -o "Dir::Cache=$PWD/apt/cache" -o APT::Sandbox::User=root)
  apt-get "${settings[@]}" update
  apt-get "${settings[@]}" source "$1" >/dev/null
}

version=$(dpkg-query -W -f='${Version}' libvpx-dev)
vpx=$root/build/cache/windows/libvpx-$version
if [ ! -f "$vpx/lib/libvpx.a" ]; then
  echo "windows: building libvpx $version for $host" >&2
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  (
    cd "$work"
    fetch_source libvpx
    cd libvpx-*/
    env CROSS=$host- ./configure --target=x86_64-win64-gcc --prefix="$vpx" \
      --enable-static --disable-shared --enable-realtime-only --disable-vp9 --disable-examples \
      --disable-tools --disable-docs --disable-unit-tests --as=nasm
    make -j"$cores" install
  ) >"$root/build/cache/libvpx.log" 2>&1 || { tail -20 "$root/build/cache/libvpx.log" >&2; exit 1; }
fi
[ "${1:-}" != libvpx ] || exit 0

# resource FILE ABOUT: compiles what Windows shows of a program (parley.rc) and
# prints the object's path. VERSION that is no x.y.z, as between releases, is 0.0.0.
version=${VERSION:-}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || version=0.0.0
resource() {
  local object=$root/build/cache/windows/$1.o
  $host-windres -I build/windows -i build/windows/parley.rc -o "$object" \
    -D "NUMBERS=${version//./,},0" -D "VERSION=\\\"$version\\\"" -D "FILE=\\\"$1\\\"" -D "ABOUT=\\\"$2\\\""
  echo "$object"
}

# Go's build cache does not look at what pkg-config answers, only at these:
# without the paths in them, a second checkout links with the first one's libvpx.
mkdir -p build/bin
export CGO_CFLAGS="${CGO_CFLAGS:--O2 -g0} -I$vpx/include" CGO_LDFLAGS="-O2 -g -L$vpx/lib"
export GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=$host-gcc-posix CXX=$host-g++-posix
export PKG_CONFIG_LIBDIR=$vpx/lib/pkgconfig
export GOFLAGS="${GOFLAGS:-} -trimpath -gcflags=all=-dwarf=false" # -s drops what it leaves out
if [ "${1:-}" = vet ]; then exec go vet -tags desktop,production . ./backend/...; fi
object=$(resource parley.exe "Parley video calls")
go build -tags desktop,production \
  -ldflags "-s -w -buildid= -H windowsgui -extldflags '-static $object' ${GO_LDFLAGS:-}" -o build/bin/parley.exe .
object=$(resource parley.com "Parley video calls, in a terminal")
go build -ldflags "-s -w -buildid= -linkmode external -extldflags '-static $object'" \
  -o build/bin/parley.com ./build/windows/console
