# SPDX-License-Identifier: MIT
"""Which registers an instruction names, and what stands in one of them."""

import re

SIMD_REGISTER = re.compile(r"(?<![\w#])(?:[vqdshb](?:[12]?\d|3[01])|fpcr|fpsr)(?![\w])")
BLIND = re.compile(r"<[^>]*>")


def simd_operand(instruction):
    """The first SIMD or floating-point register of an instruction, or None."""
    if instruction.name in ("adrp", "adr") or instruction.target() is not None:
        return None
    operands = instruction.operands
    return SIMD_REGISTER.search(BLIND.sub("", operands) if "<" in operands else operands)


def computed_addresses(code):
    """(where, address) for each adr, and each adrp with what is added to its register behind it."""
    ordered = sorted(code)
    for index, at in enumerate(ordered):
        first = code[at]
        if first.name not in ("adr", "adrp"):
            continue
        register, target = re.match(r"(\w+), ([0-9a-f]+)", first.operands).groups()
        base = int(target, 16)
        yield at, base
        if first.name == "adr":
            continue
        for later in ordered[index + 1:index + 33]:
            # Both the sum and a load or store with the low part in it.
            operands = code[later].operands
            low = re.search(rf"(?:, |\[){register}, #(0x[0-9a-f]+|\d+)", operands)
            if low and code[later].name != "adrp":
                yield later, base + int(low[1], 0)
            if re.match(rf"{register}\b", operands) and not code[later].name.startswith(("st", "cmp", "cb", "tb")):
                break


def addresses_in(code, begin, end):
    """Every address that the function from `begin` to `end` computes: each adr, and each page with what is added to its register on any
    way from there, until something else is written to it."""
    for at in range(begin, end, 4):
        first = code.get(at)
        if first is None or first.name not in ("adr", "adrp"):
            continue
        register, target = re.match(r"x(\d+), ([0-9a-f]+)", first.operands).groups()
        if first.name == "adr":
            yield int(target, 16)
            continue
        todo, seen = [at + 4], set()
        while todo:
            here = todo.pop()
            instruction = code.get(here)
            if instruction is None or here in seen or not begin <= here < end:
                continue
            seen.add(here)
            if instruction.name == "add" and (low := re.match(rf"x\d+, x{register}, #(0x[0-9a-f]+|\d+)", instruction.operands)):
                yield int(target, 16) + int(low[1], 0)
            if writes(instruction, int(register)):
                continue
            if (jump := instruction.target()) is not None and instruction.name != "bl":
                todo.append(jump)
            if instruction.name not in ("b", "br", "ret", "eret"):
                todo.append(here + 4)


def jumps_by_table(code, at, begin):
    """Whether the `br` at `at` goes where a table of distances says, as a switch does: what adds one is the last that writes its register."""
    register = int(code[at].operands.strip()[1:])
    last = next((code[here] for here in range(at - 4, begin - 4, -4) if here in code and writes(code[here], register)), None)
    return last is not None and last.name == "add" and re.search(r", w\d+, [su]xt[bhw] #2$", last.operands) is not None


def writes(instruction, register):
    """Whether something else stands in a register behind it."""
    if instruction.name in ("bl", "blr"):
        return register < 19
    if instruction.name.startswith(("st", "cmp", "cmn", "cb", "tb", "tst", "ccmp")):
        return False
    pair = r"(?:[xw]\d+, )?" if instruction.name.startswith("ldp") else ""
    return re.match(rf"{pair}[xw]{register}\b", instruction.operands) is not None


def value_before(code, at, begin, register):
    """What register number `register` holds when the instruction at `at` runs, where the straight line from `begin` tells; else None."""
    added = 0
    while (at := at - 4) >= begin:
        instruction = code.get(at)
        if instruction is None:
            return None
        if instruction.name in ("bl", "blr") and register < 19:
            return None
        written = re.match(rf"[xw]{register}\b(?:, )?(.*)", instruction.operands)
        if not written or instruction.name.startswith(("st", "cmp", "cb", "tb", "tst", "ccmp")):
            continue
        rest = written[1]
        if instruction.name in ("adr", "adrp") and (match := re.match(r"([0-9a-f]+)", rest)):
            return int(match[1], 16) + added
        if instruction.name == "mov" and (match := re.match(r"#(0x[0-9a-f]+|\d+)", rest)):
            return int(match[1], 0) + added
        if instruction.name == "mov" and rest in ("xzr", "wzr"):
            return added
        if instruction.name == "mov" and (match := re.fullmatch(r"[xw](\d+)", rest)):
            register = int(match[1])
        elif instruction.name == "add" and (match := re.fullmatch(r"x(\d+), #(0x[0-9a-f]+|\d+)", rest)):
            register, added = int(match[1]), added + int(match[2], 0)
        else:
            return None
    return None
