#!/usr/bin/env bash
# go vet for macOS, of every package that needs no C compiler of that system, by
# build/cache/vet (make build/cache/vet).
set -euo pipefail
cd "$(dirname "$0")/.."
export GOOS=darwin GOARCH=amd64
# With cgo on, a package that needs C has runtime/cgo among its dependencies.
mapfile -t pure < <(CGO_ENABLED=1 go list -f '{{.ImportPath}} {{join .Deps " "}}' . ./backend/... | grep -v ' runtime/cgo' | cut -d' ' -f1)
echo "go vet for macOS: ${#pure[@]} packages"
CGO_ENABLED=0 build/cache/vet "${pure[@]}"
