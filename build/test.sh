#!/usr/bin/env bash
# Runs every test, to the end even when some fail, and then says what ran, what
# was skipped and why. What makes calls runs one step after the other; what only
# computes runs beside that, and gets the time that nothing else wants.
# -m: each job leads a process group, so that all of it can be ended.
set -umo pipefail
cd "$(dirname "$0")/.." || exit 1
# On a fresh machine apt takes two minutes, and one of two processors. A Go that is
# too old for this may be replaced: lint builds it then.
early=
if command -v go >/dev/null; then
  { go mod download && GOMAXPROCS=1 make --no-print-directory build/cache/golangci-lint; } </dev/null >/dev/null 2>&1 &
  early=$!
fi
build/deps.sh test || exit 1
results=build/cache/test
mkdir -p "$results"
rm -f "$results"/*/results.json.new "$results"/*.json "$results"/*.jsonl "$results"/*.log "$results"/*.running "$results"/aside "$results"/steps

# step NAME: make NAME. What it says is written whole when it ends, and stays in
# NAME.log.
step() {
  local name=$1 began=$SECONDS code log=$results/$1
  echo "== $name: began"
  make --no-print-directory "$name" >"$log.running" 2>&1 </dev/null
  code=$?
  mv "$log.running" "$log.log"
  {
    flock 9
    printf '%s\t%s\t%s\n' "$name" "$code" "$((SECONDS - began))" >&9
    printf '\n== %s: %s, %s s\n' "$name" "$([ "$code" = 0 ] && echo ok || echo FAILED)" "$((SECONDS - began))"
    cat "$log.log"
    echo
  } 9>>"$results/steps"
}

# The last line of each step that runs, twice a minute.
pulse() {
  local log
  while sleep 30; do
    for log in "$results"/*.running; do
      [ -e "$log" ] && printf '   %s s, %s: %s\n' "$SECONDS" "$(basename "$log" .running)" "$(tail -n 1 "$log")"
    done
  done
}

end() { for job in $(jobs -p) $(cat "$results/aside" 2>/dev/null); do kill -- "-$job" 2>/dev/null; done; }
trap end EXIT
trap 'exit 130' INT TERM

each() {
  local name
  for name; do
    step "$name" &
    wait "$!"
  done
}

# These steps at idle priority, in a session of its own: else the scheduler's
# automatic groups give them as much time as all the rest (sched(7)).
aside() {
  echo "$$" >"$results/aside"
  renice -n 19 "$$" >/dev/null
  chrt --idle --pid 0 "$$"
  [ ! -w "/proc/$$/autogroup" ] || echo 19 >"/proc/$$/autogroup"
  local name
  for name; do step "$name"; done
  rm "$results/aside"
}
export results
export -f step aside

pulse &
build/emulator-archive.sh &
archive=$!
each build
wait "$archive"
[ -z "$early" ] || wait "$early"
setsid --wait bash -c 'aside windows lint release-quick' &
aside=$!
each test-go
# It mostly waits, and what runs beside it judges no times.
step soak &
soak=$!
each test-frontend test-screens
wait "$soak"
each test-e2e
wait "$aside"
PATH=$PWD/build/cache/node/bin:$PATH node build/summary.mjs "$results"
