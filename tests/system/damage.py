# SPDX-License-Identifier: MIT
"""Damaged device trees, made from a good one. The same bytes in, the same trees out.

Each entry is (name, bytes): `header_damage` and `structure_damage` leave trees that no reader may accept;
`random_damage` flips seeded bytes anywhere, and what comes of it may be usable or not.
"""

import random
import struct

BEGIN_NODE, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9
FIELDS = ["magic", "totalsize", "off_dt_struct", "off_dt_strings", "off_mem_rsvmap", "version", "last_comp_version",
          "boot_cpuid_phys", "size_dt_strings", "size_dt_struct"]
HUGE = 0xffffffff


def word(tree, offset):
    return struct.unpack_from(">I", tree, offset)[0]


def with_word(tree, offset, value):
    changed = bytearray(tree)
    struct.pack_into(">I", changed, offset, value)
    return bytes(changed)


def field(name):
    return 4 * FIELDS.index(name)


def tokens(tree):
    """(offset, token, end) of everything in the structure block."""
    at = word(tree, field("off_dt_struct"))
    while True:
        token, begin = word(tree, at), at
        at += 4
        if token == BEGIN_NODE:
            at = (tree.index(0, at) + 4) & ~3
        elif token == PROP:
            at = (at + 8 + word(tree, at) + 3) & ~3
        yield begin, token, at
        if token == END:
            return


def header_damage(tree):
    size = len(tree)
    for name, values in (
            ("magic", (0, 0xedfe0dd0)),
            ("totalsize", (0, 39, HUGE)),
            ("off_dt_struct", (0, size, HUGE - 3, word(tree, field("off_dt_struct")) + 1)),
            ("off_dt_strings", (size + 1, HUGE)),
            ("off_mem_rsvmap", (size, HUGE - 7)),
            ("version", (0, 15)),
            ("last_comp_version", (18,)),
            ("size_dt_struct", (HUGE,)),
            ("size_dt_strings", (HUGE,))):
        for value in values:
            yield f"{name} {value:#x}", with_word(tree, field(name), value)


def structure_damage(tree):
    parts = list(tokens(tree))
    properties = [begin for begin, token, _ in parts if token == PROP]
    nodes = [begin for begin, token, _ in parts if token == BEGIN_NODE]
    ends = [begin for begin, token, _ in parts if token == END_NODE]
    finish = parts[-1][0]
    for length in (HUGE, HUGE // 2, HUGE - 11, len(tree)):
        yield f"property of length {length:#x}", with_word(tree, properties[len(properties) // 2] + 4, length)
    yield "property name behind the strings", with_word(tree, properties[3] + 8, HUGE)
    yield "a token that does not exist", with_word(tree, properties[5], 7)
    yield "no END", with_word(tree, finish, NOP)
    yield "END in the middle", with_word(tree, nodes[4], END)
    yield "closing more often than opening", with_word(tree, ends[-1] + 4, END_NODE)
    yield "one node never closed", with_word(tree, ends[3], NOP)
    yield "a root with a name", with_word(tree, nodes[0] + 4, 0x61000000)
    yield "a property before the root", with_word(tree, nodes[0], PROP)


def random_damage(tree, seed, count):
    chooser = random.Random(seed)
    for number in range(count):
        changed = bytearray(tree)
        for _ in range(chooser.randint(1, 40)):
            changed[chooser.randrange(4, len(changed))] = chooser.choice((0, 1, 0x7f, 0xff, chooser.randrange(256)))
        yield f"seed {seed}, tree {number}", bytes(changed)
