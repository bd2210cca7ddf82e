# SPDX-License-Identifier: MIT
"""What a handler is, and what it must not do: by the type where there is one, else by name."""

import re

HANDLER = re.compile(r"\((?:quartet::)?kernel::IrqContext ?&\)(?: const)?(?: \[clone .*\])?$")
LABEL = re.compile(r"\((?:\w+::)*IrqContext ?&\)(?: const)?$")  # GCC leaves out the scope that is the function's own
# Handlers that have no C++ name: called by vectors.S on the exception stack.
EXTRA_ROOTS = ("quartet_irq_special",)
FORBIDDEN = [
    ("blocks", re.compile(r"^quartet_switch_(?:context|thread)$|^quartet::kernel::(?:\(anonymous namespace\)::)?(?:switch_to|block(?:_thread|_late)?)\b")),
    # An owner does what its home does, which is followed. The magazines' own have no C++ name.
    ("allocates", re.compile(r"^operator (?:new|delete)|^quartet::mm::(?!OwnedFrom<)|^(?:__wrap_)?quartet_(?:magazine_(?:pop|push)|cache_(?:refill|flush))$")),
    ("panics", re.compile(r"^quartet::check_failed|^quartet::kernel::panic\b|^quartet_fault\b|^abort$|^__cxa_pure_virtual$")),
]
# What may block takes a ThreadContext itself: one among what a function returns, or of the function that a lambda stands in, forbids nothing.
TAKES_THREAD = re.compile(r"(?:.*\b)?ThreadContext(?: const)? ?&")


def is_handler(function):
    return function.may_be_handler or bool(HANDLER.search(function.plain)) or function.name in EXTRA_ROOTS


def could_be_handler(function):
    """Whether a function whose address the image holds may be a handler although its name does not show the type: it has no C++ name
    (extern "C", a label), or the type is what a template makes of another. GCC's own words for it only ever say that it may."""
    if function.takes is None or any("auto:" in one for one in function.takes):
        return True
    signature, _, made_of = function.declared.partition(" [with ")
    return LABEL.search(signature) is not None or (made_of != "" and len(function.takes) == 1 and function.takes[0].endswith("&"))


def is_entry(function):
    """Whether it is a thread's entry function."""
    return function.takes is not None and len(function.takes) == 2 and function.takes[1] == "void*" and \
        re.fullmatch(r"(?:quartet::)?kernel::ThreadContext ?&", function.takes[0]) is not None


def forbids(function):
    """What a handler must not do and this function does, or None."""
    if any(TAKES_THREAD.fullmatch(one) for one in function.takes) if function.takes is not None else TAKES_THREAD.search(function.plain):
        return "blocks"
    return next((words for words, pattern in FORBIDDEN if pattern.search(function.called)), None)
