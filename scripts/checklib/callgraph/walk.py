# SPDX-License-Identifier: MIT
"""Depth-first from a root: each function is judged once, its depth is kept, and a problem shows the calls that lead to it."""

from checklib.callgraph.names import fits, short
from checklib.callgraph.rules import forbids


class Walk:
    """`judged`: what is reached must be lawful for a handler. Else only what has no bound, or is not known, is a problem.

    What an indirect call reaches may depend on who is above it: the lines `only` and `without` that the functions above fit are the
    context, and a function is visited once in each.
    """

    def __init__(self, table, held, judged, places):
        self.table, self.held, self.judged, self.places = table, held, judged, places
        self.depth, self.below, self.open, self.said = {}, {}, [], {}
        self.callers = {}   # who calls through a pointer -> its set
        self.adds = {}      # function -> the lines that it adds to the context

    def say(self, text, function=None):
        """A problem, with the calls from the root to `function`."""
        flow = [*self.open, *([function] if function else [])]
        at = [None] + [a.calls.get(b, a.indirect_at[0] if a.indirect_at else None) for a, b in zip(flow, flow[1:])]
        self.said.setdefault(text, list(zip(flow, at)))

    def problems(self):
        wanted = [at for flow in self.said.values() for _, at in flow]
        where = dict(zip(wanted, self.places.of(wanted)))
        for text, flow in self.said.items():
            steps = [short(f.plain) + (f", called at {where[at]}" if where.get(at) else "") for f, at in flow]
            first = flow[0][0]
            hint = f" (a handler for all that its name tells: if it is none, `other {first.called} because …`)" if first.may_be_handler else ""
            yield f"{text}: {' -> '.join(steps)}{hint}"

    def at(self, address):
        return f" at {self.places.of([address])[0] or hex(address)}"

    def visit(self, function, above=frozenset()):
        """Bytes of stack from `function` down."""
        if function not in self.adds:
            lines = [*self.table.lines["only"], *self.table.lines["without"]]
            self.adds[function] = frozenset(line for line in lines if fits(function.called, line.root))
        context = above | self.adds[function]
        if (function, context) in self.depth:
            return self.depth[function, context]
        if function in self.open:
            line = self.table.find("recursion", function)
            if line is not None:
                return (int(line.count) - 1) * sum(f.stack for f in self.open[self.open.index(function):])
            self.say(f"recursion, whose depth has no bound: {short(function.plain)} again", function)
            return 0
        deepest, below = 0, None
        if self.follows(function):
            self.open.append(function)
            for callee in sorted(self.callees(function, context), key=lambda f: f.address):
                depth = self.visit(callee, context)
                if depth > deepest:
                    deepest, below = depth, callee
            self.open.pop()
        self.depth[function, context], self.below[function, context] = function.stack + deepest, below
        return self.depth[function, context]

    def follows(self, function):
        """Judges one function; whether what it calls is of interest."""
        if self.judged:
            words = forbids(function)
            if self.table.find("fatal", function) or (words != "panics" and self.table.find("exempt", function)):
                return False
            if words:
                self.say(f"{short(function.plain)} {words}, and a handler reaches it", function)
                return False
            if function.simd is not None:
                self.say(f"{short(function.plain)} touches a SIMD register{self.at(function.simd)}, and a handler reaches it", function)
        elif self.table.find("apart", function):
            return False
        if function.dynamic:
            self.say(f"{short(function.plain)} has a stack of dynamic size", function)
        if not function.known:
            line = self.table.find("machine", function)
            if line is None:
                self.say(f"{function.plain} is assembly or a library's: say what it takes in scripts/callgraph.txt, `machine {function.name} "
                         f"{function.stack}`", function)
            elif int(line.bytes) != function.stack:
                self.say(f"{line.number}: {function.name} takes {function.stack} bytes of stack, not {line.bytes}", function)
        return True

    def callees(self, function, context):
        if not function.indirect_at:
            return set(function.calls)
        targets = self.table.targets(function, self.held)
        if targets is None:
            self.say(f"an indirect call{self.at(function.indirect_at[0])} in {function.plain}: name its targets in a table, `indirect {function.called} -> TARGET`")
            return set(function.calls)
        self.callers[function] = targets
        return set(function.calls) | {f for f in targets if self.possible(f, context)}

    def possible(self, target, context):
        """Whether `target` is called through a pointer below what the context stands for."""
        cut = [line for line in context if line.kind == "without" and fits(target.called, line.what)]
        only = [line for line in self.table.lines["only"] if fits(target.called, line.what)]
        for line in cut + only:
            line.used = True
        return not cut and (not only or any(line in context for line in only))

    def deepest(self, function):
        """The calls from `function` down that take most stack, as words."""
        path, context = [], frozenset()
        while function is not None and len(path) < 60:
            path.append(f"{short(function.plain)} {function.stack}")
            context |= self.adds[function]
            function = self.below.get((function, context))
        return " -> ".join(path)
