#!/usr/bin/env bash
# Makes build/cache/sysroot/arm64: Debian's arm64 libraries and headers that
# Parley is linked against, unpacked beside the system and never installed into
# it. apt resolves and checks them (its keys, its mirror) in a private folder,
# so that this needs no root and no foreign architecture in dpkg. Prints its path.
set -euo pipefail
cd "$(dirname "$0")/../.."
# Through a link, as release.sh makes one, it is the same path each time: Go's build
# cache depends on it.
root=$(realpath -m build/cache/sysroot/arm64)
packages=(libc6-dev libstdc++-12-dev libgtk-3-dev libwebkit2gtk-4.1-dev libvpx-dev libopus-dev)

if [ ! -f /usr/share/keyrings/debian-archive-keyring.gpg ]; then
  echo "sysroot: needs Debian, whose mirror has arm64 beside amd64" >&2
  exit 1
fi
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
want="$release ${packages[*]}"
if [ "$(cat "$root/.complete" 2>/dev/null)" = "$want" ]; then
  echo "$root"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{state/lists/partial,cache/archives/partial,etc}
touch "$work/state/status"
cat >"$work/etc/sources.list" <<LIST
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $release main
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian-security $release-security main
LIST
apt=(apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64
  -o "Dir::State=$work/state" -o "Dir::State::status=$work/state/status" -o "Dir::Cache=$work/cache"
  -o "Dir::Etc::SourceList=$work/etc/sources.list" -o Dir::Etc::SourceParts=/dev/null
  -o Acquire::Languages=none -o "APT::Sandbox::User=$(id -un)")
echo "sysroot: fetching Debian $release's arm64 libraries" >&2
"${apt[@]}" update
"${apt[@]}" install -y --download-only --no-install-recommends "${packages[@]}" >"$work/log" 2>&1 ||
  { tail -5 "$work/log" >&2; exit 1; }

rm -rf "$root"
mkdir -p "$root"
for deb in "$work"/cache/archives/*.deb; do
  dpkg-deb -x "$deb" "$root"
done
# Absolute links would lead out of it, to this machine's own files.
find "$root" -type l -lname '/*' | while read -r link; do
  ln -sfn "$(realpath -m --relative-to="$(dirname "$link")" "$root$(readlink "$link")")" "$link"
done
echo "$want" >"$root/.complete"
echo "$root"
