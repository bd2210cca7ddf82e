# SPDX-License-Identifier: MIT
"""The counted figures: all of them, in their order, each with a budget; and how the two are compared."""

import re
import sys

from qemu import COUNTED, REPOSITORY, check
from suite import test

sys.path.insert(0, str(REPOSITORY / "scripts" / "lib"))
import bench as script  # noqa: E402

NAMES = ("yield-switch yield-alone sem-pair mutex-pair give-wake give-wake-return queue-pair pool-pair heap-pair irq-entry "
         "irq-return irq-wake irq-wake-return spawn-join sem-cross-core timer-1 timer-10000 tm-cooperative tm-preemptive "
         "tm-interrupt tm-interrupt-preemption tm-message tm-synchronisation tm-memory boot").split()


def figures_of(bench, word=""):
    with bench.machine(tree=bench.built("quartet.dtb"), arguments=COUNTED) as machine:
        machine.boot()
        return machine.command(f"bench {word}".strip(), 300)


@test("BCH01", "every figure is printed in its order and form, and a second run says the same")
def all_figures(bench):
    said = figures_of(bench)
    found = [script.LINE.match(line) for line in said.splitlines()]
    check(all(found), f"a line that is no figure: {said!r}")
    check([match[1] for match in found] == NAMES, f"names or order: {said!r}")
    check(figures_of(bench) == said, "a second run gives other figures")


@test("BCH02", "Thread-Metric's workloads count what they do: an event is more than its parts, five of a crowd are one each")
def workloads(bench):
    said = figures_of(bench, "tm-")
    rounds = dict(re.findall(r"bench (\S+) instructions=\S+ rounds=(\d+)", said))
    check(rounds.get("tm-cooperative") == "500000" and rounds.get("tm-preemptive") == "500000", f"events: {said!r}")
    check(len(rounds) == 7, f"seven workloads: {said!r}")
    cost = {name: float(value) for name, value in re.findall(r"bench (\S+) instructions=(\S+)", said)}
    check(cost["tm-interrupt-preemption"] > cost["tm-interrupt"] > cost["tm-synchronisation"], f"costs: {said!r}")


@test("BCH03", "a figure over its budget is marked; one without a budget, and a budget without its figure, are errors")
def comparison(bench):  # pylint: disable=unused-argument
    budget = {"one": 10, "two": 20}
    lines, problems = script.compare({"one": 10.0, "two": 30.0}, budget)
    check(problems == [], f"nothing is wrong with the lists: {problems}")
    check([line.split() for line in lines[1:]] == [["one", "10.0", "10"], ["two", "30.0", "20", "over", "by", "50", "%"],
                                                   "2 figures, 1 over budget".split()], f"the table: {lines}")
    check(script.compare({"one": 1.0, "two": 2.0, "three": 3.0}, budget)[1] == ["three has no budget in bench/budgets.toml"],
          "a figure without a budget passes")
    check(script.compare({"one": 1.0}, budget)[1] == ["two has a budget, but no figure"], "a budget without a figure passes")
    check(script.compare({"one": 1.0}, budget, "o")[1] == [], "what was not asked for is missed")


@test("BCH04", "bench/budgets.toml names all figures in their order, and the image")
def budget_names(bench):  # pylint: disable=unused-argument
    named = list(script.budgets(script.BUDGETS.read_text()))
    check(named == [*NAMES, "image"], f"budgets.toml names {named}")
