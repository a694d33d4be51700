#!/usr/bin/env bash
# go vet for macOS, of every package that needs no C compiler of that system.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOOS=darwin GOARCH=amd64
# With cgo on, a package that needs C has runtime/cgo among its dependencies.
mapfile -t pure < <(CGO_ENABLED=1 go list -f '{{.ImportPath}} {{join .Deps " "}}' . ./backend/... | grep -v ' runtime/cgo' | cut -d' ' -f1)
echo "go vet for macOS: ${#pure[@]} packages"
# What is compiled for this never runs: without optimizing that takes two thirds of the time.
CGO_ENABLED=0 go vet -gcflags="all=-N -l" "${pure[@]}"
