#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Judges the models: each holds, and every order of src/ that is not relaxed is needed by one.

The set of orders is read from the source, the set that was refuted when weaker comes from models_tests, and what relacy
cannot refute stands with its reason in orders.toml. Source = refuted + listed, or the ring fails: an order that is
new needs a model. `--sites` prints what the source has; `--table` looks at orders.toml alone, and ends with 1 where it is
wrong; `--long` makes ten times the runs and looks whether what is listed is refuted after all.
"""
import argparse
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter, namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
# Besides src: what the machine does in assembly and its twins of the host do by the same calls.
TWINS = ["tests/fakes/include/arch/counting.hpp", "tests/models/include/arch/halved_word.hpp",
         "tests/models/magazine.cpp", "tests/sim/controller.cpp"]
WEAKER = {"Acquire": ["Relaxed"], "Release": ["Relaxed"], "AcqRel": ["Acquire", "Release"], "SeqCst": ["AcqRel"]}
ORDER = re.compile(r"\bOrder::(Acquire|Release|AcqRel|SeqCst)\b")
FENCE = re.compile(r"\barch::(?:(full_fence)|publish_before_device_write)(\()")
ACCESS = re.compile(r"(?:\.|->)(load|store|exchange|compare_exchange|compare_exchange_weak|store_lower|fetch_\w+)$")
# What orders memory without being an access of an atomic: instructions, and the barriers of arch/barrier.hpp that a model has not.
MACHINE = re.compile(
    r"\b(ldaxr\w?|ldar\w?|ldapr\w?|stlxr\w?|stlr\w?)\b|"
    r"\barch::(complete_all|order_after_device_read)\(|\b(dmb|dsb)\b")

Site = namedtuple("Site", "file line column slot order text")


def blanked(text):
    """The same text with comments and strings blank, so that lines and columns stay."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S)
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def place(text, at):
    begin = text.rfind("\n", 0, at) + 1
    return text.count("\n", 0, at) + 1, at - begin + 1


def line_at(text, at):
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return text[begin:end if end >= 0 else len(text)].strip()


def call_around(text, at):
    """The opening parenthesis of the call that `at` is an argument of, and how many commas are between."""
    depth, commas = 0, 0
    for n in range(at - 1, -1, -1):
        if text[n] in ")}]":
            depth += 1
        elif text[n] in "({[":
            if depth == 0:
                return (n, commas) if text[n] == "(" else None
            depth -= 1
        elif text[n] == "," and depth == 0:
            commas += 1
    return None


def sites_of(name, odd):
    raw = (ROOT / name).read_text()
    text = blanked(raw)
    for found in ORDER.finditer(text):
        around = call_around(text, found.start())
        access = ACCESS.search(text[:around[0]].rstrip()) if around else None
        if not access:
            line, _ = place(text, found.start())
            odd.append(f"{name}:{line}: an order that is not an argument of its access: nothing can take it away")
            continue
        slot = 1 if access.group(1).startswith("compare_exchange") and around[1] == 3 else 0
        yield Site(name, *place(text, around[0]), slot, found.group(1), line_at(raw, found.start()))
    for found in FENCE.finditer(text):
        order = "SeqCst" if found.group(1) else "Release"
        yield Site(name, *place(text, found.start(2)), 0, order, line_at(raw, found.start()))


def source_files():
    for folder in ("src",):
        yield from sorted(str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*")
                          if path.suffix in (".hpp", ".cpp", ".S"))


def all_sites(odd):
    return [site for name in [*source_files(), *TWINS] if not name.endswith(".S") for site in sites_of(name, odd)]


def machine_lines():
    """(file, what is there) of each instruction and device barrier; a comment of a line is not one."""
    for name in source_files():
        for line in (ROOT / name).read_text().splitlines():
            code = re.sub(r"//.*", "", line)
            for found in MACHINE.finditer(code):
                yield name, code.strip()


