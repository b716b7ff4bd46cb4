# SPDX-License-Identifier: MIT
"""rules_house.py: first lines, widths, folders and their READMEs, and what
must not be mentioned.
"""
import fnmatch
import posixpath
import re

STOREYS = ["runtime", "collectors", "workloads", "harness", "results", "tests"]
TOP = {*STOREYS, "CMakeLists.txt", "README.md", "CMakePresets.json", "LICENSE"}
SPDX = "SPDX-License-Identifier: MIT"
COLUMNS = 80

# Paths of somebody's machine, and hosts of package registries. Written in
# pieces, so that this file does not break its own rule.
FOREIGN = [
    r"(?<![\w.])/(?:ho" "me|Us" "ers|ro" "ot|wo" "rk)/",
    r"\.\./sha" "red",
    r"(?:deb|ftp|snapshot)\.deb" "ian\\.org|py" "pi\\.org|crates\\.i" "o"
    r"|proxy\.gol" "ang|registry\\.np" "mjs",
]


def is_script(tree, path):
    return (tree.text(path) or "").startswith("#!/")


def heads(tree):
    for path in tree.paths:
        text = tree.text(path)
        if text is None:
            continue
        lines = text.split("\n")
        base = posixpath.basename(path)
        if path.endswith((".c", ".h", ".cc", ".def")):
            if not lines[0].startswith(f"// {base}: "):
                yield path, 1, f"the first line is '// {base}: one sentence.'"
            if len(lines) < 2 or lines[1] != f"// {SPDX}":
                yield path, 2, f"the second line is '// {SPDX}'"
        elif (path.endswith((".py", ".sh", ".cmake")) or is_script(tree, path)
              or base == "CMakeLists.txt"):
            if not any(SPDX in line for line in lines[:4]):
                yield path, 1, f"no '{SPDX}' in the first lines"


def columns(tree):
    for path in tree.paths:
        if not path.endswith((".c", ".h", ".cc", ".def", ".py", ".sh",
                              ".cmake")) and not is_script(tree, path):
            continue
        for number, line in enumerate((tree.text(path) or "").split("\n"), 1):
            if len(line) > COLUMNS:
                yield path, number, f"{len(line)} columns, {COLUMNS} at most"
            if line != line.rstrip() or "\t" in line:
                yield path, number, "a tab, or blanks at the end"


def top(tree):
    for entry in sorted({path.split("/")[0] for path in tree.paths}):
        if entry not in TOP and not entry.startswith("."):
            yield entry, 1, "the top level holds " + ", ".join(sorted(TOP))


def expand(token):
    """a{b,c}d -> abd, acd"""
    match = re.search(r"\{([^{}]*)\}|\[([a-z]+)\]", token)
    if not match:
        return [token]
    parts = match[1].split(",") if match[1] is not None else match[2]
    return [word for part in parts
            for word in expand(token[:match.start()] + part
                               + token[match.end():])]


def named(readme):
    """The words of a README that may be file names or patterns of them."""
    words = re.findall(r"[\w./*?{},\[\]+-]+", readme)
    return {name for word in words for name in
            expand(re.sub(r"^[\[,]+|[\],.]+$", "", word)
                   if "{" not in word and "[" not in word else word)}


def readmes(tree):
    """Each file (but those of the build) has its line in the README of its
    folder, or of the nearest folder above that has one."""
    paths = set(tree.paths)
    words = {}
    for storey in STOREYS:
        if any(p.startswith(storey + "/") for p in paths) and (
                f"{storey}/README.md" not in paths):
            yield storey, 1, "has no README.md"
    for path in tree.paths:
        if path.split("/")[0] not in STOREYS or path.endswith(
                ("README.md", "CMakeLists.txt", ".cmake")):
            continue
        folder = posixpath.dirname(path)
        while folder and f"{folder}/README.md" not in paths:
            folder = posixpath.dirname(folder)
        if not folder:
            continue
        readme = f"{folder}/README.md"
        if readme not in words:
            words[readme] = named(tree.text(readme) or "")
        inside = posixpath.relpath(path, folder)
        base = posixpath.basename(path)
        if not any(word in (inside, base, path) or (
                any(c in word for c in "*?") and word.strip("*?./") and
                fnmatch.fnmatch(inside, word)) for word in words[readme]):
            yield path, 1, f"has no line in {readme}"


def foreign(tree):
    pattern = re.compile("|".join(FOREIGN))
    for path in tree.paths:
        text = tree.text(path)
        if text is None:
            continue
        for match in pattern.finditer(text):
            yield path, text.count("\n", 0, match.start()) + 1, (
                f"'{match.group()}' belongs to one machine or workplace")


RULES = {"heads": heads, "columns": columns, "top": top, "readmes": readmes,
         "foreign": foreign}
