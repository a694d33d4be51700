"""Drives a window through AT-SPI, as a screen reader would.

Reads one JSON object a line, {"op", "name", "role", ...}, answers with one:
{"ok": ...} or {"error": ...}. name is a regular expression for the whole
accessible name; role is AT-SPI's own word ("push button"), or absent.
"""

import base64
import json
import re
import sys

import gi

gi.require_version("Atspi", "2.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Atspi, Gdk, GdkPixbuf, GLib  # noqa: E402

Atspi.init()
# An answer that does not come is an error here, not a wait.
Atspi.set_timeout(2000, 4000)


def walk(node, depth=0):
    if node is None or depth > 60:
        return
    yield node, depth
    try:
        node.clear_cache()
        count = node.get_child_count()
    except GLib.Error:
        return
    for i in range(count):
        try:
            child = node.get_child_at_index(i)
        except GLib.Error:
            continue
        yield from walk(child, depth + 1)


def roots(pid):
    desktop = Atspi.get_desktop(0)
    desktop.clear_cache()
    for i in range(desktop.get_child_count()):
        app = desktop.get_child_at_index(i)
        if app is not None and app.get_process_id() == pid:
            yield app


def text_of(node):
    """What stands in a text field, or the text that is the node's own."""
    text = node.get_text_iface()
    if text is None:
        return ""
    content = Atspi.Text.get_text(text, 0, Atspi.Text.get_character_count(text))
    return content.replace("\ufffc", "")


def facts(node):
    states = node.get_state_set()
    box = node.get_component_iface()
    extents = box.get_extents(Atspi.CoordType.SCREEN) if box else None
    return {
        "role": node.get_role_name(),
        "name": node.get_name() or "",
        "description": node.get_description() or "",
        "text": text_of(node),
        "enabled": states.contains(Atspi.StateType.ENABLED)
        and states.contains(Atspi.StateType.SENSITIVE),
        "focused": states.contains(Atspi.StateType.FOCUSED),
        "showing": states.contains(Atspi.StateType.SHOWING),
        "pressed": states.contains(Atspi.StateType.PRESSED)
        or states.contains(Atspi.StateType.CHECKED),
        "box": [extents.x, extents.y, extents.width, extents.height] if extents else None,
    }


def find(query):
    name = re.compile(query["name"], re.IGNORECASE | re.DOTALL)
    for root in roots(query["pid"]):
        for node, _ in walk(root):
            try:
                if query.get("role") and node.get_role_name() != query["role"]:
                    continue
                label = node.get_name() or ""
                if not name.fullmatch(label.strip()):
                    if query.get("role") or not name.fullmatch(text_of(node).strip()):
                        continue
                return node
            except GLib.Error:
                continue  # it went away while we looked
    return None


def picture(node, part):
    """The middle of a node as it is on the screen: 32 by 18 pixels of red, green and blue."""
    component = node.get_component_iface()
    box = component and component.get_extents(Atspi.CoordType.SCREEN)
    if not box or box.width < 32:
        return None
    width, height = round(box.width * part), round(box.height * part)
    x, y = box.x + (box.width - width) // 2, box.y + (box.height - height) // 2
    shot = Gdk.pixbuf_get_from_window(Gdk.get_default_root_window(), x, y, width, height)
    small = shot and shot.scale_simple(32, 18, GdkPixbuf.InterpType.BILINEAR)
    return small and base64.b64encode(small.get_pixels()).decode()


def do(query):
    op = query["op"]
    if op == "tree":
        tree = []
        for root in roots(query["pid"]):
            for node, depth in walk(root):
                try:
                    tree.append({"depth": depth, **facts(node)})
                except GLib.Error:
                    continue
        return tree
    node = find(query)
    if node is None:
        return None
    if op == "find":
        return facts(node)
    if op == "picture":
        return picture(node, query["part"])
    if op == "press":
        found = facts(node)
        if not found["enabled"]:
            return None
        action = node.get_action_iface()
        if action is None or not Atspi.Action.do_action(action, 0):
            raise ValueError(f"{found['role']} {found['name']!r} cannot be pressed")
        return found
    if op == "focus":
        box = node.get_component_iface()
        if box is None or not box.grab_focus():
            raise ValueError(f"{query['name']} cannot take the keyboard")
        return facts(node)
    raise ValueError(f"no such op: {op}")


for line in sys.stdin:
    try:
        print(json.dumps({"ok": do(json.loads(line))}), flush=True)
    except (GLib.Error, ValueError, KeyError) as error:
        print(json.dumps({"error": str(error)}), flush=True)
