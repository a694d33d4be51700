#!/usr/bin/env bash
# What of the macOS release can be checked without a Mac: that the plists parse
# and say what the system asks for, and that the workflow is YAML whose steps
# call what exists. Nothing of it is run.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=build/release/test/lib.sh
. "$here/lib.sh"
cd "$here/../../.."
echo "macOS, by its form"
accepts "Info.plist says why it wants camera and microphone, and opens parley: links" /usr/bin/python3 - <<'PY'
import plistlib
info = plistlib.load(open("build/darwin/Info.plist", "rb"))
for key in ("NSCameraUsageDescription", "NSMicrophoneUsageDescription", "NSLocalNetworkUsageDescription"):
    assert len(info[key]) > 20, key
assert info["CFBundleURLTypes"][0]["CFBundleURLSchemes"] == ["parley"]
assert info["CFBundleShortVersionString"] == "@VERSION@"
PY
accepts "the entitlements are camera and microphone, and no others" /usr/bin/python3 - <<'PY'
import plistlib
got = plistlib.load(open("build/darwin/entitlements.plist", "rb"))
assert got == {"com.apple.security.device.camera": True, "com.apple.security.device.audio-input": True}, got
PY
accepts "build/darwin/release.sh is bash" bash -n build/darwin/release.sh
if /usr/bin/python3 -c 'import yaml' 2>/dev/null; then
  accepts "the workflow is YAML, for three systems, and calls what exists" /usr/bin/python3 - <<'PY'
import os, re, yaml
workflow = open(".github/workflows/release.yml").read()
jobs = yaml.safe_load(workflow)["jobs"]
runners = " ".join(j["runs-on"] for j in jobs.values())
assert all(s in runners for s in ("ubuntu", "macos", "windows")), runners
steps = "\n".join(step.get("run", "") for job in jobs.values() for step in job["steps"])
scripts = re.findall(r"(?<!/)build/[\w/]+\.sh", steps)
assert scripts and all(os.access(s, os.X_OK) for s in scripts), scripts
# What is listed and signed is all there is, and nothing is built where the keys are.
keys = [n for n, j in jobs.items() if re.search(r"secrets\.PARLEY_(GPG|MINISIGN)_", str(j))]
assert keys == ["draft"] and set(jobs["draft"]["needs"]) == jobs.keys() - {"draft"}, keys
assert "build/release/sign.sh files" in str(jobs["draft"]) and "make" not in str(jobs["draft"]["steps"])
# Every system's program knows where it finds newer ones.
for flag in ("main.commit=$GITHUB_SHA", "main.updateKey=$MINISIGN_PUB", "main.updateManifest=$PARLEY_LATEST_URL"):
    assert flag in str(jobs["macos"]["steps"]), flag
used = set(re.findall(r"\$\{?(PARLEY_\w+)", steps))
unset = [name for name in used if not re.search(rf"\b{name}[:=]", workflow)]
assert used and not unset, unset
targets = re.findall(r"\bmake (?:-C \S+ )?([a-z-]+) VERSION=", steps)
makefile = open("Makefile").read()
assert targets and all(re.search(rf"^{t}:", makefile, re.M) for t in targets), targets
PY
else
  echo "  skip  the workflow: no python3-yaml"
fi
finish darwin
