# SPDX-License-Identifier: MIT
"""The functions of an image and their direct calls, read from its machine code: assembly, tail calls and what the compiler cloned are in it."""

import bisect
import re

from checklib import registers
from checklib.callgraph import names


class Function:
    def __init__(self, name, address, size):
        self.name, self.address, self.size = name, address, size
        self.plain = self.called = name
        self.takes = None
        self.declared = ""      # the compiler's words for it, with what a template was made of
        self.may_be_handler = False  # its address is held, and its name does not tell that it is none
        self.aliases = []       # every name that the image has for it
        self.calls = {}         # callee -> address of one call
        self.indirect_at = []   # addresses of the instructions that call or jump through a register, not into a table of its own
        self.stack = 0
        self.dynamic = False
        self.known = False      # the compiler told its stack and its calls
        self.simd = None        # address of its first SIMD instruction


def load(image):
    """All functions, by address."""
    by_address, aliases = {}, {}
    for name, value, size, kind, where in image.symbols:
        if where == "SHN_UNDEF" or not name or name.startswith(("$", ".L")) or kind not in ("STT_FUNC", "STT_NOTYPE"):
            continue
        aliases.setdefault(value, []).append(name)
        # A label of the linker script before a word of zero (kernel.ld, __boot_begin): data, though after code it is read as an instruction.
        if kind == "STT_NOTYPE" and value in image.instructions and image.instructions[value].word == 0:
            continue
        if value in image.instructions and (value not in by_address or kind == "STT_FUNC"):
            by_address[value] = Function(name, value, size)
    functions = [by_address[a] for a in sorted(by_address)]
    ends = [f.address for f in functions[1:]] + [max(image.instructions) + 4]
    for function, end in zip(functions, ends):
        function.size = min(function.size, end - function.address) if function.size else end - function.address
    for function, plain in zip(functions, names.demangled([f.name for f in functions])):
        function.plain, function.aliases = plain, aliases[function.address]
        function.called, function.takes = names.signature(plain)
    load_calls(image, functions)
    return functions


def load_calls(image, functions):
    starts = [f.address for f in functions]
    for function in functions:
        for address in range(function.address, function.address + function.size, 4):
            instruction = image.instructions.get(address)
            if instruction is None:
                continue
            target = instruction.target()
            if target is not None:
                at = bisect.bisect_right(starts, target) - 1
                other = functions[at] if at >= 0 else None
                if other is not None and (other is not function or (instruction.name == "bl" and target == function.address)):
                    function.calls.setdefault(other, address)
            if instruction.name in ("blr", "br"):
                if instruction.name == "blr" or not registers.jumps_by_table(image.instructions, address, function.address):
                    function.indirect_at.append(address)
            if function.simd is None and registers.simd_operand(instruction):
                function.simd = address
            # Assembly tells nobody its frame: it is what it takes from sp.
            if instruction.name == "sub" and (match := re.match(r"sp, sp, #(0x[0-9a-f]+|\d+)", instruction.operands)):
                function.stack += int(match[1], 0)
            elif match := re.search(r"\[sp, #-(\d+)\]!", instruction.operands):
                function.stack += int(match[1])
