# SPDX-License-Identifier: MIT
"""A linked image as instructions and symbols."""

import bisect
import re
import subprocess

from elftools.elf.elffile import ELFFile

OBJDUMP = "aarch64-linux-gnu-objdump"
_LINE = re.compile(r"^\s*([0-9a-f]+):\t([0-9a-f]{8}) \t(\S+)(?:\s+(.*))?$")


class Instruction:
    __slots__ = ("address", "word", "name", "operands")

    def __init__(self, address, word, name, operands):
        self.address, self.word, self.name, self.operands = address, word, name, operands

    def target(self):
        """Where a direct branch or call goes, else None."""
        if self.name not in ("b", "bl", "cbz", "cbnz", "tbz", "tbnz") and not self.name.startswith("b."):
            return None
        match = re.search(r"(?:^|\s|,)([0-9a-f]+)(?: <|$)", self.operands)
        return int(match[1], 16) if match else None

    def __str__(self):
        return f"{self.name} {self.operands}".strip()


class Image:
    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            elf = ELFFile(file)
            self.sections = [(s.name, s["sh_flags"], s["sh_addr"], s["sh_size"], s["sh_type"]) for s in elf.iter_sections()]
            self.segments = [(s["p_type"], s["p_flags"], s["p_vaddr"], s["p_memsz"]) for s in elf.iter_segments()]
            table = elf.get_section_by_name(".symtab")
            self.symbols = [] if table is None else [
                (s.name, s["st_value"], s["st_size"], s["st_info"]["type"], s["st_shndx"]) for s in table.iter_symbols()]
        self.address_of = {name: value for name, value, _, kind, where in self.symbols
                           if name and where != "SHN_UNDEF" and not name.startswith("$")}
        code = sorted((value, name) for name, value, _, kind, where in self.symbols
                      if name and not name.startswith(("$", ".L")) and where != "SHN_UNDEF" and kind in ("STT_FUNC", "STT_NOTYPE"))
        self._starts = [value for value, _ in code]
        self._names = [name for _, name in code]
        self._instructions = None

    def contents(self):
        """(address, bytes) of every section that is loaded with contents."""
        with open(self.path, "rb") as file:
            for section in ELFFile(file).iter_sections():
                if section["sh_flags"] & 2 and section["sh_type"] != "SHT_NOBITS":
                    yield section["sh_addr"], section.data()

    def name_at(self, address):
        """The symbol that `address` lies behind, with the distance."""
        at = bisect.bisect_right(self._starts, address) - 1
        if at < 0:
            return hex(address)
        distance = address - self._starts[at]
        return self._names[at] + (f"+{distance:#x}" if distance else "")

    def symbol_at(self, address):
        return self.name_at(address).split("+")[0]

    @property
    def instructions(self):
        """Address -> Instruction for every executable section (data in them is marked by $d and left out)."""
        if self._instructions is None:
            done = subprocess.run([OBJDUMP, "-d", "-w", str(self.path)],
                                  capture_output=True, text=True, check=True)
            self._instructions = {}
            for line in done.stdout.splitlines():
                match = _LINE.match(line)
                if match and match[3] not in (".word", ".inst"):
                    address = int(match[1], 16)
                    self._instructions[address] = Instruction(address, int(match[2], 16), match[3], match[4] or "")
        return self._instructions
