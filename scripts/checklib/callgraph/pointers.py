# SPDX-License-Identifier: MIT
"""Whose address the image holds, in tables of virtual functions, in data or in code: only these can be called through a pointer.

Each is of a kind: what it shares with whatever can be called at the same place. Of a virtual function that is its name, its parameters, its
place in the table and how the table begins; of one that data holds, its parameters and its place in the object; of one that code holds, its parameters.
A declared set is compared with them: where it has one of a kind, it has to have all.
"""

import array
import bisect
import re

from checklib import registers
from checklib.callgraph.names import fits, method, short, signature
from checklib.callgraph.rules import is_handler


def held(image, functions):
    """function -> set of kinds."""
    by_address = {f.address: f for f in functions}
    found = {}
    for holder in functions:
        for address in registers.addresses_in(image.instructions, holder.address, holder.address + holder.size):
            if function := by_address.get(address):
                found.setdefault(function, set()).add(("code", parameters(function)))
    objects = sorted((value, value + size, name) for name, value, size, kind, _ in image.symbols if kind == "STT_OBJECT" and size)
    begins = [begin for begin, *_ in objects]
    tables = {}
    for address, value in words(image):
        if function := by_address.get(value):
            at = bisect.bisect_right(begins, address) - 1
            begin, end, name = objects[at] if at >= 0 else (0, 0, "")
            if address >= end:
                begin, name = 0, ""  # in no object: its place is its own
            if name.startswith("_ZTV"):
                tables.setdefault(name, []).append((address - begin, function))
            else:
                found.setdefault(function, set()).add(("data", parameters(function), address - begin, name))
    for entries in tables.values():
        family = tuple(plain_method(f) for _, f in entries[:3])
        for place, function in entries:
            found.setdefault(function, set()).add(("virtual", plain_method(function), place, family))
    return found


def words(image):
    """(address, value) of each aligned word of what is loaded, the pools of addresses between code included."""
    for section, data in image.contents():
        start = -section % 8
        for index, value in enumerate(array.array("Q", data[start:len(data) - (len(data) - start) % 8])):
            yield section + start + 8 * index, value


def parameters(function):
    takes = function.takes if function.takes is not None else signature(function.declared)[1]
    return tuple(takes) if takes is not None else None


def plain_method(function):
    return re.sub(r"^~.*", "~", method(function.called))


def like(kind):
    """Of a kind, what is compared: whose object it is, is not."""
    return kind[:3] if kind[0] == "data" else kind


def compare(table, callers, found):
    """A problem for each function that a declared set leaves out."""
    by_kind, problems = {}, []
    for function, kinds in found.items():
        for kind in kinds:
            by_kind.setdefault(like(kind), set()).add(function)
    for caller, targets in callers.items():
        if any(fits(caller.called, line.what) for line in table.lines["registered"]):
            continue  # compared with the registrations
        wanted = {like(kind) for target in targets if not target.may_be_handler for kind in found[target]}
        for kind, function in sorted(((k, f) for k in wanted for f in by_kind[k] - targets), key=lambda one: one[1].address):
            if table.all_handlers(caller) and is_handler(function):
                continue
            if not narrow(table, caller.called, function):
                problems.append(f"{short(caller.called)} may call {short(function.called)} as well ({kind[0]}): it is no target of its lines. If it is given to something else: "
                                f"`narrow {caller.called} -> {function.called} because …` in a table")
    return problems


def sites(table, callers, found, places):
    """A problem for each function that calls through a pointer at more or fewer places than its lines say, or whose set has more shapes than that."""
    problems = []
    for caller, targets in callers.items():
        count, (declared, most) = len(caller.indirect_at), table.sites(caller)  # `most`: what another build inlines here is no wider
        if count != declared:
            where = ", ".join(place or hex(at) for at, place in zip(caller.indirect_at, places.of(caller.indirect_at)))
            problems.append(f"{short(caller.called)} calls through a pointer at {count} places and not {declared} ({where}): "
                            f"name the targets of each, and say `sites {caller.called} {count}`")
        shapes = {shape(target, found[target]) for target in targets if not target.may_be_handler}  # those are judged whoever calls them
        if len(shapes) > max(count, most):
            problems.append(f"{short(caller.called)} has targets of {len(shapes)} shapes, for {count} places that call through a pointer: "
                            f"its lines are too wide ({', '.join(sorted(short(t.called) for t in targets)[:8])})")
    return problems


def shape(function, kinds):
    """What all that one instruction can call have in common: their family of tables, or their parameters."""
    return min((("virtual", kind[3]) for kind in kinds if kind[0] == "virtual"), default=("parameters", parameters(function)))


def registrations(table, image, functions, callers, places):
    """A problem for each function that is registered somewhere in the image, and not in the set of who calls what is registered."""
    problems, by_address = [], {f.address: f for f in functions}
    for line in table.lines["registered"]:
        registrars = {f.address for f in functions if fits(f.called, line.target)}
        line.used = bool(registrars)
        allowed = {t for caller, targets in callers.items() if fits(caller.called, line.what) for t in targets}
        for function, at in calls_of(image, functions, registrars):
            read = lambda number: registers.value_before(image.instructions, at, function.address, int(number))
            value = read(line.argument)
            if value == 0 or (line.condition and read(line.condition) == 0) or by_address.get(value) in allowed:
                continue
            passes_on = any(fits(function.called, other.target) for other in table.lines["registered"] if other.what == line.what)
            if value is None and (passes_on or narrow(table, line.what, function)):
                continue
            what, where = by_address.get(value), places.of([at])[0] or hex(at)
            called_so = ", ".join(other.target.replace("\\*", "*") for other in table.lines["indirect"] if other.what == line.what) or "nothing yet"
            to_do = f"call it as one is called ({called_so}), or write `indirect {line.what} -> {what.called}` in a table" if what else \
                f"give a function by its name there, or write `narrow {line.what} -> {function.called} because …` in a table"
            problems.append(f"{where}: {short(function.called)} gives {short(what.called) if what else 'what cannot be read from the code'} to "
                            f"{line.target}, and no line tells that {line.what} may call it: {to_do}")
    return problems


def calls_of(image, functions, targets):
    """(function, address) of each direct call of what is at `targets`."""
    for function in functions:
        for at in range(function.address, function.address + function.size, 4):
            instruction = image.instructions.get(at)
            if instruction is not None and instruction.name in ("bl", "b") and instruction.target() in targets:
                yield function, at


def narrow(table, caller, function):
    """Whether a line says that `caller` does not call `function`, or what `function` registers."""
    for line in table.lines["narrow"]:
        if fits(caller, line.what) and fits(function.called, line.target):
            line.used = True
            return True
    return False
