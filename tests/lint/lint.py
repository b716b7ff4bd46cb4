#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lint.py: the house rules. lint.py [ROOT]

Prints one line per breach, "path:line: rule: sentence", and ends with exit
code 1 if there is any. What clang-format thinks is a warning only.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import rules_code
import rules_house
import rules_notes

SKIPPED = {".git", ".build", "build", "__pycache__"}
RULES = {**rules_code.RULES, **rules_notes.RULES, **rules_house.RULES}


class Tree:
    """The files under `root`, by their path from it."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.paths = []
        for folder, folders, files in os.walk(self.root):
            folders[:] = sorted(f for f in folders if f not in SKIPPED)
            for name in sorted(files):
                path = pathlib.Path(folder, name).relative_to(self.root)
                self.paths.append(path.as_posix())
        self._texts = {}

    def text(self, path):
        """The file's text; None if it is not text."""
        if path not in self._texts:
            data = (self.root / path).read_bytes()
            try:
                text = None if b"\0" in data else data.decode()
            except UnicodeDecodeError:
                text = None
            self._texts[path] = text
        return self._texts[path]

    def c_files(self, *storeys):
        """C and C++ files, of these storeys or of all."""
        for path in self.paths:
            if not path.endswith((".c", ".h", ".cc")):
                continue
            if not storeys or path.split("/")[0] in storeys:
                yield path


def breaches(tree):
    """["path:line: rule: sentence"] of all rules."""
    found = []
    for name, rule in RULES.items():
        for path, line, sentence in rule(tree):
            found.append(f"{path}:{line}: {name}: {sentence}")
    return found


def format_warning(tree):
    """How many files clang-format would change; None without clang-format."""
    tool = shutil.which("clang-format")
    if not tool:
        return None
    files = list(tree.c_files())
    result = subprocess.run(
        [tool, "--dry-run", *files], cwd=tree.root, text=True,
        capture_output=True, check=False)
    return sorted(set(re.findall(r"^(\S+?):\d+:\d+: warning", result.stderr,
                                 re.M)))


def main():
    tree = Tree(sys.argv[1] if len(sys.argv) > 1 else ".")
    found = breaches(tree)
    print("\n".join(found))
    odd = format_warning(tree)
    if odd is None:
        print("clang-format is not installed: its opinion is not asked")
    elif odd:
        print(f"warning: clang-format would change {len(odd)} files: "
              + " ".join(odd[:10]) + (" ..." if len(odd) > 10 else ""))
    print(f"{len(tree.paths)} files, {len(RULES)} rules, "
          f"{len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
