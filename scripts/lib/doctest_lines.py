#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""doctest_lines.py [--note WORD] [--parts] PROGRAM [ARGUMENTS]: runs a doctest program and prints one verdict line a test.

`pass ID name`, `FAIL ID name: why` or `skip ID name: why`, as docs/testing.md has it; the first word of a test
case's name is its id. What a long loop says on stderr of how far it came is printed as it is. QUARTET_FILTER limits
what runs. So is how the simulation shows a failure again. The program's XML is read even when it dies half way: the
test that was running then is the one that failed.

--parts: the program is run by parts, as many at a time as there are cores; for tests that take long and share nothing.
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

REACHED = re.compile(r"[A-Z]{3}\d\d.*[:;] \d+ (of \d+ rounds|snapshots|schedules)$|(sim|again|least): ")


def one_line(text, limit=300):
    return " ".join((text or "").split())[:limit]


def why(case):
    """The first failed check of a test case, in one line with its place."""
    failed = next((e for e in case.iter("Expression") if e.get("success") == "false"), None)
    if failed is not None:
        place = f"{os.path.basename(failed.get('filename', '?'))}:{failed.get('line')}"
        expanded = one_line(failed.findtext("Expanded")) or one_line(failed.findtext("Exception"))
        return f"{place} {one_line(failed.findtext('Original'))} is {expanded}"
    for kind in ("Exception", "Message"):
        found = next(case.iter(kind), None)
        if found is not None:
            return one_line(" ".join(found.itertext()))
    return "failed without a check that says why"


PARTS_A_CORE = 6  # small enough that no core waits long for the last one


def ranges(command):
    """What has a part of the tests run, each: `--first` and `--last` count those that the filters let through."""
    counted = subprocess.run(command + ["--count"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"passing the current filters: (\d+)", counted)
    count = int(match.group(1)) if match else 0
    parts = min(count, PARTS_A_CORE * (os.cpu_count() or 1))
    if parts < 2:
        return [[]]
    edges = [count * part // parts for part in range(parts + 1)]
    return [[f"--first={begin + 1}", f"--last={end}"] for begin, end in zip(edges, edges[1:])]


def verdicts(command, note):
    """What a run of the program says of how far it came, and (verdict, name, why) of each test."""
    program = subprocess.Popen(command + ["--reporters=xml"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = (text.decode("utf-8", "replace") for text in program.communicate())
    said = [line for line in errors.splitlines() if REACHED.match(line)]

    parser = xml.XMLPullParser(["start", "end"])
    running, found = None, []
    try:
        parser.feed(output)
        events = list(parser.read_events())
    except xml.ParseError:
        events = list(parser.read_events())
    for event, element in events:
        if element.tag != "TestCase":
            continue
        if event == "start":
            running = element
            continue
        running = None
        name = one_line(element.get("name")) + note
        results = element.find("OverallResultsAsserts")
        if element.get("skipped") == "true":
            found.append(("skip", name, "marked to be skipped in its source"))
        elif results is not None and results.get("test_case_success") == "true":
            found.append(("pass", name, ""))
        else:
            found.append(("FAIL", name, why(element)))
    if running is not None or (program.returncode != 0 and all(verdict != "FAIL" for verdict, *_ in found)):
        name = one_line(running.get("name")) if running is not None else os.path.basename(command[0])
        found.append(("FAIL", name + note, f"the program died with status {program.returncode}: {one_line(errors[:2000], 600)}"))
    return said, found


def main():
    arguments = sys.argv[1:]
    note = ""
    if arguments[0] == "--note":
        note = f" [{arguments[1]}]"
        arguments = arguments[2:]
    in_parts = arguments[0] == "--parts"
    wanted = os.environ.get("QUARTET_FILTER", "")
    command = arguments[1 if in_parts else 0:] + ([f"--test-case={wanted}*"] if wanted else [])
    failed = False
    run, skipped = set(), {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for said, found in pool.map(lambda part: verdicts(command + part, note), ranges(command) if in_parts else [[]]):
            for line in said:
                print(line)
            for verdict, name, reason in found:
                if verdict == "skip":
                    skipped[name] = reason  # or another part has it
                    continue
                run.add(name)
                failed = failed or verdict == "FAIL"
                print(f"{verdict} {name}" + (f": {reason}" if reason else ""), flush=True)
    if not wanted:
        for name in skipped.keys() - run:
            print(f"skip {name}: {skipped[name]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
