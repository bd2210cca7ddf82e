# SPDX-License-Identifier: MIT
"""Runs the shell's `bench` in a machine whose counter counts instructions, and compares with bench/budgets.toml.
Started by scripts/bench.sh."""

import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))
from qemu import COUNTED, Failed, Machine  # noqa: E402

BUDGETS = ROOT / "bench" / "budgets.toml"
IMAGES = (("image", "kernel8.img"), ("image-minimal", "kernel8-minimal.img"))
LINE = re.compile(r"bench ([\w-]+) instructions=(\d+\.\d) rounds=\d+$")
HANG_SECONDS = 300


def budgets(text):
    """Name -> budget, in the order of the file."""
    tables = tomllib.loads(text)
    return {name: budget for table in ("instructions", "kib") for name, budget in tables.get(table, {}).items()}


def compare(figures, budget, wanted=""):
    """The lines of a table of the figures (name -> value) beside their budgets, and what is wrong with the two lists.
    Only what begins with `wanted` was measured."""
    lines, problems, over = [f"{'figure':<26}{'measured':>12}{'budget':>12}"], [], 0
    for name, value in figures.items():
        if name not in budget:
            problems.append(f"{name} has no budget in {BUDGETS.relative_to(ROOT)}")
            continue
        mark = ""
        if value > budget[name]:
            over += 1
            mark = f"  over by {100 * (value / budget[name] - 1):.0f} %"
        lines.append(f"{name:<26}{value:>12.1f}{budget[name]:>12}{mark}")
    problems += [f"{name} has a budget, but no figure" for name in budget
                 if name.startswith(wanted) and name not in figures]
    lines.append(f"{len(figures)} figures, {over} over budget")
    return lines, problems


def measure(wanted, build):
    """Prints what the shell prints. Returns the figures, and whether every line was one."""
    with Machine(build / "kernel8.img", tree=build / "quartet.dtb", arguments=COUNTED) as machine:
        machine.boot()
        answer = machine.command(f"bench {wanted}".strip(), HANG_SECONDS)
    figures, good = {}, True
    for line in answer.splitlines():
        match = LINE.match(line)
        print(line, file=sys.stdout if match else sys.stderr)
        if match:
            figures[match[1]] = float(match[2])
        good = good and match is not None
    return figures, good


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    build = ROOT / "build" / "release"
    figures, good = {}, True
    budget = budgets(BUDGETS.read_text())
    if not wanted.startswith("image"):
        try:
            figures, good = measure(wanted, build)
        except Failed as why:
            print(f"bench.sh: {why}", file=sys.stderr)
            return 1
    for figure, file in IMAGES:
        if figure.startswith(wanted) and (build / file).exists():
            figures[figure] = round((build / file).stat().st_size / 1024, 1)
            print(f"bench {figure} kib={figures[figure]:.1f}")
    if not good:
        return 1
    lines, problems = compare(figures, budget, wanted)
    print("\n" + "\n".join(lines))
    for problem in problems:
        print(f"bench.sh: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
