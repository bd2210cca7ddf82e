# SPDX-License-Identifier: MIT
"""The files of the tree, whether it came from git or from an archive; a machine that only builds may have no git."""

import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED_FOLDERS = {".git", "build", "__pycache__", ".cache"}


def files(root=ROOT):
    """Every file that belongs to the tree at `root`, relative, sorted."""
    root = pathlib.Path(root)
    if (root / ".git").exists() and shutil.which("git"):
        done = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z"],
                              capture_output=True, check=False)
        if done.returncode == 0:
            names = sorted(name for name in done.stdout.decode().split("\0") if name)
            return [pathlib.Path(name) for name in names if (root / name).is_file()]
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
        found += [(pathlib.Path(folder) / name).relative_to(root) for name in names]
    return sorted(found)
