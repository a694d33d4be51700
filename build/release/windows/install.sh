# shellcheck shell=bash disable=SC2154
# For test.sh: the setup, installed for real under Wine in a prefix of its own.

# enter_wine: a Windows 10 in $work/wine, and a display for it.
enter_wine() {
  mkdir -p "$work/home"
  export WINEPREFIX=$work/wine WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES="winemenubuilder.exe=d;mscoree=d;mshtml=d"
  exec {display_pipe}< <(exec Xvfb -displayfd 1 -screen 0 1024x768x24 -nolisten tcp 2>/dev/null)
  xvfb=$!
  read -r display <&"$display_pipe"
  export DISPLAY=:$display
  w wineboot -i >/dev/null 2>&1
  w winecfg -v win10 >/dev/null 2>&1
  x86_64-w64-mingw32-gcc-posix -shared -s -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" \
    build/release/windows/wine.c -ladvapi32 -lws2_32
  wineserver -w # the one of before ends by itself,
  wineserver -p # and this one stays between programs
}

# leave_wine ends what enter_wine and the calls began.
leave_wine() {
  [ -n "${xvfb:-}" ] || return 0
  wineserver -k 2>/dev/null || true
  wineserver -w || true
  kill "$xvfb" 2>/dev/null || true
  xvfb=
}

# w PROGRAM...: runs it in Wine.
w() { HOME=$work/home timeout 900 wine "$@"; }

# status N WHAT PROGRAM...: it must end with the exit code N.
status() {
  local want=$1 what=$2 got=0
  shift 2
  w "$@" >"$work/said" 2>&1 || got=$?
  if [ "$got" = "$want" ]; then pass "$what"; else fail "$what: exit code $got, not $want: $(head -c 2000 "$work/said")"; fi
}

# value KEY NAME: what the registry holds, or nothing.
value() { w reg query "$1" /v "$2" 2>/dev/null | tr -d '\r' | sed -nE 's/^.* REG_(SZ|DWORD) +//p'; }
uninstall='HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Parley'
at_login='HKCU\Software\Microsoft\Windows\CurrentVersion\Run'
links='HKCU\Software\Classes\parley\shell\open\command'
installed_version() { value "$uninstall" DisplayVersion; }
# opener: what opens parley: links.
opener() { w reg query "$links" /ve 2>/dev/null | tr -d '\r' | sed -n 's/.*REG_SZ *//p'; }
# started: what tiny.exe was started as, once it was.
started() {
  local tries file=$WINEPREFIX/drive_c/started
  for ((tries = 0; tries < 60; tries++)); do
    [ ! -s "$file" ] || break
    sleep 1
  done
  sed 's/ *$//' "$file"
  rm "$file"
}

# state FILE: the files and the user's registry, but for what Wine itself keeps,
# and for the keys that all programs share, which are there on Windows.
state() {
  find "$WINEPREFIX/drive_c" -path '*/windows' -prune -o -path '*/Temp' -prune -o -print | LC_ALL=C sort >"$1"
  w reg export HKCU "$work/hkcu.reg" /y >/dev/null 2>&1
  iconv -f utf-16 -t utf-8 "$work/hkcu.reg" | tr -d '\r' |
    awk '/^\[/ {skip = /CURRENT_USER\\(Software\\Wine|Volatile Environment|Console\])/ || /\\Software\\Classes\]|\\App Paths\]|\\Uninstall\]/} !skip' >>"$1"
}

# uninstalled FLAG...: runs the uninstaller, which goes on in a copy of itself.
uninstalled() {
  w "$folder/uninstall.exe" /S "$@"
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    [ -e "$folder/uninstall.exe" ] || return 0
    sleep 1
  done
  fail "the uninstaller did not end"
}

