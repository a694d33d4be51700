#!/usr/bin/env bash
# Installs the .deb for real, in a debootstrap chroot: chroot.sh RELEASE [OLDER]
# apt installs it over OLDER where one is given (an upgrade), the window opens
# under Xvfb until its first screen is seen through AT-SPI, and purging leaves
# nothing. Needs root. The base system is kept in build/cache/chroot, with what
# the package depends on already fetched.
# shellcheck disable=SC2015 # pass never fails: lib.sh
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=build/release/test/lib.sh
. "$here/lib.sh"
release=$(realpath "$1")
older=${2:+$(realpath "$2")}
cd "$here/../../.."
[ "$(id -u)" = 0 ] || { echo "chroot.sh: needs root" >&2; exit 2; }
deb=$(basename "$release"/*_amd64.deb)
version=$(cat "$release/.version")
# shellcheck source=/dev/null
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
base=$PWD/build/cache/chroot/$suite.tar

root=$(mktemp -d)
mounted=()
cleanup() {
  local i
  for ((i = ${#mounted[@]} - 1; i >= 0; i--)); do umount -l "${mounted[i]}" || true; done
  rm -rf --one-file-system "$root"
}
trap cleanup EXIT
bind() {
  mount "${@:2}" "$root/$1"
  mounted+=("$root/$1")
}
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
policy='printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d'

if [ ! -f "$base" ]; then
  echo "  making the base system, $suite (once)"
  mkdir -p "$(dirname "$base")"
  debootstrap --variant=minbase "$suite" "$root" http://deb.debian.org/debian >"$base.log" 2>&1
  echo "deb http://deb.debian.org/debian-security $suite-security main" >>"$root/etc/apt/sources.list"
  inside sh -c "$policy"
  # The first line is the base that a user has; the second only watches the window.
  inside sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates man-db desktop-file-utils \
    xvfb xauth dbus dbus-x11 at-spi2-core python3-gi gir1.2-atspi-2.0 fonts-dejavu-core &&
    apt-get install -y -qq --download-only --no-install-recommends libgtk-3-0 libwebkit2gtk-4.1-0 \
    gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav' >>"$base.log" 2>&1
  tar -C "$root" -cf "$base.part" .
  mv "$base.part" "$base"
else
  tar -C "$root" -xf "$base"
fi
cp /etc/resolv.conf "$root/etc/"
bind proc -t proc proc
bind dev --rbind /dev
bind tmp -t tmpfs tmpfs
chmod 1777 "$root/tmp"

# files: all that is installed, without what apt, caches and logs keep.
files() {
  (cd "$root" && find . -xdev \( -path ./var/lib/apt -o -path ./var/cache -o -path ./var/log -o -path ./var/lib/dpkg \
    -o -path ./root -o -path ./tmp -o -path ./etc/resolv.conf \) -prune -o -print | LC_ALL=C sort)
}

echo "$deb in a chroot of $suite"
cp "$release/$deb" "$root/tmp/new.deb"
# Its dependencies first: what they leave behind is not ours.
mapfile -t depends < <(dpkg-deb -f "$release/$deb" Depends Recommends | sed 's/^[A-Z][a-z]*: //' | tr ',' '\n' | sed 's/|.*//; s/(.*//; s/ //g')
accepts "what it depends on is in Debian" inside apt-get install -y -qq --no-install-recommends "${depends[@]}"
files >"$root/tmp/before"
if [ -n "$older" ]; then
  cp "$older"/*_amd64.deb "$root/tmp/old.deb"
  accepts "apt installs the older version" inside apt-get install -y -qq /tmp/old.deb
fi
accepts "apt installs it${older:+ over the older one}" inside apt-get install -y -qq /tmp/new.deb
inside parley version | grep -q "^parley $version " && pass "parley version tells $version" || fail "parley version tells another version"
[ -z "$older" ] || refuses "apt does not go back to the older one" "downgrade" inside apt-get install -y -qq /tmp/old.deb
accepts "man finds its page" inside sh -c 'man -w parley'
inside grep -q 'x-scheme-handler/parley=parley.desktop' /usr/share/applications/mimeinfo.cache &&
  pass "parley: links belong to it" || fail "nothing opens parley: links"
accepts "its first screen is there" inside dbus-run-session -- python3 - <"$here/firstscreen.py"
accepts "apt purges it" inside apt-get purge -y -qq parley
files >"$root/tmp/after"
left=$(diff "$root/tmp/before" "$root/tmp/after" || true)
[ -z "$left" ] && pass "purging leaves nothing, and takes nothing else away" || fail "purging leaves: $left"
finish chroot
