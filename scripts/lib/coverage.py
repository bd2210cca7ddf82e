#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""coverage.py ROOT BUILD TARGET: a table of the lines that tests reach, room by room, from BUILD's counters; one verdict a room.

gcovr reads the counters and writes the pages. A line is counted once, however many of the programs have it, and every line of a room
counts. A source that no program of BUILD has is listed below with its reason; its lines, which the compiler names when it compiles it
as TARGET does (a preset's build folder), count as unreached. One that is not listed fails the ring.
"""
import json
import os
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from checklib.compiler import database, flags_of  # noqa: E402

ROOMS = ("base", "fdt", "sync", "mm", "kernel")
LEAST = 90.0  # percent of the lines of a room


ON_TARGET = {
    "src/mm/new_delete.cpp": "replaces operator new, which this machine's programs have; SLB07",
    "src/kernel/sched/reschedule_ipi.cpp": "the machine's end of a request that the simulation plays itself; SMP",
    "src/kernel/selftest/selftest_registry.cpp": "the linker's list of the image's self-tests; the ring target runs by it",
}


def run(log, command):
    """What it says, of branches that were counted to less than nothing by several processes at once, is for nobody who has lines."""
    with log.open("w") as words:
        if subprocess.run(command, stdout=words, stderr=words).returncode != 0:
            sys.exit(f"coverage.py: {command[0]} fails; see {log}")


def reached_lines(root, build, pages):
    """file -> {line: count} of what the programs of `build` have."""
    run(pages / "gcovr.log", ["gcovr", "--root", root, "--object-directory", build, "--filter", f"{root}/src/(?:{'|'.join(ROOMS)})/",
                    "--exclude-unreachable-branches", "--gcov-ignore-parse-errors", "--json", pages / "lines.json",
                    "--html-details", pages / "index.html", build])
    lines = {}
    for file in json.loads((pages / "lines.json").read_text())["files"]:
        # A line of a template has a count for each of its instances.
        counts = lines.setdefault(file["file"], {})
        for line in file["lines"]:
            # Of these words some releases of gcovr have one, and some leave such lines out.
            if not line.get("gcovr/noncode") and not line.get("gcovr/excluded"):
                counts[line["line_number"]] = max(counts.get(line["line_number"], 0), line["count"])
    return lines


def lines_of(source, words, folder):
    """The lines of `source` that are code, by the compiler's own notes: unoptimized, as those of the programs are."""
    out = folder / ("-".join(source.parts[-3:]) + ".o")
    made = subprocess.run([*flags_of(words), "-fno-sanitize=all", "-O0", "--coverage", "-fprofile-abs-path", "-c", source, "-o", out],
                          capture_output=True, text=True)
    if made.returncode != 0:
        sys.exit(f"coverage.py: {source} does not compile for its lines: {made.stderr[:400]}")
    gcov = str(words[0]).rsplit("g++", 1)[0] + "gcov"
    noted = subprocess.run([gcov, "--json-format", "--stdout", out.with_suffix(".gcno")], capture_output=True, text=True, check=True, cwd=folder)
    return {line["line_number"] for file in json.loads(noted.stdout)["files"] if file["file"] == str(source) for line in file["lines"]}


def unreached(root, build, target):
    """file -> its lines, of the rooms' sources that no program of `build` compiles."""
    had, ours = ({source: words for source, words, _ in database(folder) or []} for folder in (build, target))
    sources = [path for room in ROOMS for path in sorted((root / "src" / room).rglob("*.cpp")) if path not in had]
    strange = [str(path.relative_to(root)) for path in sources if path not in ours]
    if strange:
        sys.exit(f"coverage.py: not compiled for the target either: {' '.join(strange)}")
    folder = build / "coverage" / "target"
    folder.mkdir(exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda path: lines_of(path, ours[path], folder), sources)
        return {str(path.relative_to(root)): lines for path, lines in zip(sources, found)}


def main():
    root, build, target = (pathlib.Path(word).resolve() for word in sys.argv[1:4])
    pages = build / "coverage"
    pages.mkdir(exist_ok=True)
    lines = reached_lines(root, build, pages)
    absent = unreached(root, build, target)
    lines |= {name: dict.fromkeys(numbers, 0) for name, numbers in absent.items()}
    unlisted = [f"{name} is in no program of this machine, and is not listed" for name in absent if name not in ON_TARGET]
    unlisted += [f"{name} is listed as the target's alone, and is not" for name in ON_TARGET if name not in absent]
    bad = len(unlisted)
    print(f"  {'room':8} {'lines':>6} {'reached':>8} {'share':>7}")
    verdicts = []
    for room in ROOMS:
        files = {name: counts for name, counts in lines.items() if name.startswith(f"src/{room}/")}
        whole = sum(len(counts) for counts in files.values())
        reached = sum(count != 0 for counts in files.values() for count in counts.values())
        share = 100 * reached / whole if whole else 0.0
        print(f"  {room:8} {whole:6} {reached:8} {share:6.1f}%")
        for name, counts in sorted(files.items()):
            missed = sum(count == 0 for count in counts.values())
            if missed > 10:
                print(f"           {name}: {missed} of {len(counts)} lines are not reached")
        stated = f"COV01 host and simulation reach at least {LEAST:.0f} % of the lines of src/{room}"
        verdicts.append(f"pass {stated}: {share:.1f} %" if share >= LEAST else f"FAIL {stated}: {share:.1f} %")
        bad += share < LEAST
    print(f"  each line that a program of this machine has: {pages / 'index.html'}")
    print("  of the target alone, in no program of this machine, and counted as unreached:")
    for name, numbers in absent.items():
        print(f"           {name}: {len(numbers)} lines: {ON_TARGET.get(name, 'not listed')}")
    verdicts.append("FAIL" if unlisted else "pass")
    verdicts[-1] += " COV01 each source that no program of this machine has is listed with its reason"
    verdicts[-1] += f": {'; '.join(unlisted)}" if unlisted else ""
    print("\n".join(verdicts))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
