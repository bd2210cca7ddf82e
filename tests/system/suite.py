# SPDX-License-Identifier: MIT
"""How a system test is written and what it is given.

    @test("ENT01", "raw image at 0x80000 without a tree")
    def raw_image(bench):
        with bench.machine(...) as machine: ...

A test is independent of all others, takes a few seconds, raises Failed (through `check`) with a reason, or Skip.
"""

import pathlib
import subprocess
import tempfile

from qemu import CACHE, REPOSITORY, Machine, Skip

TESTS = []


class Test:
    def __init__(self, ident, states, body, long):
        self.ident = ident
        self.states = states
        self.body = body
        self.long = long


def test(ident, states, long=False):
    """Register a test; `long` ones run with --long only."""
    def register(body):
        TESTS.append(Test(ident, states, body, long))
        return body
    return register


class Bench:
    """What one test works with: a folder of its own, the built files, the fetched files."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    # ---- files

    @staticmethod
    def built(name, preset="release"):
        return REPOSITORY / "build" / preset / name

    def addresses(self, *names):
        """Where symbols of the release image are linked."""
        listed = subprocess.run(["aarch64-linux-gnu-nm", self.built("kernel8.elf")], check=True, capture_output=True, text=True).stdout
        found = {line.split()[2]: int(line.split()[0], 16) for line in listed.splitlines() if len(line.split()) == 3}
        return [found[name] for name in names]

    def extent(self, name):
        """Where a function of the release image begins and ends."""
        listed = subprocess.run(["aarch64-linux-gnu-nm", "-S", self.built("kernel8.elf")], check=True, capture_output=True, text=True).stdout
        (begin, size), = (line.split()[:2] for line in listed.splitlines() if line.split()[-1] == name)
        return int(begin, 16), int(begin, 16) + int(size, 16)

    @staticmethod
    def board_tree(name):
        """One of Debian's device trees, by its file name."""
        path = CACHE / "device-trees" / name
        if not path.exists():
            raise Skip(f"there is no {path}; scripts/setup.sh fetches it on Debian 12 and 13")
        return path

    @staticmethod
    def u_boot():
        path = CACHE / "u-boot" / "rpi_4" / "u-boot.bin"
        if not path.exists():
            raise Skip(f"there is no {path}; scripts/setup.sh fetches it on Debian 12 and 13")
        return path

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def image_without_header(self, preset="release"):
        """The image with the magic of its header taken out: loaders then put it at 0x80000, as they always did."""
        data = bytearray(self.built("kernel8.img", preset).read_bytes())
        data[56:60] = bytes(4)
        return self.write("raw.img", data)

    def shim(self, name, **values):
        """Assemble tests/system/shims/NAME.S with these values into a raw image."""
        source = REPOSITORY / "tests" / "system" / "shims" / f"{name}.S"
        built, raw = self.folder / f"{name}.o", self.folder / f"{name}.img"
        defines = [f"-D{key}={value:#x}" for key, value in values.items()]
        subprocess.run(["aarch64-linux-gnu-gcc", "-c", *defines, "-o", built, source], check=True)
        subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", built, raw], check=True)
        return raw

    def shim_elf(self, name, runs_at, **values):
        """The same as an ELF, which QEMU enters at EL3 with all cores."""
        self.shim(name, **values)
        linked = self.folder / f"{name}.elf"
        subprocess.run(["aarch64-linux-gnu-ld", f"-Ttext={runs_at:#x}", "-o", linked, self.folder / f"{name}.o"],
                       check=True)
        return linked

    def edited_tree(self, source, *edits):
        """A copy of a tree, changed: ("set", node, property, type, values…), ("create", …) the
        same with a new node, ("remove", node)."""
        path = self.folder / f"edited{len(list(self.folder.iterdir()))}.dtb"
        path.write_bytes(pathlib.Path(source).read_bytes())
        for kind, node, *rest in edits:
            if kind == "set":
                name, form, *values = rest
                subprocess.run(["fdtput", "-t", form, path, node, name, *values], check=True)
            elif kind == "create":
                name, form, *values = rest
                subprocess.run(["fdtput", "-p", "-t", form, path, node, name, *values], check=True)
            elif kind == "remove":
                subprocess.run(["fdtput", "-r", path, node], check=True)
            elif kind == "remove-property":
                subprocess.run(["fdtput", "-d", path, node, *rest], check=True)
            else:
                raise ValueError(kind)
        return path

    # ---- machines

    def machine(self, kernel=None, **options):
        return Machine(kernel or self.built("kernel8.img"), **options)


def console_port(tree):
    """Which serial port the console of this tree is on."""
    script = REPOSITORY / "scripts" / "lib" / "console_serial.sh"
    return int(subprocess.run([script, tree], check=True, capture_output=True, text=True).stdout)


def run_one(each):
    """Run one test; its verdict line."""
    with tempfile.TemporaryDirectory(prefix="quartet-test-") as folder:
        try:
            each.body(Bench(folder))
            return f"pass {each.ident} {each.states}"
        except Skip as skip:
            return f"skip {each.ident} {each.states}: {skip}"
        except Exception as why:                # whatever goes wrong is this test's failure, not the runner's
            text = " ".join(str(why).split()) or type(why).__name__
            name = "" if type(why).__name__ == "Failed" else f"{type(why).__name__}: "
            return f"FAIL {each.ident} {each.states}: {name}{text}"
