#!/usr/bin/env bash
# Runs every test, to the end even when some fail, and then says what ran, what
# was skipped and why.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
build/deps.sh test || exit 1
results=build/cache/test
mkdir -p "$results"
rm -f "$results"/*.json "$results"/*.jsonl "$results"/steps

step() {
  local name=$1 began=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  "$@"
  printf '%s\t%s\t%s\n' "$name" "$?" "$((SECONDS - began))" >>"$results/steps"
}

step build make --no-print-directory build
step lint make --no-print-directory lint
step test-go make --no-print-directory test-go
step test-frontend make --no-print-directory test-frontend
step test-e2e make --no-print-directory test-e2e
step windows make --no-print-directory windows
PATH=$PWD/build/cache/node/bin:$PATH node build/summary.mjs "$results"
