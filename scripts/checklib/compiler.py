# SPDX-License-Identifier: MIT
"""Command lines from a preset's compile_commands.json, and jobs on all cores with a memory of what passed."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess

from checklib import cpp


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


class Memory:
    """Which jobs passed with exactly these inputs; a job that failed is always made again."""

    def __init__(self, path):
        self.path = path
        try:
            self.known = set(json.loads(path.read_text()))
        except (OSError, ValueError):
            self.known = set()
        self.used = set()

    @staticmethod
    def key(words, files):
        digest = hashlib.sha256("\0".join(words).encode())
        for file in sorted(files):
            digest.update(file.read_bytes())
        return digest.hexdigest()

    def save(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(sorted(self.used)))


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
                memory.used.add(key)
            else:
                failed.append((label, output))
    memory.save()
    return failed
