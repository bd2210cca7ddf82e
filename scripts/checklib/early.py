# SPDX-License-Identifier: MIT
"""What runs while the MMU is off, found in the linked image: from the entry points to the branch that leaves the identity page."""

import re

# Entry points of a core whose MMU is off, and code that runs at EL2, where the MMU stays off.
EARLY_ROOTS = ("_start", "quartet_secondary_entry", "early_vectors", "quartet_el2_vectors")
VECTOR_TABLES = ("early_vectors", "quartet_el2_vectors")


def access_size(instruction):
    """Bytes of one element of a plain load or store, else None."""
    name, operands = instruction.name, instruction.operands
    if not re.match(r"(ld|st)(u?r|tr|p|np)s?[bhw]?$", name):
        return None
    if name.endswith("b"):
        return 1
    if name.endswith("h"):
        return 2
    if name.endswith("sw"):
        return 4
    return 4 if operands.startswith("w") else 8


def early_flow(image):
    """Addresses that can run before the first indirect branch, from the entry points."""
    code = image.instructions
    todo = []
    for root in EARLY_ROOTS:
        start = image.address_of.get(root)
        if start is None:
            continue
        todo += [start + 128 * slot for slot in range(16)] if root in VECTOR_TABLES else [start]
    seen = set()
    while todo:
        address = todo.pop()
        while address in code and address not in seen:
            seen.add(address)
            instruction = code[address]
            target = instruction.target()
            if target is not None:
                todo.append(target)
            if instruction.name in ("b", "br", "ret", "eret"):
                break
            address += 4
    return seen
