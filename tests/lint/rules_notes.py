# SPDX-License-Identifier: MIT
"""rules_notes.py: every memory order is justified by a Note, and every Note
is written and cited.

"Note [name]" cites, "Note [name]: text" also says something of this end. Each
Note has such a text and at least two mentions; those of the runtime and the
collectors are listed in runtime/DESIGN.md, with the file where they stand.
"""
import re

from rules_code import line_of, strip_comments

CODE = ("runtime", "collectors", "workloads", "harness")
INDEX = "runtime/DESIGN.md"
INDEXED = ("runtime/", "collectors/")  # whose Notes it lists
NOTE = re.compile(r"\bNotes?\s+\[([^\]]+)\](:?)")
ORDER = re.compile(r"\bmemory_order_(relaxed|consume|acquire|release|acq_rel)")
NEAR = 12  # lines


def unfold(text):
    """The text with a comment's line breaks replaced by blanks of the same
    length, so that a citation that runs over two lines is one."""
    return re.sub(r"\n[ \t]*//[ \t]*", lambda m: " " * len(m.group()), text)


def mentions(text):
    """(offset, name, has a colon) of each Note in C source."""
    for match in NOTE.finditer(unfold(text)):
        yield match.start(), " ".join(match[1].split()), match[2] == ":"


def index(tree):
    """(line, names, file) of each row "| [a], [b] | `file` |" of the index."""
    text = tree.text(INDEX) if INDEX in tree.paths else ""
    for number, line in enumerate(text.split("\n"), 1):
        row = re.match(r"\| (\[.*\]) \| `([^`]+)` \|", line)
        if row:
            yield number, re.findall(r"\[([^\]]+)\]", row[1]), row[2]


def notes(tree):
    places, defined = {}, set()
    for path in tree.c_files(*CODE):
        text = tree.text(path) or ""
        for offset, name, colon in mentions(text):
            places.setdefault(name, []).append((path, line_of(text, offset)))
            if colon:
                defined.add(name)
    listed = set()
    for line, names, file in index(tree):
        for name in names:
            listed.add(name)
            if not any(path in (file, f"runtime/{file}")
                       for path, _ in places.get(name, [])):
                yield INDEX, line, f"Note [{name}] does not stand in {file}"
    for name, found in places.items():
        path, line = found[0]
        if name not in defined:
            yield path, line, f"Note [{name}] is cited but written nowhere"
        if len(found) < 2:
            yield path, line, (f"Note [{name}] stands once: both ends of what "
                               f"it explains cite it")
        ours = [place for place in found if place[0].startswith(INDEXED)]
        if ours and listed and name not in listed:
            yield *ours[0], f"Note [{name}] is not listed in {INDEX}"


def functions(text):
    """(first line, last line, name) of each function or other top-level
    piece: what stands between blank lines, but braces hold it together."""
    lines = strip_comments(text).split("\n")
    original = text.split("\n")
    start, depth = 0, 0
    for i, line in enumerate(lines):
        depth += line.count("{") - line.count("}")
        if depth <= 0 and not original[i].strip():
            yield from piece(lines, start, i)
            start, depth = i + 1, 0
    yield from piece(lines, start, len(lines))


def piece(lines, start, end):
    if start < end:
        code = " ".join(lines[start:end])
        name = re.search(r"(\w+)\s*\(", re.sub(
            r"#.*|__attribute__\s*\(\(.*?\)\)|_Atomic\s*\(.*?\)", "", code))
        yield start + 1, end, f"{name[1]}()" if name else "declaration"


def orders(tree):
    for path in tree.c_files(*CODE):
        text = tree.text(path) or ""
        code = strip_comments(text)
        noted = [line_of(text, offset) for offset, _, _ in mentions(text)]
        used = [line_of(code, m.start()) for m in ORDER.finditer(code)]
        for first, last, name in functions(text):
            if any(first <= n <= last for n in noted):
                continue
            bare = [u for u in used if first <= u <= last and
                    not any(abs(u - n) <= NEAR for n in noted)]
            if bare:
                yield path, bare[0], (f"{name}: {len(bare)} memory orders "
                                      f"without a Note")


RULES = {"notes": notes, "orders": orders}
