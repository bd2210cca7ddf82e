#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""coverage.py ROOT BUILD: a table of the lines that tests reach, room by room, from BUILD's counters; one verdict a room.

gcovr reads the counters and writes the pages. A line is counted once, however many of the programs have it.
"""
import json
import pathlib
import subprocess
import sys

ROOMS = ("base", "fdt", "sync", "mm", "kernel")
LEAST = 90.0  # percent of the lines of a room


def run(log, command):
    """What it says, of branches that were counted to less than nothing by several processes at once, is for nobody who has lines."""
    with log.open("w") as words:
        if subprocess.run(command, stdout=words, stderr=words).returncode != 0:
            sys.exit(f"coverage.py: {command[0]} fails; see {log}")


def main():
    root, build = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    pages = build / "coverage"
    pages.mkdir(exist_ok=True)
    run(pages / "gcovr.log", ["gcovr", "--root", root, "--object-directory", build, "--filter", f"{root}/src/(?:{'|'.join(ROOMS)})/",
                    "--exclude-unreachable-branches", "--gcov-ignore-parse-errors", "--json", pages / "lines.json",
                    "--html-details", pages / "index.html", build])
    lines = {}
    for file in json.loads((pages / "lines.json").read_text())["files"]:
        # A line of a template has a count for each of its instances.
        counts = lines.setdefault(file["file"], {})
        for line in file["lines"]:
            if not line.get("gcovr/noncode"):
                counts[line["line_number"]] = max(counts.get(line["line_number"], 0), line["count"])
    bad = 0
    print(f"  {'room':8} {'lines':>6} {'reached':>8} {'share':>7}   not for this machine")
    verdicts = []
    for room in ROOMS:
        files = {name: counts for name, counts in lines.items() if name.startswith(f"src/{room}/")}
        whole = sum(len(counts) for counts in files.values())
        reached = sum(count != 0 for counts in files.values() for count in counts.values())
        share = 100 * reached / whole if whole else 0.0
        sources = [path for path in (root / "src" / room).rglob("*.cpp")]
        absent = [path for path in sources if str(path.relative_to(root)) not in files]
        print(f"  {room:8} {whole:6} {reached:8} {share:6.1f}%   {len(absent)} of {len(sources)} sources")
        for name, counts in sorted(files.items()):
            missed = sum(count == 0 for count in counts.values())
            if missed > 10:
                print(f"           {name}: {missed} of {len(counts)} lines are not reached")
        stated = f"COV01 host and simulation reach at least {LEAST:.0f} % of the lines of src/{room}"
        verdicts.append(f"pass {stated}: {share:.1f} %" if share >= LEAST else f"FAIL {stated}: {share:.1f} %")
        bad += share < LEAST
    print(f"  each line: {pages / 'index.html'}")
    print("\n".join(verdicts))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
