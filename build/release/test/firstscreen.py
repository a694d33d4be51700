"""Opens a window under Xvfb until a screen reader has seen, or the program has
written, each of WORDS (regular expressions), and prints all that was:

    firstscreen.py [--home DIR] [--press BUTTON] [PROGRAM [WORDS...]]

Without WORDS it is the first screen: the button "Create room". BUTTON is pressed
once, as soon as it is there."""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

WITHIN = 120  # s; ends a hang

parser = argparse.ArgumentParser()
parser.add_argument("--home")
parser.add_argument("--press")
parser.add_argument("program", nargs="?", default="parley")
parser.add_argument("words", nargs="*")
asked = parser.parse_args()
asked.words = asked.words or ["button: Create room"]
home = asked.home or tempfile.mkdtemp()

os.environ.update(HOME=home, XDG_RUNTIME_DIR=home, LIBGL_ALWAYS_SOFTWARE="1", GTK_A11Y="atspi")
xvfb = subprocess.Popen(
    ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
os.environ["DISPLAY"] = ":" + xvfb.stdout.readline().strip()

import gi  # noqa: E402 after DISPLAY is set

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402


def walk(node, depth=0):
    """Each node, and what it is called or says."""
    if node is None or depth > 40:
        return
    try:
        node.clear_cache()
        text = node.get_text_iface()
        said = Atspi.Text.get_text(text, 0, Atspi.Text.get_character_count(text)) if text else ""
        yield node, f"{node.get_role_name()}: {node.get_name() or said}"
        for i in range(node.get_child_count()):
            yield from walk(node.get_child_at_index(i), depth + 1)
    except GLib.Error:
        return


Atspi.init()
Atspi.set_timeout(2000, 4000)
began = time.monotonic()
written = tempfile.TemporaryFile("w+")
program = subprocess.Popen([asked.program], stdout=written, stderr=written)
lines, missing, pressed = [], asked.words, asked.press is None
try:
    while missing and time.monotonic() - began < WITHIN and program.poll() is None:
        nodes = list(walk(Atspi.get_desktop(0)))
        written.seek(0)
        lines = [line for _, line in nodes] + written.read().splitlines()
        missing = [words for words in asked.words if not any(re.search(words, line) for line in lines)]
        for node, line in nodes:
            if not pressed and re.search(f"button: {asked.press}", line):
                pressed = node.get_action_iface().do_action(0)
        if missing:
            time.sleep(0.02)
finally:
    program.terminate()
    try:
        program.wait(20)
    except subprocess.TimeoutExpired:
        program.kill()
    xvfb.terminate()
print("\n".join(lines))
if missing:
    sys.exit(f"after {time.monotonic() - began:.1f} s (exit code {program.poll()}) there is no {missing}")
