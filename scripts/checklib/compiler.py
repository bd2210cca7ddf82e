# SPDX-License-Identifier: MIT
"""Command lines from a preset's compile_commands.json, and jobs on all cores with a memory of what passed.

The memory is this user's, beside the files that setup.sh fetched: as with ccache, a fresh clone need not look again at what
another one of the same contents, commands and compiler has passed."""

import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import shlex
import subprocess

from checklib import cpp, tree


def database(build):
    """[(source, words, directory)] or None where the preset was never configured."""
    path = pathlib.Path(build) / "compile_commands.json"
    if not path.exists():
        return None
    return [(pathlib.Path(e["file"]), shlex.split(e["command"]), e["directory"]) for e in json.loads(path.read_text())]


def flags_of(words):
    """The command without source, output and dependency options: for another source of the same kind."""
    kept, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MT", "-c"):
            skip = word != "-c"
        elif word in ("-MD", "-MMD") or word.startswith("-fcallgraph-info") or word.endswith((".cpp", ".S")):
            pass
        else:
            kept.append(word)
    return kept


def include_roots(words):
    return [pathlib.Path(w[2:]) for w in words if w.startswith("-I")]


def closure(path, roots, cache):
    """Every file of ours that `path` includes, itself too."""
    seen, todo = {path}, [path]
    while todo:
        file = todo.pop()
        if file not in cache:
            cache[file] = [(q, n) for _, q, n in cpp.includes(file.read_text(errors="replace"))]
        for quote, name in cache[file]:
            places = ([file.parent] if quote == '"' else []) + roots
            found = next((p / name for p in places if (p / name).is_file()), None)
            if found and found not in seen:
                seen.add(found)
                todo.append(found)
    return seen


CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "quartet" / "passed"
MOST_KEYS = 20_000      # of one check: some thirty trees


@functools.cache
def version(program):
    """What the program says of its version: another one may judge otherwise."""
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout


class Memory:
    """Which jobs of a check passed with exactly these inputs; a job that failed is always made again. A tree that is not
    this repository's (a planted violation and its twin) has a memory of its own, and no past."""

    def __init__(self, name, root):
        self.root = pathlib.Path(root)
        self.path = (CACHE if self.root == tree.ROOT else self.root / "build") / f"{name}.json"
        self.known = self._read()
        self.used = {}

    def _read(self):
        try:
            return dict.fromkeys(json.loads(self.path.read_text()))
        except (OSError, ValueError):
            return {}

    def key(self, words, files):
        """Of a command, by the contents of its files: where the tree lies makes no difference."""
        digest = hashlib.sha256("\0".join(word.replace(str(self.root), "@ROOT@") for word in words).encode())
        digest.update(version(words[0]).encode())
        for file in sorted(files):
            digest.update(file.read_bytes())
        return digest.hexdigest()

    def save(self):
        """What was used last stands first, before what others have added meanwhile."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        written = self.path.with_suffix(f".{os.getpid()}")
        written.write_text(json.dumps(list({**self.used, **self._read()})[:MOST_KEYS]))
        written.replace(self.path)


def run_jobs(jobs, memory):
    """jobs: [(label, words, text for stdin or None, key, directory)]. Returns [(label, output)] of those that failed."""
    def one(job):
        label, words, text, key, directory = job
        if key in memory.known:
            return job, None
        done = subprocess.run(words, input=text, capture_output=True, text=True, cwd=directory, check=False)
        return job, None if done.returncode == 0 else done.stdout + done.stderr

    failed = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (label, _, _, key, _), output in pool.map(one, jobs):
            if output is None:
                memory.used[key] = None
            else:
                failed.append((label, output))
    memory.save()
    return failed
