# SPDX-License-Identifier: MIT
"""Damaged device trees (damage.py): the prompt is always reached, and one advice line says what was wrong."""

import damage
from qemu import Failed, check
from report import report_of
from suite import test
from test_trees import raw_tree

SEED = 20240229


def refused_trees(kind):
    """Each tree is refused whole: the built-in one instead, one line of advice, the prompt."""
    def boots(bench):
        good = bench.built("quartet.dtb").read_bytes()
        for name, tree in kind(good):
            try:
                with raw_tree(bench, bench.write("damaged.dtb", tree)) as machine:
                    report = report_of(machine)
                    check(report.tree() == "built-in", f"the tree is taken from {report.tree()}")
                    check(len(report.advice()) == 1, f"not one advice line: {report.advice()}")
                    check("3 online" in machine.command("cpus"), "not four cores")
            except Failed as why:
                raise Failed(f"{name}: {why}") from None
    return boots


test("FDT01", "18 trees with a damaged header: one advice line, the built-in tree, the prompt")(
    refused_trees(damage.header_damage))
test("FDT03", "12 trees with a damaged structure block: one advice line, the built-in tree, the prompt")(
    refused_trees(damage.structure_damage))


def flipped(first, count, long=False):
    @test("FDT10", f"{count} trees with random bytes changed (seed {SEED + first}): the prompt is reached", long=long)
    def boots(bench):
        good = bench.built("quartet.dtb").read_bytes()
        for name, tree in damage.random_damage(good, SEED + first, count):
            try:
                with raw_tree(bench, bench.write("damaged.dtb", tree)) as machine:
                    # Which UART a damaged tree names is its own affair: either may have the prompt.
                    wait_on_either(machine)
            except Failed as why:
                raise Failed(f"{name}: {why}") from None


def wait_on_either(machine):
    for seconds in (20, 40):
        for port in machine.ports:
            if "\nquartet> " in port.text():
                return
        try:
            machine.boot(seconds)
            return
        except Failed:
            if not machine.alive():
                raise
    check(any("\nquartet> " in port.text() for port in machine.ports), f"no prompt: {machine.port.text()[-300:]!r}")


flipped(0, 12)
flipped(1000, 100, long=True)
