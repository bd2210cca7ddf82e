#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Forty damaged device trees, made from a good one: the same bytes in every run. And any number of trees with
random bytes changed (`random_damage`), of which nobody says beforehand whether they are usable.

    from damaged_trees import damaged_trees
    for name, blob, unusable in damaged_trees(pathlib.Path("build/release/quartet.dtb").read_bytes()): ...

`name` says what was done; `unusable` is True where the kernel must fall back to its built-in tree, False where the
tree must be used with the damage named in an `advice:` line. Either way the prompt is reached. As a program it writes
them into a folder: damaged_trees.py TREE FOLDER. QEMU's -dtb refuses such files: load them by `-device loader`.
"""

import pathlib
import random
import struct
import sys

MAGIC, TOTAL, OFF_STRUCT, OFF_STRINGS, OFF_RESERVE, VERSION, LAST_COMPATIBLE, _, SIZE_STRINGS, SIZE_STRUCT = range(0, 40, 4)
BEGIN, END_NODE, PROPERTY, NOP, END = 1, 2, 3, 4, 9


def word(blob, offset):
    return struct.unpack_from(">I", blob, offset)[0]


def words(*values):
    return struct.pack(f">{len(values)}I", *values)


class Blob:
    """A tree's bytes, its tokens by where they are, and edits that keep header and blocks in step."""

    def __init__(self, data):
        self.data = bytearray(data)

    def put(self, offset, value):
        struct.pack_into(">I", self.data, offset, value & 0xFFFFFFFF)
        return self

    def add(self, offset, difference):
        return self.put(offset, word(self.data, offset) + difference)

    def tokens(self):
        """(tag, offset, path, property name) for each token, offsets in the blob."""
        at, strings, path = word(self.data, OFF_STRUCT), word(self.data, OFF_STRINGS), []
        while True:
            tag, start = word(self.data, at), at
            at += 4
            name = None
            if tag == BEGIN:
                end = self.data.index(0, at)
                path.append(self.data[at:end].decode())
                at = (end + 4) & ~3
            elif tag == PROPERTY:
                length, offset = word(self.data, at), strings + word(self.data, at + 4)
                name = self.data[offset:self.data.index(0, offset)].decode()
                at = (at + 8 + length + 3) & ~3
            yield tag, start, "/".join(path) or "/", name
            if tag == END_NODE:
                path.pop()
            if tag == END:
                return

    def find(self, path, name=None):
        """The offset of a node's token, or of its property's."""
        tag = BEGIN if name is None else PROPERTY
        return next(at for kind, at, where, what in self.tokens() if (kind, where, what) == (tag, path, name))

    def find_end(self, path):
        return next(at for kind, at, where, _ in self.tokens() if (kind, where) == (END_NODE, path))

    def splice(self, offset, removed, inserted):
        """Replace bytes inside the struct block and let header and blocks follow."""
        grown = len(inserted) - removed
        self.data[offset:offset + removed] = inserted
        for field in (OFF_STRINGS, OFF_RESERVE):
            if word(self.data, field) > offset:
                self.add(field, grown)
        return self.add(SIZE_STRUCT, grown).add(TOTAL, grown)

    def set(self, path, name, value):
        """The property with another value, of any length."""
        at = self.find(path, name)
        length = word(self.data, at + 4)
        padded = value + bytes(-len(value) % 4)
        self.splice(at + 12, (length + 3) & ~3, padded)
        return self.put(at + 4, len(value))

    def rename(self, path, name):
        """The property under a name that nobody looks for (another string of the block)."""
        at = self.find(path, name)
        return self.put(at + 8, word(self.data, at + 8) + 1)

    def remove(self, path):
        """The node and all below it, as NOPs."""
        start, end = self.find(path), self.find_end(path) + 4
        self.data[start:end] = words(NOP) * ((end - start) // 4)
        return self


def damages():
    """(name, unusable, edit) of each; an edit works on a fresh Blob."""
    header = [
        ("magic 0", lambda b: b.put(MAGIC, 0)),
        ("magic little-endian", lambda b: b.put(MAGIC, 0xEDFE0DD0)),
        ("total size 0", lambda b: b.put(TOTAL, 0)),
        ("total size 39", lambda b: b.put(TOTAL, 39)),
        ("total size 4 GiB - 1", lambda b: b.put(TOTAL, 0xFFFFFFFF)),
        ("total size cuts the blocks", lambda b: b.add(TOTAL, -16)),
        ("version 16", lambda b: b.put(VERSION, 16)),
        ("last compatible version 18", lambda b: b.put(VERSION, 18).put(LAST_COMPATIBLE, 18)),
        ("struct block beyond the end", lambda b: b.put(OFF_STRUCT, 0x7FFFFFFC)),
        ("struct block offset + size wraps", lambda b: b.put(OFF_STRUCT, 0xFFFFFFFC)),
        ("struct block misaligned", lambda b: b.add(OFF_STRUCT, 2)),
        ("struct block larger than the tree", lambda b: b.put(SIZE_STRUCT, 0xFFFFFFF8)),
        ("struct block one token short", lambda b: b.add(SIZE_STRUCT, -4)),
        ("strings block over the struct block", lambda b: b.add(OFF_STRINGS, -1)),
        ("strings block empty", lambda b: b.put(SIZE_STRINGS, 0)),
        ("reserve map in the header", lambda b: b.put(OFF_RESERVE, 8)),
        ("reserve map without terminator", lambda b: b.put(OFF_RESERVE, (word(b.data, TOTAL) - 8) & ~7)),
    ]
    structure = [
        ("root property length 0xffffffff", lambda b: b.put(b.find("/", "compatible") + 4, 0xFFFFFFFF)),
        ("root property length 0x7fffffff", lambda b: b.put(b.find("/", "compatible") + 4, 0x7FFFFFFF)),
        ("root property length wraps to itself", lambda b: b.put(b.find("/", "compatible") + 4, 0xFFFFFFF4)),
        ("last property past the struct block", lambda b: b.put(b.find("/soc/serial@7e215040", "pinctrl-0") + 4, 64)),
        ("property name past the strings block", lambda b: b.put(b.find("/memory@0", "reg") + 8, 0x10000)),
        ("unknown token", lambda b: b.put(b.find("/soc"), 5)),
        ("named root", lambda b: b.splice(b.find("/") + 4, 4, b"root\0\0\0\0")),
        ("second root", lambda b: b.splice(b.find_end("/") + 4, 0, words(BEGIN, 0, END_NODE))),
        ("one node closed too often", lambda b: b.splice(b.find_end("/soc"), 0, words(END_NODE))),
        ("one node never closed", lambda b: b.put(b.find_end("/cpus/cpu@3"), NOP)),
        ("NOP where the end token is expected", lambda b: b.put(b.find_end("/") + 4, NOP)),
        ("node name without end", lambda b: b.data.__setitem__(
            slice(b.find("/soc") + 4, word(b.data, OFF_STRINGS)),
            b"x" * (word(b.data, OFF_STRINGS) - b.find("/soc") - 4))),
    ]
    contents = [
        ("memory of size 0", True, lambda b: b.set("/memory@0", "reg", words(0, 0, 0))),
        ("memory reg no whole entry", True, lambda b: b.set("/memory@0", "reg", words(0, 0))),
        ("#address-cells 255", True, lambda b: b.set("/", "#address-cells", words(255))),
        ("no node for the running core", True, lambda b: b.remove("/cpus/cpu@0")),
        ("no interrupt controller", True, lambda b: b.remove("/soc/interrupt-controller@40041000")),
        ("no serial port", True, lambda b: b.remove("/soc/serial@7e201000").remove("/soc/serial@7e215040")),
        ("soc without ranges", True, lambda b: b.rename("/soc", "ranges")),
        ("stdout-path to a missing node", False, lambda b: b.set("/chosen", "stdout-path", b"/soc/serial@0:115200n8\0")),
        ("console interrupt SPI 988", False, lambda b: b.set("/soc/serial@7e201000", "interrupts", words(0, 988, 4))),
        ("core 2 twice", False, lambda b: b.set("/cpus/cpu@3", "reg", words(2))),
        ("core 1 release address outside RAM", False,
         lambda b: b.set("/cpus/cpu@1", "cpu-release-addr", words(0x10, 0x0))),
    ]
    return [(name, True, edit) for name, edit in header + structure] + contents


def damaged_trees(good):
    """(name, bytes, unusable) of all forty."""
    made = []
    for name, unusable, edit in damages():
        blob = Blob(good)
        edit(blob)
        if bytes(blob.data) == bytes(good):
            raise AssertionError(f"'{name}' changed nothing")
        made.append((name, bytes(blob.data), unusable))
    if len(made) != 40 or len({name for name, _, _ in made}) != 40:
        raise AssertionError(f"{len(made)} trees instead of 40, or two of one name")
    return made


def random_damage(good, seed, count):
    """(name, bytes) of trees with 1 to 40 bytes changed anywhere behind the magic."""
    for number in range(seed, seed + count):
        chooser = random.Random(number)
        changed = bytearray(good)
        for _ in range(chooser.randint(1, 40)):
            changed[chooser.randrange(4, len(changed))] = chooser.choice((0, 1, 0x7f, 0xff, chooser.randrange(256)))
        yield f"seed {number}", bytes(changed)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, blob, unusable) in enumerate(damaged_trees(pathlib.Path(sys.argv[1]).read_bytes())):
        kind = "unusable" if unusable else "usable"
        (folder / f"{number:02}-{kind}-{name.replace(' ', '-').replace('/', '-')}.dtb").write_bytes(blob)


if __name__ == "__main__":
    main()
