# SPDX-License-Identifier: MIT
"""Damaged device trees (damaged_trees.py): the prompt is always reached, and an advice line says what was wrong."""

import time

import damaged_trees
from qemu import BOOT_SECONDS, Failed, check
from report import report_of
from suite import test
from test_trees import raw_tree

SEED = 20240229


def damaged(name, unusable):
    """One of the forty: refused whole, or used with the damage named."""
    def boots(bench):
        good = bench.built("quartet.dtb").read_bytes()
        tree = next(blob for each, blob, _ in damaged_trees.damaged_trees(good) if each == name)
        with raw_tree(bench, bench.write("damaged.dtb", tree)) as machine:
            report = report_of(machine)
            wanted = "built-in" if unusable else "x0"
            check(report.tree() == wanted, f"the tree is from {report.tree()}, not {wanted}: {report.advice()}")
            check(len(report.advice()) == 1, f"not one advice line: {report.advice()}")
            check("0 online" in machine.command("cpus"), "the shell does not answer")
    end = "the built-in tree" if unusable else "used"
    test("FDT04", f"damaged tree, {name}: one advice line, {end}, the prompt")(boots)


for each_name, each_unusable, _ in damaged_trees.damages():
    damaged(each_name, each_unusable)


def random_bytes(first, count, long=False):
    @test("FDT10", f"{count} trees with random bytes changed (seeds {first} on): the prompt is reached", long=long)
    def boots(bench):
        good = bench.built("quartet.dtb").read_bytes()
        for name, tree in damaged_trees.random_damage(good, first, count):
            try:
                with raw_tree(bench, bench.write("damaged.dtb", tree)) as machine:
                    # Which UART a damaged tree names is its own affair: either may have the prompt.
                    wait_on_either(machine)
            except Failed as why:
                raise Failed(f"{name}: {why}") from None


def wait_on_either(machine):
    limit = time.monotonic() + BOOT_SECONDS
    while not any("\nquartet> " in port.text() for port in machine.ports):
        check(machine.alive(), f"QEMU ended: {machine.errors()[-300:]!r}")
        check(time.monotonic() < limit, f"no prompt: {[port.text()[-300:] for port in machine.ports]}")
        time.sleep(0.05)


for start in range(SEED, SEED + 12, 4):
    random_bytes(start, 4)
random_bytes(SEED + 1000, 100, long=True)