# installs OLDER NEWER KEYS: from nothing to nothing with these setups, version
# 9.8.6 of programs that do nothing and 9.8.7 of real ones, signed with KEYS.
installs() {
  local older=$1 newer=$2 trust=("$3/ca.pem" "$3/tsa-ca.pem")
  local runtime='HKCU\Software\Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}'
  accepts "the setup is signed" build/release/windows/verify.sh "$newer" "${trust[@]}"
  holds "$newer"
  echo "installing under $(wine --version 2>/dev/null)"
  enter_wine
  state "$work/before"

  # Two words for one path with a space: Wine would put quotes around it, which NSIS does not want.
  status 0 "a silent install into a path with a space" "$older" /S '/D=C:\My' 'Programs\Parley'
  folder="$WINEPREFIX/drive_c/My Programs/Parley"
  local file menu
  accepts "the licence is there" cmp LICENSE "$folder/LICENSE.txt"
  menu=$(find "$WINEPREFIX/drive_c/users" -path '*Start Menu/Programs/Parley.lnk')
  if [ -n "$menu" ]; then pass "the start menu has it"; else fail "no start menu entry"; fi
  status 0 "... and starts it" start /wait /unix "$menu"
  is "... itself" "$(started)" '"C:\My Programs\Parley\parley.exe"'
  is "parley: links are ours, in quotes" "$(opener)" '"C:\My Programs\Parley\parley.exe" -- "%1"'
  # Windows looks at the user's schemes, Wine 8 only at those of all.
  w reg export 'HKCU\Software\Classes\parley' "$work/links.reg" /y >/dev/null 2>&1
  iconv -f utf-16 -t utf-8 "$work/links.reg" | sed 's/HKEY_CURRENT_USER/HKEY_LOCAL_MACHINE/' | iconv -t utf-16 >"$work/all.reg"
  w reg import "$work/all.reg" >/dev/null 2>&1
  status 0 "... one is opened" start /wait 'parley:7k3m-9q0x-v2ab'
  is "... by it" "$(started)" '"C:\My Programs\Parley\parley.exe" -- "parley:7k3m-9q0x-v2ab"'
  w reg delete 'HKLM\Software\Classes\parley' /f >/dev/null
  is "its uninstaller is registered, in quotes" "$(value "$uninstall" QuietUninstallString)" '"C:\My Programs\Parley\uninstall.exe" /S'
  is "the version is registered" "$(installed_version)" 9.8.6
  is "WebView2's bootstrapper ran, and silently" "$(cat "$WINEPREFIX/drive_c/bootstrapped" 2>/dev/null)" /silent
  rm -f "$WINEPREFIX/drive_c/bootstrapped"
  w reg add "$runtime" /v pv /d 130.0.0.0 /f >/dev/null

  status 0 "an upgrade" "$newer" /S
  is "... is registered" "$(installed_version)" 9.8.7
  for file in parley.exe parley.com uninstall.exe; do
    accepts "... $file is in the same folder, and signed" build/release/windows/verify.sh "$folder/$file" "${trust[@]}"
  done
  accepts "... brings the licences of what it is made of" test -s "$folder/THIRD-PARTY-LICENCES.txt"
  if [ ! -e "$WINEPREFIX/drive_c/bootstrapped" ]; then pass "WebView2, once there, is left alone"; else fail "the bootstrapper ran again"; fi
  programs
  commands
  calls
  busy "$newer"
  status 4 "a downgrade is refused" "$older" /S
  is "... and changes nothing" "$(installed_version)" 9.8.7
  status 0 "a downgrade that is meant" "$older" /S /DOWNGRADE
  is "... is done" "$(installed_version)" 9.8.6

  w reg export 'HKLM\Software' "$work/hklm.reg" /y >/dev/null 2>&1
  is "nothing is written for other users" "$(iconv -f utf-16 -t utf-8 "$work/hklm.reg" | grep -i parley)" ""
  echo mine >"$folder/notes.txt"
  w reg add "$at_login" /v Parley /d '"C:\My Programs\Parley\parley.exe" --background' /f >/dev/null # as the settings page does
  uninstalled
  is "uninstalling ends the start at login" "$(value "$at_login" Parley)" ""
  is "uninstalling leaves what is not ours" "$(ls "$folder")" notes.txt
  rm -r "$folder"
  rmdir "$WINEPREFIX/drive_c/My Programs"
  file=$(find "$WINEPREFIX/drive_c/users" -path '*AppData/Local/parley' -o -path '*AppData/Roaming/parley')
  if [ -n "$file" ]; then pass "the settings stay"; else fail "the settings are gone, or none were made"; fi

  status 0 "installing into the usual folder" "$newer" /S
  folder=$(dirname "$(find "$WINEPREFIX/drive_c/users" -path '*AppData/Local/Programs/Parley/parley.exe')")
  w reg add "$at_login" /v Parley /d '"D:\parley.exe" --background' /f >/dev/null
  w reg add "$links" /ve /d '"D:\parley.exe" -- "%1"' /f >/dev/null
  uninstalled /PURGE
  is "another copy still starts at login" "$(value "$at_login" Parley)" '"D:\parley.exe" --background'
  is "... and opens the links" "$(opener)" '"D:\parley.exe" -- "%1"'
  w reg delete "$at_login" /v Parley /f >/dev/null
  w reg delete 'HKCU\Software\Classes\parley' /f >/dev/null
  w reg delete "$runtime" /f >/dev/null
  w reg delete 'HKCU\Software\Microsoft\EdgeUpdate' /f >/dev/null
  rmdir "$(dirname "$folder")" 2>/dev/null || true # NSIS made the way there; other programs share it
  state "$work/after"
  if diff "$work/before" "$work/after" >"$work/left"; then pass "uninstalling with /PURGE leaves nothing"; else fail "left behind: $(head -40 "$work/left")"; fi
  leave_wine
}

