#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes an SD card image from which U-Boot starts a kernel: one FAT partition with kernel8.img and boot.scr.

    sd_card.py --kernel FILE --out IMAGE [--address 0x...] [--dtb FILE]

The boot script loads the kernel to the address and starts it by `booti`, with the tree given here, or else with
the one that U-Boot was started with. Nothing is mounted: mtools write into the partition.
"""

import argparse
import pathlib
import struct
import subprocess
import tempfile

SECTOR = 512
FIRST_SECTOR = 2048
CARD_BYTES = 64 * 1024 * 1024       # QEMU wants a power of two
DEFAULT_ADDRESS = 0x80000
TREE_ADDRESS = 0x02600000


def boot_script(address, own_tree):
    lines = [f"load mmc 0:1 {address:#x} kernel8.img"]
    if own_tree:
        lines.append(f"load mmc 0:1 {TREE_ADDRESS:#x} board.dtb")
    lines.append(f"booti {address:#x} - " + (f"{TREE_ADDRESS:#x}" if own_tree else "${fdt_addr}"))
    return "\n".join(lines) + "\n"


def partition_table():
    """A master boot record with one bootable FAT32 (LBA) partition."""
    sectors = CARD_BYTES // SECTOR - FIRST_SECTOR
    entry = struct.pack("<B3sB3sII", 0x80, b"\xfe\xff\xff", 0x0C, b"\xfe\xff\xff", FIRST_SECTOR, sectors)
    return bytes(446) + entry + bytes(48) + b"\x55\xaa"


def make(image, kernel, address=DEFAULT_ADDRESS, tree=None):
    image = pathlib.Path(image)
    with open(image, "wb") as card:
        card.truncate(CARD_BYTES)
        card.write(partition_table())
    drive = f"{image}@@{FIRST_SECTOR * SECTOR}"
    sectors = CARD_BYTES // SECTOR - FIRST_SECTOR
    subprocess.run(["mformat", "-i", drive, "-F", "-T", str(sectors), "-h", "255", "-s", "63", "-H", str(FIRST_SECTOR)],
                   check=True)
    with tempfile.TemporaryDirectory() as folder:
        text = pathlib.Path(folder, "boot.cmd")
        script = pathlib.Path(folder, "boot.scr")
        text.write_text(boot_script(address, tree is not None))
        subprocess.run(["mkimage", "-A", "arm64", "-T", "script", "-C", "none", "-d", str(text), str(script)],
                       check=True, stdout=subprocess.DEVNULL)
        copies = [(kernel, "kernel8.img"), (script, "boot.scr")] + ([(tree, "board.dtb")] if tree else [])
        for source, name in copies:
            subprocess.run(["mcopy", "-i", drive, str(source), f"::{name}"], check=True)


def main():
    parser = argparse.ArgumentParser(description="Make an SD card image from which U-Boot starts a kernel.")
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--address", type=lambda s: int(s, 0), default=DEFAULT_ADDRESS)
    parser.add_argument("--dtb")
    options = parser.parse_args()
    make(options.out, options.kernel, options.address, options.dtb)


if __name__ == "__main__":
    main()
