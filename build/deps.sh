#!/usr/bin/env bash
# Installs what is missing on Debian 12 or newer, or Ubuntu 24.04 or newer:
#
#   build/deps.sh run       what it takes to build Parley and open its window
#   build/deps.sh test      ... and to run every test, which cross-builds, packs and signs
#   build/deps.sh lab       ... and to run the network laboratory
#   build/deps.sh release   ... and to make Linux packages, for arm64 too (make release)
#   build/deps.sh release-test   ... and to check and install them
#   build/deps.sh windows   ... and to build parley.exe from here
#   build/deps.sh release-windows   ... and to make, sign, verify and install its setup
#
# It says what it is about to install. When nothing is missing it takes no
# time and needs no rights. Go and Node come from apt; where apt's are too old,
# newer ones are put into build/cache, and nothing of the system changes.
set -euo pipefail
cd "$(dirname "$0")/.."

want=${1:-run}
node_need=20.19  # what vite asks for
node_pin=22.23.3 # fetched where the system's is older
go_need=$(awk '$1 == "go" {print $2}' go.mod)

run=(build-essential pkg-config ca-certificates
  libgtk-3-dev libwebkit2gtk-4.1-dev libvpx-dev libopus-dev
  # only its headers: the library is loaded where a Wayland session shares a screen
  libpipewire-0.3-dev
  # WebKit's WebCodecs decode through these
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav)
test=(chromium firefox-esr xvfb xauth dbus at-spi2-core xdotool x11-utils xclip xfce4-panel xfwm4 dunst python3 python3-gi gir1.2-atspi-2.0
  sway swaybg xdg-desktop-portal xdg-desktop-portal-wlr pipewire pipewire-bin wireplumber
  pulseaudio pulseaudio-utils ffmpeg imagemagick fonts-dejavu-core shellcheck iproute2 iptables
  # another TURN server and client, and what has Chromium trust a relay's certificate
  coturn libnss3-tools)
# The Firestore emulator is Java. Tests that need it say so where it is missing.
if dpkg-query -L google-cloud-cli-firestore-emulator >/dev/null 2>&1 || [ -n "${PARLEY_FIRESTORE_EMULATOR_JAR:-}" ]; then
  command -v java >/dev/null || test+=(openjdk-17-jre-headless)
fi
lab=(chromium ffmpeg iproute2 iptables coturn libnss3-tools)
windows=(gcc-mingw-w64-x86-64-posix g++-mingw-w64-x86-64-posix nasm dpkg-dev)

sign=(git minisign gnupg gpgv debsig-verify rpm binutils xz-utils nsis osslsigncode sbsigntool openssl libengine-pkcs11-openssl softhsm2)
release=(gcc-aarch64-linux-gnu g++-aarch64-linux-gnu)
release_test=(jq debootstrap desktop-file-utils appstream qemu-user-static man-db python3-yaml)
release_windows=(wine wine64 xvfb p7zip-full)

case $want in
  run) packages=("${run[@]}") ;;
  test) packages=("${run[@]}" "${test[@]}" "${windows[@]}" "${sign[@]}") ;;
  lab) packages=("${run[@]}" "${lab[@]}") ;;
  windows) packages=("${run[@]}" "${windows[@]}") ;;
  release-windows) packages=("${run[@]}" "${windows[@]}" "${sign[@]}" "${release_windows[@]}") ;;
  release) packages=("${run[@]}" "${sign[@]}" "${release[@]}") ;;
  release-test) packages=("${run[@]}" "${test[@]}" "${sign[@]}" "${release[@]}" "${release_test[@]}") ;;
  *) echo "usage: build/deps.sh [run|test|lab|release|release-test|windows|release-windows]" >&2; exit 2 ;;
esac

say() { echo "deps: $*" >&2; }

# at_least A B: version A is B or newer.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -1)" = "$2" ]; }

go_version() { command -v go >/dev/null && GOTOOLCHAIN=local go env GOVERSION | sed 's/^go//'; }
node_version() { command -v node >/dev/null && node --version | sed 's/^v//'; }

# The versions in build/cache, where an earlier run put any, go first.
PATH=$PWD/build/cache/go/bin:$PWD/build/cache/node/bin:$PATH

have_apt=$(command -v apt-get || true)
missing=()
if [ -n "$have_apt" ]; then
  installed=" $(dpkg-query -W -f='${Package}=${db:Status-Status} ' 2>/dev/null) "
  for p in "${packages[@]}"; do
    [[ $installed == *" $p=installed "* ]] || missing+=("$p")
  done
  command -v go >/dev/null || missing+=(golang-go)
  command -v node >/dev/null || missing+=(nodejs)
  command -v npm >/dev/null || missing+=(npm)
else
  say "this is neither Debian nor Ubuntu: install what these packages hold by hand: ${packages[*]}"
fi

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)

may_install() {
  [ ${#as_root[@]} = 0 ] || command -v sudo >/dev/null || {
    say "this user may not install what is missing (not root, no sudo). As root: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
    exit 1
  }
}

# Not grep -q: it would stop reading, and with pipefail apt-cache's broken pipe
# would look like an unknown package.
apt_knows() { [[ $(LC_ALL=C apt-cache policy "$1") == *"Candidate: "[^\(]* ]]; }

if [ ${#missing[@]} -gt 0 ]; then
  if ! apt_knows build-essential; then
    may_install
    say "reading apt's lists"
    "${as_root[@]}" apt-get update -qq
    lists=new
  fi
  known=()
  for p in "${missing[@]}"; do
    if apt_knows "$p"; then
      known+=("$p")
    elif [[ " ${test[*]} " == *" $p "* ]]; then
      # Ubuntu has its browsers as snaps only; the tests that need one say so.
      say "apt knows no $p here: going on without it"
    else
      say "apt knows no $p here, and Parley cannot be built without it"
      exit 1
    fi
  done
  missing=("${known[@]}")
fi

if [ ${#missing[@]} -gt 0 ]; then
  may_install
  say "installing with apt: ${missing[*]}"
  [ -n "${lists:-}" ] || "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if ! at_least "$(go_version || echo 0)" "$go_need"; then
  # Go's own distribution, as a module: any Go since 1.18 can fetch it, and
  # checks it against Go's checksum database.
  module=golang.org/toolchain@v0.0.1-go$go_need.$(go env GOOS)-$(go env GOARCH)
  say "Go $(go_version) is older than $go_need: fetching $module into build/cache/go"
  tmp=$(mktemp -d)
  answer=$(cd "$tmp" && GOTOOLCHAIN=local go mod download -json "$module") || {
    say "$answer"
    exit 1
  }
  rm -rf "$tmp" build/cache/go build/cache/go.part
  mkdir -p build/cache
  cp -r "$(sed -n 's/.*"Dir": "\(.*\)".*/\1/p' <<<"$answer")" build/cache/go.part
  chmod -R u+w build/cache/go.part
  chmod +x build/cache/go.part/bin/* build/cache/go.part/pkg/tool/*/* # modules carry no execute bits
  mv build/cache/go.part build/cache/go
fi

if ! at_least "$(node_version || echo 0)" "$node_need"; then
  case $(uname -m) in aarch64) arch=arm64 ;; *) arch=x64 ;; esac
  say "Node $(node_version) is older than $node_need: fetching $node_pin into build/cache/node"
  rm -rf build/cache/node
  mkdir -p build/cache/node/bin
  npm install --loglevel=error --no-audit --no-fund --no-save --prefix build/cache/node "node-linux-$arch@$node_pin" >/dev/null
  ln -s "../node_modules/node-linux-$arch/bin/node" build/cache/node/bin/node
fi
