# shellcheck shell=bash disable=SC2015
# What the release's tests share: sourced, not run. pass and fail never fail, so
# that `condition && pass … || fail …` runs one of them.
failures=0
pass() { echo "  ok    $*"; }
fail() {
  echo "  FAIL  $*"
  failures=$((failures + 1))
}

# accepts WHAT COMMAND...: it must succeed.
accepts() {
  local what=$1 said
  shift
  if said=$("$@" 2>&1); then pass "$what"; else fail "$what: $said"; fi
}

# refuses WHAT WORDS COMMAND...: it must fail, and for the reason in WORDS.
refuses() {
  local what=$1 words=$2 said
  shift 2
  if said=$("$@" 2>&1); then
    fail "$what: accepted: $said"
  elif grep -qi -- "$words" <<<"$said"; then
    pass "$what: refused ($(grep -i -m1 -- "$words" <<<"$said"))"
  else
    fail "$what: failed for another reason than \"$words\": $said"
  fi
}

# harm FILE: another byte in its middle than there is.
harm() {
  local at=$(($(stat -c %s "$1") / 2)) byte=X
  [[ $(tail -c +$((at + 1)) "$1" | head -c 1 | tr -d '\0') != X ]] || byte=Y
  printf %s "$byte" | dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}

# is WHAT GOT WANT: they must be equal.
is() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1: \"$2\", not \"$3\""; fi; }

# keys DIR: throw-away keys for this run: GNUPGHOME and minisign's, in the
# variables that build/release reads.
keys() {
  export GNUPGHOME=$1/gnupg
  mkdir -p "$1"
  mkdir -m 700 "$GNUPGHOME"
  gpg --batch --quiet --passphrase '' --quick-generate-key "Parley test <test@parley.invalid>" rsa2048 sign 1d 2>/dev/null
  PARLEY_GPG_KEY=$(gpg --quiet --list-keys --with-colons 2>/dev/null | awk -F: '$1 == "fpr" {print $10; exit}')
  # As careful people have it: what signs each release is not the key that people trust.
  gpg --batch --quiet --passphrase '' --quick-add-key "$PARLEY_GPG_KEY" rsa2048 sign 1d 2>/dev/null
  minisign -G -W -f -p "$1/minisign.pub" -s "$1/minisign.key" >/dev/null
  export PARLEY_GPG_KEY PARLEY_MINISIGN_KEY=$1/minisign.key PARLEY_MINISIGN_PUB=$1/minisign.pub
}

finish() {
  [ "$failures" = 0 ] || { echo "$1: $failures failed"; exit 1; }
  echo "$1: all passed"
}
