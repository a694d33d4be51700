#!/usr/bin/env bash
# A version's section of CHANGELOG.md: build/release/notes.sh VERSION
set -euo pipefail
cd "$(dirname "$0")/../.."
notes=$(awk -v head="## [$1]" 'index($0, "## [") == 1 {on = index($0, head) == 1; next} on' CHANGELOG.md)
[ -n "$notes" ] || { echo "release: CHANGELOG.md has no section [$1]" >&2; exit 1; }
printf '%s\n' "$notes"
