"""Stands in for a desktop's screen saver and for systemd-logind, on one bus.

Says in a line each what is kept awake, and when that is let go.
"""

import os

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

SERVICES = """<node>
  <interface name="org.freedesktop.ScreenSaver"><method name="Inhibit">
    <arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="u" direction="out"/>
  </method></interface>
  <interface name="org.freedesktop.login1.Manager"><method name="Inhibit">
    <arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="h" direction="out"/>
  </method></interface>
</node>"""


def say(words):
    print(words, flush=True)
    return GLib.SOURCE_REMOVE


def screen(bus, sender, _path, _interface, _method, args, call):
    """An inhibitor lasts as long as the connection that asked for it."""
    say(f"screen: {args[0]}")
    Gio.bus_watch_name_on_connection(bus, sender, 0, None, lambda *_: say("screen: let go"))
    call.return_value(GLib.Variant("(u)", (7,)))


def sleep(_bus, _sender, _path, _interface, _method, args, call):
    """An inhibitor lasts as long as somebody holds the writing end of the pipe."""
    say(f"{args[0]}: {args[1]}")
    ours, theirs = os.pipe()
    GLib.io_add_watch(ours, GLib.IO_HUP, lambda *_: say(f"{args[0]}: let go"))
    ends = Gio.UnixFDList.new_from_array([theirs])
    call.return_value_with_unix_fd_list(GLib.Variant("(h)", (0,)), ends)


def main():
    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    known = Gio.DBusNodeInfo.new_for_xml(SERVICES)
    for name, path, interface, answer in (
        ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", 0, screen),
        ("org.freedesktop.login1", "/org/freedesktop/login1", 1, sleep),
    ):
        bus.register_object(path, known.interfaces[interface], answer, None, None)
        Gio.bus_own_name_on_connection(bus, name, 0, lambda _, n: say(f"{n} is there"), None)
    GLib.MainLoop().run()


main()
