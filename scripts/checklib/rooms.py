# SPDX-License-Identifier: MIT
"""The rooms of the sources, and what each may see."""

MACHINE = {"base", "arch", "sync"}
KERNEL = MACHINE | {"mm", "kernel", "kernel/iface"}
SEES = {
    "base": set(),
    "fdt": {"base"},
    "arch": {"base"},
    "sync": {"base", "arch"},
    "mm": MACHINE,
    "kernel/iface": MACHINE,
    "kernel": MACHINE | {"mm", "kernel/iface"},
    "drivers": MACHINE | {"kernel/iface"},
    "capi": KERNEL | {"quartet.h"},
    "debug": KERNEL,
    "shell": KERNEL | {"fdt"},
    "platform": KERNEL | {"fdt", "debug", "shell", "drivers"},
    "boot": KERNEL | {"fdt", "debug", "shell", "drivers", "platform"},
    "apps": KERNEL | {"fdt", "debug", "shell", "drivers", "platform", "boot", "quartet"},
    "quartet": KERNEL,
}


def room_of_path(path):
    """src/kernel/iface/x.hpp -> kernel/iface; None for what has no room."""
    parts = path.parts
    if parts[0] == "apps":
        return "apps"
    if parts[:2] == ("include", "quartet"):
        return "quartet"
    if parts[0] != "src" or len(parts) < 3:
        return None
    if parts[1:3] == ("kernel", "iface"):
        return "kernel/iface"
    return parts[1]


def room_of_include(name):
    if name.startswith("kernel/iface/"):
        return "kernel/iface"
    first = name.split("/")[0] if "/" in name else None
    return first if first in SEES else None


def device_of(path):
    """The driver's own folder: one device does not see another."""
    parts = path.parts
    return parts[2] if parts[:2] == ("src", "drivers") and len(parts) > 3 else None


def by_include_name(sources):
    """The name by which the others include a file -> the file."""
    found = {}
    for path in sources:
        text = str(path)
        for root in ("src/arch/aarch64/include/", "src/arch/include/", "include/", "src/"):
            if text.startswith(root):
                found.setdefault(text[len(root):], path)
                break
    return found
