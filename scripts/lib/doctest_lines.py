#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""doctest_lines.py [--note WORD] PROGRAM [ARGUMENTS]: runs a doctest program and prints one verdict line a test.

`pass ID name`, `FAIL ID name: why` or `skip ID name: why`, as docs/testing.md has it; the first word of a test
case's name is its id. What a long loop says on stderr of how far it came is printed as it is. QUARTET_FILTER limits
what runs. So is how the simulation shows a failure again. The program's XML is read even when it dies half way: the
test that was running then is the one that failed.
"""

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


def main():
    arguments = sys.argv[1:]
    note = ""
    if arguments[0] == "--note":
        note = f" [{arguments[1]}]"
        arguments = arguments[2:]
    wanted = os.environ.get("QUARTET_FILTER", "")
    command = arguments + ["--reporters=xml"] + ([f"--test-case={wanted}*"] if wanted else [])
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = program.communicate()
    for line in errors.decode("utf-8", "replace").splitlines():
        if REACHED.match(line):
            print(line)

    parser = xml.XMLPullParser(["start", "end"])
    running = None
    failed = False
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
            if not wanted:
                print(f"skip {name}: marked to be skipped in its source")
        elif results is not None and results.get("test_case_success") == "true":
            print(f"pass {name}")
        else:
            failed = True
            print(f"FAIL {name}: {why(element)}")
    if running is not None or (program.returncode != 0 and not failed):
        name = one_line(running.get("name")) + note if running is not None else f"{os.path.basename(arguments[0])}{note}"
        tail = one_line(errors.decode("utf-8", "replace")[:2000], 600)
        print(f"FAIL {name}: the program died with status {program.returncode}: {tail}")
        failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
