# SPDX-License-Identifier: MIT
"""Where the devices of a tree are, as the CPU sees them: dtc does the reading."""

import pathlib
import re
import subprocess
import tempfile


def regions(dtb):
    """[(begin, end)] of every reg of the tree, translated through ranges to CPU addresses."""
    done = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", str(dtb)], capture_output=True, text=True, check=True)
    found, stack = [], []
    for line in done.stdout.splitlines():
        line = line.strip()
        if line.endswith("{"):
            parent = stack[-1] if stack else None
            stack.append({"cells": (2, 1), "ranges": None, "reg": None, "parent": parent})
        elif line.startswith("};") and stack:
            node = stack.pop()
            found += translate(node)
        elif stack and (match := re.match(r"([\w,#.-]+)(?: = (.+))?;$", line)):
            node, (name, value) = stack[-1], match.groups()
            numbers = [int(n, 16) for n in re.findall(r"0x([0-9a-f]+)", value or "")]
            if name == "#address-cells":
                node["cells"] = (numbers[0], node["cells"][1])
            elif name == "#size-cells":
                node["cells"] = (node["cells"][0], numbers[0])
            elif name == "ranges":
                node["ranges"] = numbers
            elif name == "reg":
                node["reg"] = numbers
    return found


def join(cells):
    value = 0
    for cell in cells:
        value = value << 32 | cell
    return value


def translate(node):
    parent = node["parent"]
    if parent is None or node["reg"] is None or parent["cells"][1] == 0:
        return []
    address_cells, size_cells = parent["cells"]
    step, out = address_cells + size_cells, []
    for at in range(0, len(node["reg"]) - step + 1, step):
        begin = join(node["reg"][at:at + address_cells])
        size = join(node["reg"][at + address_cells:at + step])
        bus = parent
        while bus is not None and begin is not None and bus["parent"] is not None:
            begin = through(bus, begin)
            bus = bus["parent"]
        if begin is not None:
            out.append((begin, begin + size))
    return out


def through(bus, address):
    """`address` of the bus as its parent sees it; None where the bus passes nothing on."""
    ranges = bus["ranges"]
    if ranges is None:
        return None
    if not ranges:
        return address
    child, size_cells = bus["cells"]
    parent = bus["parent"]["cells"][0]
    step = child + parent + size_cells
    for at in range(0, len(ranges) - step + 1, step):
        here = join(ranges[at:at + child])
        there = join(ranges[at + child:at + child + parent])
        size = join(ranges[at + child + parent:at + step])
        if here <= address < here + size:
            return there + address - here
    return None


def compiled(source):
    """(regions of a tree in source form, None), or (None, what dtc says against it)."""
    with tempfile.TemporaryDirectory() as folder:
        dtb = pathlib.Path(folder) / "tree.dtb"
        plain = subprocess.run(["cpp", "-nostdinc", "-undef", "-x", "assembler-with-cpp", "-P", str(source)], capture_output=True, check=False)
        text = plain.stdout if plain.returncode == 0 else source.read_bytes()
        done = subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-i", str(source.parent), "-o", str(dtb), "-"], input=text,
                              capture_output=True, check=False)
        if done.returncode != 0:
            return None, done.stderr.decode()[:200]
        return regions(dtb), None
