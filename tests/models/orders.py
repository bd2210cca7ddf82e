#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Judges the models: each holds, and every order of src/ that is not relaxed is needed by one.

The set of orders is read from the source, and each is made weaker in the models that reach it. What relacy cannot refute
stands with its reason in orders.toml. Source = refuted + listed, or the ring fails: an order that is new needs a model.

A run's choices follow from its number, so the run that refuted an order refutes it again as long as the sources that it goes
through are what they were: refuted.tsv has one for each, which is tried first. Where it does not, the models are
searched; `--record` writes what was found. `--long` makes ten times the runs, and looks whether what is listed is refuted
after all. `--sites` prints what the source has; `--only NAME` looks at one model and the orders that it reaches; `--table`
looks at orders.toml alone. Ends with 1 where something is wrong.

Refuted is what the program says is refuted: one that ends otherwise has shown nothing. And the run that refutes a weaker
order has to hold with the order as it is written, or it shows something else.
"""
import argparse
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict, namedtuple
from concurrent.futures import ThreadPoolExecutor
from functools import cache
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
        self.listed = table.get("listed", [])
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
                if len(entry.get("why", "")) < 30:
                    yield f'orders.toml gives no reason for "{entry["text"]}" of {entry["file"]}'


class Record:
    """refuted.tsv: of each order that was refuted, by its line's text, a model and the number of the run."""

    PATH = HERE / "refuted.tsv"

    def __init__(self, sites):
        self.keys = {}
        counts = defaultdict(int)
        for site in sites:
            same = (site.file, site.text, site.slot)
            self.keys[site] = (site.file, site.text, str(counts[same]), str(site.slot))
            counts[same] += 1
        self.found = {}
        for line in self.PATH.read_text().splitlines() if self.PATH.exists() else []:
            if not line.startswith("#"):
                *key, model, run = line.split("\t")
                self.found[tuple(key)] = (model, int(run))

    def get(self, site, to):
        return self.found.get((*self.keys[site], to))

    def write(self, refuted):
        """`refuted`: (site, to) and what was found."""
        lines = ["# What refutes each order when it is weaker; written by `orders.py --record`.",
                 "# file, line, which of those that are the same, slot, weaker order, model, run"]
        lines += ["\t".join((*self.keys[site], to, model, str(run))) for (site, to), (model, run, _) in refuted.items()]
        self.PATH.write_text("\n".join(lines) + "\n")


def where(site):
    return f"{site.file}:{site.line}:{site.column}:{site.slot}"


def normal(path):
    return re.sub(r"^(\.\./)+", "", path)


Held = namedtuple("Held", "ident name outcome runs states reached")


class Died(Exception):
    """How the program ended that gave no verdict."""


class Program:
    def __init__(self, path):
        self.path = path

    def lines(self, *arguments):
        done = subprocess.run([self.path, *map(str, arguments)], capture_output=True, text=True)
        return [line for line in done.stdout.splitlines() if line], done

    def models(self):
        return [(name, int(runs)) for name, runs in (line.split() for line in self.lines("--list")[0])]

    def verdict_of(self, *arguments):
        """(id, name, outcome, run, what it states), and the lines of it all."""
        lines, done = self.lines(*arguments)
        for line in lines:
            if line.startswith("model "):
                ident, name, outcome, run, text = line.split(" ", 5)[1:]
                if (outcome, done.returncode) in (("holds", 0), ("refuted", 1)):
                    return (ident, name, outcome, run, text), lines
        raise Died(f"models_tests gave no verdict and ended with {done.returncode}: {done.stderr.strip()[-300:]}")

    def hold(self, name, runs):
        try:
            found, lines = self.verdict_of("--only", name, "--runs", runs)
        except Died as why:
            return Held("MOD01", name, "died", "0", str(why), [])
        return Held(*found, [line.split()[1] for line in lines if line.startswith("reached ")])

    @cache
    def holds_in(self, name, run):
        """Whether that one run holds with all orders as they are written."""
        return self.verdict_of("--only", name, "--first", run, "--runs", 1)[0][2] == "holds"

    def weaken(self, name, place, to, first, runs):
        """(model, run, why), or None where it stood."""
        (_, _, outcome, run, text), _ = self.verdict_of("--only", name, "--first", first, "--runs", runs,
                                                        "--weaker", place, to)
        return (name, int(run), text.rpartition(": ")[2]) if outcome == "refuted" else None


failed = []     # the ids of what did


def verdict(good, name, states, why=""):
    print(f"pass {name} {states}" if good else f"FAIL {name} {states}: {why}", flush=True)
    if not good:
        failed.append(name)


