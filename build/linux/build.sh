#!/usr/bin/env bash
# Builds Parley for Linux as it is released: build/linux/build.sh ARCH OUTPUT
# with ARCH amd64 or arm64. Another architecture than this machine's is built
# with Debian's cross compiler against build/linux/sysroot.sh.
#
# libvpx is linked statically: its number changes with every release of a
# distribution (libvpx7, libvpx9), and one package is to serve them all. What is
# linked dynamically, WebKitGTK and what it needs, kept its numbers.
#
# The frontend must be in frontend/dist. GO_LDFLAGS adds to the linker's flags.
set -euo pipefail
cd "$(dirname "$0")/../.."
arch=$1
output=$2

# A file next to the target and then renamed: a failed build leaves none.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

opus=
case $arch in
  amd64) triplet=x86_64-linux-gnu ;;
  arm64)
    triplet=aarch64-linux-gnu
    # mediadevices' own is no position-independent code on arm64. Debian's, of
    # the same version, stands before it, so that it is the one that is linked.
    opus=/usr/lib/$triplet/libopus.a
    ;;
  *) echo "build: no such architecture: $arch" >&2; exit 2 ;;
esac
if [ "$arch" = "$(go env GOHOSTARCH)" ]; then
  root=
  flags=
  export CC=gcc CXX=g++
  export PKG_CONFIG_PATH=$work
else
  root=$(build/linux/sysroot.sh)
  flags="--sysroot=$root"
  export CC=$triplet-gcc CXX=$triplet-g++
  export PKG_CONFIG_PATH='' PKG_CONFIG_SYSROOT_DIR=$root
  export PKG_CONFIG_LIBDIR=$work:$root/usr/lib/$triplet/pkgconfig:$root/usr/share/pkgconfig
fi
# pkg-config puts the sysroot before -I and -L, and before no other path.
cat >"$work/vpx.pc" <<PC
Name: vpx
Description: libvpx, linked statically
Version: $(sed -n 's/^Version: *//p' "$root/usr/lib/$triplet/pkgconfig/vpx.pc")
Libs: $root/usr/lib/$triplet/libvpx.a -lm -lpthread
Cflags: -I/usr/include
PC

# -trimpath keeps this tree's place out of what the C compiler makes; a flag that
# named it would also keep Go's build cache from being used by the next release.
export CGO_CFLAGS="-O2 -g0 $flags -fstack-protector-strong -D_FORTIFY_SOURCE=2"
export CGO_CXXFLAGS=$CGO_CFLAGS
export CGO_LDFLAGS="-O2 $flags -Wl,-z,relro,-z,now${opus:+ $root$opus}"
GOOS=linux GOARCH=$arch CGO_ENABLED=1 GOFLAGS=-mod=readonly \
  go build -tags desktop,production,webkit2_41 -trimpath -buildvcs=false -buildmode=pie -gcflags=all=-dwarf=false \
  -ldflags "-s -w -buildid= ${GO_LDFLAGS:-}" -o "$work/parley" .
mv "$work/parley" "$output"
