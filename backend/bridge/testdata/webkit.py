"""Shows one page in a bare WebKitGTK window, as Wails does on Linux."""

import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402

view = WebKit2.WebView()
# As Parley's own window: see main.go.
view.get_settings().set_hardware_acceleration_policy(
    WebKit2.HardwareAccelerationPolicy.NEVER
)
view.get_settings().set_enable_write_console_messages_to_stdout(True)
window = Gtk.Window()
window.set_default_size(1280, 800)
window.connect("destroy", Gtk.main_quit)
window.add(view)
window.show_all()
view.load_uri(sys.argv[1])
Gtk.main()
