"""Opens the installed window under Xvfb until its first screen is there, as a
screen reader sees it: the button "Create room"."""

import os
import re
import subprocess
import sys
import tempfile
import time

WITHIN = 120  # s; ends a hang

home = tempfile.mkdtemp()
os.environ.update(HOME=home, XDG_RUNTIME_DIR=home, LIBGL_ALWAYS_SOFTWARE="1", GTK_A11Y="atspi")
xvfb = subprocess.Popen(
    ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
os.environ["DISPLAY"] = ":" + xvfb.stdout.readline().strip()

import gi  # noqa: E402 after DISPLAY is set

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402


def names(node, depth=0):
    if node is None or depth > 40:
        return
    try:
        node.clear_cache()
        yield node.get_role_name(), node.get_name() or ""
        for i in range(node.get_child_count()):
            yield from names(node.get_child_at_index(i), depth + 1)
    except GLib.Error:
        return


Atspi.init()
Atspi.set_timeout(2000, 4000)
began = time.monotonic()
program = subprocess.Popen(["parley"])
seen, ok = [], False
try:
    while not ok and time.monotonic() - began < WITHIN and program.poll() is None:
        seen = list(names(Atspi.get_desktop(0)))
        ok = any("button" in role and re.search("Create room", name) for role, name in seen)
        if not ok:
            time.sleep(0.02)
finally:
    program.terminate()
    try:
        program.wait(20)
    except subprocess.TimeoutExpired:
        program.kill()
    xvfb.terminate()
if not ok:
    sys.exit(f"no first screen after {time.monotonic() - began:.1f} s (exit code {program.poll()}); seen: {seen}")
