"""Times programs from their start to their first screen, in turn, on one display:
coldstart.py N BARE PROGRAM. The screen is there when a button of the accent colour
is drawn, which is read from the display's memory: nothing asks the program.

Each has a home of its own, in which it was started once before. The files are in
the system's cache. Prints n, median and p95, and ends with 1 where PROGRAM's
median is over the budget."""

import mmap
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time

BUDGET = 1.0  # s
WITHIN = 120  # s; ends a hang
ACCENT = bytes.fromhex("576b1b")  # --accent of tokens.css by day, as blue, green, red
WIDE = 100  # pixels; the sign beside Parley's name has the colour too


class Display:
    """An Xvfb whose picture is read from its memory."""

    def __init__(self, folder):
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-fbdir", folder, "-nolisten", "tcp"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.name = ":" + self.server.stdout.readline().strip()
        # X Window Dump (XWDFile.h): 25 big-endian words, a name, colours of 12 bytes.
        file = open(os.path.join(folder, "Xvfb_screen0"), "rb")
        self.memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        words = struct.unpack_from(">25I", self.memory)
        self.height, self.line = words[5], words[12]
        self.begin = words[0] + 12 * words[19]
        self.wanted = [(ACCENT + pad) * WIDE for pad in (b"\x00", b"\xff")]

    def shows_button(self):
        for y in range(0, self.height, 8):
            at = self.begin + y * self.line
            row = self.memory[at:at + self.line]
            if any(wanted in row for wanted in self.wanted):
                return True
        return False

    def close(self):
        self.server.terminate()
        self.server.wait()


def wait(what, done):
    end = time.monotonic() + WITHIN
    while not done():
        if time.monotonic() > end:
            sys.exit(f"coldstart: {what}: not within {WITHIN} s")
        time.sleep(0.005)


def gone(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def start(display, program, home):
    """Seconds from start to first screen."""
    env = dict(os.environ, HOME=home, XDG_RUNTIME_DIR=home, DISPLAY=display.name, LIBGL_ALWAYS_SOFTWARE="1")
    began = time.monotonic()
    process = subprocess.Popen([program], env=env, stdout=sys.stderr, start_new_session=True)
    wait(f"{program} shows its first screen", lambda: display.shows_button() or process.poll() is not None)
    took = time.monotonic() - began
    if process.poll() is not None:
        sys.exit(f"coldstart: {program} ended with {process.returncode}")
    process.terminate()
    process.wait(WITHIN)
    # WebKit's processes too: they would take from the next one's time.
    wait(f"{program} ends", lambda: gone(process.pid) and not display.shows_button())
    return took


def main():
    n, programs = int(sys.argv[1]), sys.argv[2:]
    work = tempfile.TemporaryDirectory()
    display = Display(work.name)
    try:
        homes = {p: tempfile.mkdtemp(dir=work.name) for p in programs}
        first = {p: start(display, p, homes[p]) for p in programs}
        took = {p: [] for p in programs}
        for _ in range(n):
            for p in programs:
                took[p].append(start(display, p, homes[p]))
    finally:
        display.close()
    bare, ours = (statistics.median(took[p]) for p in programs)
    print(f"{'cold start, s':16} {'n':>3} {'median':>7} {'p95':>6} {'first of all':>13}")
    for p in programs:
        p95 = sorted(took[p])[max(0, round(0.95 * n) - 1)]
        print(f"{os.path.basename(p):16} {n:3} {statistics.median(took[p]):7.2f} {p95:6.2f} {first[p]:13.2f}")
    print(f"ratio of the medians: {ours / bare:.2f}")
    return 0 if ours <= BUDGET or ours - bare <= BUDGET / 2 else 1


if __name__ == "__main__":
    sys.exit(main())
