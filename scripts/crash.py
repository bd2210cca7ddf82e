#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Show the crash record that lies in a copy of memory, as `crash show` does (format: src/debug/crash_record.hpp).

  crash.py DUMP            of the range that the boot report calls `crash record`
  crash.py DUMP --at 0x..  of more memory: the record begins there

In QEMU's monitor `pmemsave 0xb000000 0x4000 DUMP` makes such a file; in gdb, physical addresses on:
`dump binary memory DUMP 0xb000000 0xb004000`. Exit 0: the record is whole.
"""

import argparse
import struct
import sys

MAGIC, VERSION = 0x31524351, 1
HEADER = struct.Struct("<IIHHIIIIIQ")  # magic check version bytes sequence flags image crashes previous_ms lasted_us
PIECE = struct.Struct("<HHI")          # kind bytes check
TEXT, REGISTERS, END = 1, 2, 3


def checksum(data, value=0x811C9DC5):
    """FNV-1a."""
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def registers(content):
    x = struct.unpack("<31Q", content)
    return "".join(f"x{i}: {x[i]:#018x}" + ("\n" if i % 3 == 2 or i == 30 else " ") for i in range(31)).encode()


def piece_at(room, at, seed):
    """(kind, content, where the next one is), or what the record's last line says."""
    if at + PIECE.size <= len(room):
        kind, size, check = PIECE.unpack_from(room, at)
        if (kind, size, check) == (0, 0, 0):
            return b"the record ends here: the run was over before it was whole\n"
        content = room[at + PIECE.size:at + PIECE.size + size]
        place = struct.pack("<Q", at << 32 | kind << 16 | size)
        if kind != 0 and len(content) == size and check == checksum(content, checksum(place, seed)):
            return kind, content, (at + PIECE.size + size + 7) & ~7
    return b"the record is damaged from here on\n"


def show(room):
    """The text, and whether the record is whole."""
    if len(room) < HEADER.size or struct.unpack_from("<I", room)[0] != MAGIC:
        return b"error: there is no crash record\n", False
    magic, check, version, size, sequence, flags, image, crashes, previous_ms, lasted_us = HEADER.unpack_from(room)
    if (version, size) != (VERSION, HEADER.size) or check != checksum(room[8:HEADER.size]):
        return b"error: the crash record is damaged\n", False
    text = (f"crash record {sequence}: image {image:08x}, after {lasted_us // 1000000}.{lasted_us % 1000000:06} s, "
            f"crash {crashes} in a row\n").encode()
    seed = checksum(struct.pack("<Q", lasted_us), checksum(struct.pack("<I", sequence)))
    at = HEADER.size
    while True:
        piece = piece_at(room, at, seed)
        if isinstance(piece, bytes):
            return text + piece, False
        kind, content, at = piece
        if kind == END:
            return text, True
        if kind == TEXT:
            text += content
        elif kind == REGISTERS and len(content) == 31 * 8:
            text += registers(content)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dump", type=argparse.FileType("rb"))
    parser.add_argument("--at", type=lambda text: int(text, 0), default=0)
    options = parser.parse_args()
    text, whole = show(options.dump.read()[options.at:])
    sys.stdout.buffer.write(text)
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
