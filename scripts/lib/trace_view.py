# SPDX-License-Identifier: MIT
"""A trace as a page of its own: nothing is fetched, the data stands in it (trace_view.html has the rest)."""

import json
import pathlib

import trace_dump

TEMPLATE = pathlib.Path(__file__).with_name("trace_view.html")
ROWS = ("thread", "irq", "wait")


def as_script(data):
    """JSON that may stand inside <script>: no end of it, and no comment, begins in a name."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def page(trace):
    """Times in microseconds from the first event on."""
    every = trace.all()
    first = every[0].time if every else 0
    last = every[-1].time if every else 0
    micro = lambda time: round((time - first) * 1e6, 3)
    data = {
        "end": micro(last),
        "cores": sorted(trace.events),
        "lost": {core: lost for core, lost in trace.lost.items() if lost},
        "problems": trace.problems,
        "idle": sorted(trace.thread(number) for number in trace.idle),
        "rows": ROWS,
        "stretches": [[one.core, ROWS.index(one.row), micro(one.begin), micro(one.end), one.name, one.more]
                      for one in trace_dump.stretches(trace)],
        "instants": [[event.core, micro(event.time), event.kind, words] for event, words in trace_dump.instants(trace)],
    }
    return TEMPLATE.read_text().replace("/*DATA*/null", as_script(data))