# holds SETUP: what it brings, read by another program than its own.
holds() {
  local bootstrapper
  # shellcheck disable=SC2016 # a name of NSIS
  is "it brings what it names, and no more" \
    "$(7z l -ba -slt "$1" | sed -n 's/^Path = //p' | grep -v '^\$PLUGINSDIR/' | LC_ALL=C sort | paste -sd ' ')" \
    "LICENSE.txt THIRD-PARTY-LICENCES.txt parley.com parley.exe uninstall.exe"
  bootstrapper=$(go list -m -f '{{.Dir}}' github.com/wailsapp/wails/v2)/internal/webview2runtime/MicrosoftEdgeWebview2Setup.exe
  # shellcheck disable=SC2016 # a name of NSIS
  7z e -so "$1" '$PLUGINSDIR/webview2.exe' >"$work/webview2.exe" 2>/dev/null
  accepts "... with the bootstrapper for WebView2, as Microsoft made it" cmp "$work/webview2.exe" "$bootstrapper"
  accepts "... and asks for no administrator" grep -qa 'requestedExecutionLevel level="asInvoker"' "$1"
}

# programs: what can be seen of them without running them.
programs() {
  local program foreign
  for program in parley.exe parley.com; do
    # These are in Windows 10 itself. No GCC, no codec.
    foreign=$(x86_64-w64-mingw32-objdump -p "$folder/$program" | sed -n 's/.*DLL Name: //p' |
      grep -viE '^(kernel32|msvcrt|ole32|oleaut32|quartz|advapi32|user32|gdi32|shell32|ws2_32|winmm|bcryptprimitives)\.dll$' || true)
    is "$program needs DLLs of Windows only" "$foreign" ""
    accepts "$program has its manifest" grep -qa 'level="asInvoker"' "$folder/$program"
    is "$program has its version" "$(strings -el "$folder/$program" | grep -A1 '^ProductVersion$' | tail -1)" 9.8.7
  done
}

# commands: the installed program on the command line.
commands() {
  status 0 "parley version" "$folder/parley.com" version
  accepts "... says so" grep -q '^parley .*windows/amd64' "$work/said"
  status 0 "parley.exe version, without parley.com" "$folder/parley.exe" version
  accepts "... says so too" grep -q '^parley .*windows/amd64' "$work/said"
  status 0 "parley version --json" "$folder/parley.com" version --json
  accepts "... tells commit and flags" grep -qE '"commit":"[0-9a-f]{40}".*"-trimpath":"true"' "$work/said"
  status 0 "parley devices" "$folder/parley.com" devices
  accepts "... lists them" grep -q '^Cameras:' "$work/said"
  status 2 "the exit code comes through" "$folder/parley.com" call --nonsense
  HOME=$work/home timeout 900 script -qec "wine '$folder/parley.com' version" "$work/terminal" >/dev/null </dev/null || true
  accepts "a terminal shows it" grep -qa 'windows/amd64' "$work/terminal"
}

calls() {
  local linux=${PARLEY_LINUX:-build/bin/parley}
  if [ ! -x "$linux" ]; then
    skip "a call with Linux: no $linux (make build)"
    return
  fi
  echo "the installed program waits, and Linux joins"
  # With the scheme that links are opened by: both systems read it.
  creates "$work" w "$folder/parley.com" || return 0
  meets "$work" parley: "$linux"
}

# busy SETUP: it must not end a call.
busy() {
  local before
  before=$(sha256sum "$folder/parley.exe")
  creates "$work" w "$folder/parley.com" || return 0
  status 3 "a setup does not end a call" "$1" /S
  status 3 "nor does an uninstaller" "$folder/uninstall.exe" /S '_?=C:\My' 'Programs\Parley' # which has it wait here
  is "... and changes nothing" "$(sha256sum "$folder/parley.exe")" "$before"
  w taskkill /F /IM parley.com >/dev/null 2>&1 || true
  wait "$creator" || true
  status 0 "it goes on once parley.com was killed, and parley.exe with it" "$1" /S
}
