# shellcheck shell=bash
# Calls between two programs on this machine: sourced after lib.sh. Deadlines are
# long: they end a hang, not a slow machine.

quiet=(--camera test --microphone none --speaker none)

# creates DIR PROGRAM...: PROGRAM makes a room and waits in it, as $creator, once
# its invite stands in DIR/create.json.
creates() {
  local dir=$1
  shift
  : >"$dir/create.json"
  "$@" call create "${quiet[@]}" --lan-address 127.0.0.1:0 --lan-host 127.0.0.1 --json >"$dir/create.json" 2>"$dir/create.log" &
  creator=$!
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    grep -q '"invite":"http' "$dir/create.json" && return 0
    kill -0 $creator 2>/dev/null || break
    sleep 1
  done
  fail "no room was made: $(head -c 2000 "$dir/create.json" "$dir/create.log")"
  return 1
}

# meets DIR SCHEME PROGRAM...: PROGRAM joins the room of creates, by its link with
# SCHEME before it, for 5 s. Both must end well, and have seen the other's picture.
meets() {
  local dir=$1 scheme=$2 invite joined=0 created=0
  shift 2
  invite=$(sed -nE 's/.*"invite":"([^"]*)".*/\1/p' "$dir/create.json" | head -1)
  timeout 600 "$@" call join "$scheme$invite" "${quiet[@]}" --for 5s --json >"$dir/join.json" 2>"$dir/join.log" || joined=$?
  [ $joined = 0 ] || kill "$creator" # which would wait for somebody
  wait "$creator" || created=$?
  is "who joins ends well" "$joined $(head -c 1000 "$dir/join.log")" "0 "
  is "who waits ends well" "$created $(head -c 1000 "$dir/create.log")" "0 "
  local side
  for side in create join; do
    accepts "$side: connected" grep -q '"connected"' "$dir/$side.json"
    accepts "$side: saw frames" grep -qE '"video":\{"in":\{[^}]*"frames":[1-9]' "$dir/$side.json"
  done
}
