#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tutorial.py: does with a file what a README's steps say.

    tutorial.py README steps           prints the numbers of the steps
    tutorial.py README step N FILE     puts the code of step N into FILE

A step is what stands below "### Step N: ..."; its pieces are its ```c blocks.
The file's parts begin with a line "// --- name ---", but for the first. A
piece replaces the part of its name, or goes before the part "collect".
"""
import re
import sys

PART = re.compile(r"^// --- ([a-z ]+?) -+$", re.M)


def steps(readme):
    """{number: [piece]}"""
    found = {}
    for section in re.split(r"^#+ ", readme, flags=re.M):
        title = re.match(r"Step (\d+): ", section)
        if title:
            found[int(title[1])] = re.findall(r"^```c\n(.*?)^```$", section,
                                              re.M | re.S)
    return found


def parts(text):
    """[(name, text)]; the first part's name is ''."""
    starts = [(0, "")] + [(m.start(), m[1]) for m in PART.finditer(text)
                          if m.start()]
    first = PART.match(text)
    if first:
        starts[0] = (0, first[1])
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return [(name, text[start:end])
            for (start, name), end in zip(starts, ends)]


def put(pieces, text):
    file = parts(text)
    for piece in pieces:
        for name, new in parts(piece):
            names = [name for name, _ in file]
            new = new.rstrip("\n") + "\n\n"
            if name in names:
                file[names.index(name)] = (name, new)
            else:
                file.insert(names.index("collect"), (name, new))
    return "".join(part for _, part in file).rstrip("\n") + "\n"


def main():
    with open(sys.argv[1], encoding="utf-8") as readme:
        found = steps(readme.read())
    if not found or sorted(found) != list(range(1, len(found) + 1)):
        sys.exit(f"{sys.argv[1]}: expected steps 1, 2, ..., found "
                 f"{sorted(found)}")
    if sys.argv[2] == "steps":
        print(*sorted(found))
        return
    pieces = found[int(sys.argv[3])]
    if not pieces:
        sys.exit(f"{sys.argv[1]}: step {sys.argv[3]} has no code")
    with open(sys.argv[4], encoding="utf-8") as file:
        text = file.read()
    with open(sys.argv[4], "w", encoding="utf-8") as file:
        file.write(put(pieces, text))


if __name__ == "__main__":
    main()