class Search:
    def __init__(self, program, held, options):
        self.program = program
        self.options = options
        self.places = {}  # as we know it -> as the program does
        self.reaching = defaultdict(list)
        self.prefix = ""  # of the program's names of files
        self.known = {model.name for model in held}
        # Those that reach little first: they are quick, and made for what they reach.
        for model in sorted(held, key=lambda model: len(model.reached)):
            if model.outcome == "holds":
                for place in model.reached:
                    self.places[normal(place)] = place
                    self.prefix = place[:len(place) - len(normal(place))]
                    self.reaching[normal(place)].append(model.name)

    def refute(self, site, to, recorded, tries):
        """(what refuted it or None, whether it had to be searched, or what is wrong with that)."""
        try:
            found, searched = self.find(site, to, recorded, tries)
            if found and not self.program.holds_in(found[0], found[1]):
                return found, searched, f"run {found[1]} of {found[0]} is refuted without it, too"
            return found, searched, ""
        except Died as why:
            return None, False, str(why)

    def find(self, site, to, recorded, tries):
        names = list(self.reaching[where(site)])
        # A recorded run may come where the few runs of the models as they are did not.
        place = self.places.get(where(site), self.prefix + where(site))
        if recorded and recorded[0] in self.known:
            if found := self.program.weaken(recorded[0], place, to, recorded[1], 1):
                return found, False
            names.sort(key=lambda name: name != recorded[0])
        for name in names:
            if found := self.program.weaken(name, place, to, 1, tries):
                return found, True
        return None, True


def judge_orders(sites, search, table, record, options, pool):
    wanted = []
    for site in sites:
        for to in WEAKER[site.order]:
            entry = table.entry(site, to)
            if options.only and options.only not in search.reaching[where(site)]:
                continue
            if not entry or options.long:
                wanted.append((site, to, entry, pool.submit(search.refute, site, to, record.get(site, to), options.tries)))
    missing, stale, refuted, anew = [], [], {}, 0
    for site, to, entry, work in wanted:
        found, searched, wrong = work.result()
        if wrong:
            missing.append(f"{site.file}:{site.line} {site.order} -> {to} ({wrong}): {site.text}")
        elif found:
            refuted[site, to] = found
            anew += searched
            if entry:
                stale.append(f"{where(site)} {site.order} -> {to} is listed, and {found[0]} refutes it")
        elif not entry:
            how = "stood" if search.reaching[where(site)] else "no model reaches it"
            missing.append(f"{site.file}:{site.line} {site.order} -> {to} ({how}): {site.text}")
        if options.only or options.verbose:
            how = wrong or (f"{found[0]}, run {found[1]}: {found[2]}" if found else "stood")
            print(f"  {where(site)} {site.order} -> {to}: {how}", flush=True)
    for text in missing + stale:
        print(f"  {text}")
    if anew and not options.record:
        print(f"  {anew} were searched anew; `tests/models/orders.py --record PROGRAM` says where they are for the next time")
    if options.record:
        record.write(refuted)
    if options.only:
        return
    listed = sum(table.entry(site, to) is not None for site in sites for to in WEAKER[site.order])
    verdict(not missing, "MOD01",
            f"every order that is not relaxed has its line: {len(refuted)} weaker ones refuted, {listed} listed",
            f"{len(missing)} were neither refuted nor listed, the first: {(missing or [''])[0]}")
    if options.long:
        verdict(not stale, "MOD02", "what is listed as not to be refuted was not", (stale or [""])[0])


def judge_table(table):
    unlisted = [f"{name}: {code}" for name, code in machine_lines() if table.machine_entry(name, code) is None]
    verdict(not unlisted, "MOD03", "each ordering instruction and device barrier has its line in orders.toml",
            f"{len(unlisted)} have none, the first: {(unlisted or [''])[0]}")
    faults = list(table.faults())
    verdict(not faults, "MOD04", "each line of orders.toml is of something that is there, with a reason",
            (faults or [""])[0])


def judge_models(program, options, pool):
    def hold(model):
        name, runs = model
        return program.hold(name, runs * 10 if options.long else max(1, runs // options.part))

    chosen = [model for model in program.models() if not options.only or model[0] == options.only]
    all_held = []
    for held in pool.map(hold, chosen):
        good = held.outcome == "holds"
        states = held.states if good else held.states.split(": ")[0]
        verdict(good, held.ident, f"{states} ({held.name}, {held.runs} runs)", held.states)
        all_held.append(held)
    return all_held


def options_given():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", nargs="?")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="a line for each order")
    parser.add_argument("--only", metavar="MODEL")
    parser.add_argument("--part", type=int, default=1, help="of the runs that a model names, make this part")
    parser.add_argument("--tries", type=int, default=1000, help="runs of a model with an order weaker, where it is searched")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sites", action="store_true")
    parser.add_argument("--table", action="store_true")
    return parser.parse_args()


def main():
    options = options_given()
    odd = []
    sites = all_sites(odd)
    if options.sites:
        for site in sites:
            print(where(site), site.order, site.text)
        return 0
    if not options.table and not os.access(options.program or "", os.X_OK):
        print(f"orders.py: no program {options.program or 'given'}: it judges models_tests of the preset host, as the ring `models` builds it", file=sys.stderr)
        return 2
    program = Program(options.program)
    table = Table()
    if options.table:
        for site in sites:
            for to in WEAKER[site.order]:
                table.entry(site, to)
        judge_table(table)
        return 1 if failed else 0
    with ThreadPoolExecutor(options.jobs) as pool:
        held = judge_models(program, options, pool)
        verdict(not odd, "MOD05", "each order is written at its access", (odd or [""])[0])
        search = Search(program, held, options)
        judge_orders(sites, search, table, Record(sites), options, pool)
    if options.only:
        return 1 if failed else 0
    judge_table(table)
    # A fence of a model is its own to make.
    unknown = {place for place in search.places if "_model.cpp:" not in place} - {where(site) for site in sites}
    verdict(not unknown, "MOD06", "what the models reach is what the source was read to have", str(sorted(unknown)[:1]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
