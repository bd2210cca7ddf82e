# SPDX-License-Identifier: MIT
"""All of it for one image: what is reached, whether the sets are what the image has, and how deep it goes."""

from checklib.callgraph import compiled, functions, pointers
from checklib.callgraph.places import Places
from checklib.callgraph.rules import could_be_handler, is_handler
from checklib.callgraph.stacks import RESERVE, Sizes, Stacks
from checklib.callgraph.walk import Walk


class Analysis:
    """Problems: `path` of what handlers reach, `sets` of declared targets, `stacks`. Notes are for people. `threads_judged`: its tables name them."""

    threads_judged = False

    def __init__(self, image, folders, table, stack_bytes=None, offered=False):
        self.notes, self.stacks = [], []
        found = functions.load(image)
        if compiled.load(folders, found) == 0:
            self.path, self.sets = ["no .ci files beside the objects: build with GCC and -fcallgraph-info=su,da"], []
            return
        held, places = pointers.held(image, found), Places(image.path)
        table.expect(found)
        for function in held:
            function.may_be_handler = not is_handler(function) and could_be_handler(function) and not table.find("other", function)
        walk = Walk(table, held, True, places)
        roots = [f for f in found if is_handler(f)]
        worst = max(roots, key=walk.visit, default=None)
        self.notes.append(f"{len(roots)} handlers reach {len({f for f, _ in walk.depth})} functions")
        stacks = Stacks(table, found, held, walk, Sizes(), places)
        stacks.run()
        self.path = [*walk.problems()] + ([] if roots else ["no handler found: has the handler's type changed its name?"])
        callers = {**stacks.plain.callers, **walk.callers}
        self.sets = table.problems + pointers.sites(table, callers, held, places) + pointers.compare(table, callers, held) + pointers.registrations(table, image, found, walk.callers, places)
        self.sets += table.stale(offered)
        if stack_bytes is not None and worst is not None:
            depth = walk.visit(worst)
            self.notes.append(f"interrupt stack: {depth} bytes at most of {stack_bytes}: {walk.deepest(worst)}")
            if depth + RESERVE > stack_bytes:
                stacks.problems.append(f"handlers need {depth} bytes of stack and {RESERVE} of reserve, and have {stack_bytes}")
        self.threads_judged = bool(table.lines["thread"])
        self.notes += stacks.notes
        self.stacks = [*stacks.plain.problems(), *stacks.problems]
