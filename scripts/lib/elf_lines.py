# SPDX-License-Identifier: MIT
"""File and line of an address, from the line tables of an ELF file (DWARF 5, 6.2)."""

import bisect

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile


class BadElf(Exception):
    """The file cannot be used, and why."""


class Lines:
    """Of one file. A unit's table is read when an address lies in it."""

    def __init__(self, path, root):
        self._root = root
        try:
            self._file = open(path, "rb")
            elf = ELFFile(self._file)
            if not elf.has_dwarf_info() or elf.get_section_by_name(".debug_line") is None:
                raise BadElf(f"{path} has no line tables: somebody stripped it")
            self._dwarf = elf.get_dwarf_info()
            self._ranges = self._dwarf.get_aranges()
        except OSError as why:
            raise BadElf(f"{path}: {why.strerror}") from None
        except ELFError:
            raise BadElf(f"{path} is no ELF file") from None
        self._units = {}

    def at(self, address):
        """(path, line), the path from `root` on where it lies there; None where no line is known. Of inlined code the innermost."""
        unit = self._ranges.cu_offset_at_addr(address) if self._ranges else None
        if unit is None:
            return None
        if unit not in self._units:
            self._units[unit] = self._table(unit)
        starts, rows = self._units[unit]
        row = bisect.bisect_right(starts, address) - 1
        return rows[row][1:] if row >= 0 and address < rows[row][0] else None

    def _table(self, offset):
        """Where each row begins; (where it ends, path, line)."""
        unit = self._dwarf.get_CU_at(offset)
        program = self._dwarf.line_program_for_CU(unit)
        files = [self._path(program, unit, entry) for entry in program["file_entry"]]
        first = 0 if program["version"] >= 5 else 1
        rows, last = [], None
        for entry in program.get_entries():
            state = entry.state
            if state is None:
                continue
            if last is not None and last.address < state.address:
                rows.append((last.address, state.address, files[last.file - first], last.line))
            last = None if state.end_sequence else state
        rows.sort(key=lambda row: row[:2])
        return [row[0] for row in rows], [row[1:] for row in rows]

    def _path(self, program, unit, entry):
        folders = [each.decode() if isinstance(each, bytes) else each for each in program["include_directory"]]
        folder = folders[entry.dir_index - (program["version"] < 5)] if program["version"] >= 5 or entry.dir_index else ""
        base = unit.get_top_DIE().attributes.get("DW_AT_comp_dir")
        path = f"{base.value.decode() if base else ''}/{folder}/{entry.name.decode()}" if not folder.startswith("/") else f"{folder}/{entry.name.decode()}"
        if entry.name.startswith(b"/"):
            path = entry.name.decode()
        # Wherever it was built: as much of its end as there is in this tree.
        parts = [part for part in path.split("/") if part not in ("", ".")]
        for begin in range(len(parts)):
            if ".." not in parts[begin:] and self._root.joinpath(*parts[begin:]).is_file():
                return "/".join(parts[begin:])
        return path