class Table:
    def __init__(self):
        with open(HERE / "orders.toml", "rb") as file:
            table = tomllib.load(file)
        # What is open has no reason: it is counted apart, and said.
        self.open = table.get("open", [])
        self.listed = table.get("listed", []) + [dict(entry, why="") for entry in self.open]
        self.machine = table.get("machine", [])
        self.used = set()
        self.lines = Counter()      # of each line of `machine`, how many of the source it stands for

    def entry(self, site, to):
        for n, entry in enumerate(self.listed):
            if entry["file"] != site.file or entry["text"] not in site.text:
                continue
            if entry.get("order", site.order) == site.order and entry.get("to", to) == to and \
                    entry.get("slot", site.slot) == site.slot:
                self.used.add(("listed", n))
                return entry
        return None

    def machine_entry(self, name, code):
        for n, entry in enumerate(self.machine):
            if entry["file"] == name and entry["text"] in code:
                self.used.add(("machine", n))
                self.lines[n] += 1
                return entry
        return None

    def faults(self):
        for n, entry in enumerate(self.machine):
            if self.lines[n] not in (0, entry.get("lines", 1)):
                yield f'"{entry["text"]}" stands in {self.lines[n]} lines of {entry["file"]}, and orders.toml says {entry.get("lines", 1)}'
        for kind, entries in (("listed", self.listed), ("machine", self.machine)):
            for n, entry in enumerate(entries):
                if (kind, n) not in self.used:
                    yield f'orders.toml names "{entry["text"]}" of {entry["file"]}, which is not there'
                if len(entry.get("why", "")) < 30 and (kind == "machine" or n < len(self.listed) - len(self.open)):
                    yield f'orders.toml gives no reason for "{entry["text"]}" of {entry["file"]}'


def where(site):
    return f"{site.file}:{site.line}:{site.column}:{site.slot}"


def normal(path):
    return re.sub(r"^(\.\./)+", "", path)


def run_models(program, arguments):
    """The lines of models_tests as (models, orders): what holds, and what was refuted, by (place, to)."""
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    models, orders = [], {}
    for line in done.stdout.splitlines():
        words = line.split(" ", 7)
        if words[0] == "model":
            models.append((words[1], words[2], words[3], words[4], line.split(" ", 5)[5]))
        elif words[0] == "order":
            orders[(normal(words[1]), words[3])] = (words[4], words[5], words[6], words[7] if len(words) > 7 else "")
    if done.returncode != 0:
        models.append(("MOD01", "-", "refuted", "0", f"models_tests ended with {done.returncode}: {done.stderr[-300:]}"))
    return models, orders


def verdict(good, name, states, why=""):
    print(f"pass {name} {states}" if good else f"FAIL {name} {states}: {why}", flush=True)


def judge_orders(sites, orders, table, long):
    missing, stale = [], []
    refuted = listed = still_open = 0
    for site in sites:
        for to in WEAKER[site.order]:
            entry = table.entry(site, to)
            found = orders.get((where(site), to))
            if found and found[0] == "refuted":
                refuted += 1
                if entry:
                    stale.append(f"{where(site)} {site.order} -> {to} is listed, and {found[1]} refutes it")
            elif entry:
                listed += bool(entry["why"])
                still_open += not entry["why"]
            else:
                how = f"stood {found[2]} runs" if found else "no model reaches it"
                missing.append(f"{site.file}:{site.line} {site.order} -> {to} ({how}): {site.text}")
    for text in missing + stale:
        print(f"  {text}")
    verdict(not missing, "MOD01", f"every order that is not relaxed has its line: {refuted} weaker ones refuted, {listed} listed, "
            f"{still_open} open",
            f"{len(missing)} neither refuted nor listed, the first: {(missing or [''])[0]}")
    if long:
        verdict(not stale, "MOD02", "what is listed as not to be refuted was not", (stale or [""])[0])


def judge_table(sites, table):
    unlisted = [f"{name}: {code}" for name, code in machine_lines() if table.machine_entry(name, code) is None]
    verdict(not unlisted, "MOD03", "each ordering instruction and device barrier has its line in orders.toml",
            f"{len(unlisted)} have none, the first: {(unlisted or [''])[0]}")
    faults = list(table.faults())
    verdict(not faults, "MOD04", "each line of orders.toml is of something that is there, with a reason",
            (faults or [""])[0])
    return not unlisted and not faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", nargs="?")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--sites", action="store_true")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    odd = []
    sites = all_sites(odd)
    if options.sites:
        for site in sites:
            print(where(site), site.order, site.text)
        return 0
    table = Table()
    arguments = ["--times", str(options.times * (10 if options.long else 1))]
    for site in sites:
        for to in WEAKER[site.order]:
            if table.entry(site, to) and not options.long:
                arguments += ["--listed", f"{where(site)} {to}"]
    if options.table:
        return 0 if judge_table(sites, table) else 1
    models, orders = run_models(options.program, arguments)
    for name, model, outcome, runs, states in models:
        good = outcome == "holds"
        verdict(good, name, f"{states.split(': ')[0] if not good else states} ({model}, {runs} runs)", states)
    verdict(not odd, "MOD05", "each order is written at its access", (odd or [""])[0])
    judge_orders(sites, orders, table, options.long)
    judge_table(sites, table)
    ours = {(where(site), to) for site in sites for to in WEAKER[site.order]}
    # A fence of a model is its own to make.
    unknown = {key for key in orders if key not in ours and "_model.cpp:" not in key[0]}
    verdict(not unknown, "MOD06", "what the models reach is what the source was read to have", str(sorted(unknown)[:1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
