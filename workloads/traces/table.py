# SPDX-License-Identifier: MIT
"""table.py WANE: the table in README.md, from the traces and programs.

Prints it, too. What a program does is the first sentence of its docstring.
"""
import ast
import pathlib
import re
import subprocess
import sys

BEGIN, END = "<!-- table.py: -->\n", "<!-- :table.py -->\n"
HEAD = ["trace", "the program", "threads", "events", "births", "peak live",
        "peak MB", "in the end", "bytes"]


def describe(program):
    """What the first line of the docstring says behind the name."""
    text = ast.get_docstring(ast.parse(program.read_text(encoding="utf-8")))
    return text.split("\n\n")[0].split(": ", 1)[1].rstrip(".")


def find(pattern, text):
    return int(re.search(pattern, text, re.MULTILINE)[1])


def row(wane, trace):
    info = subprocess.run([wane, "trace", "info", trace], check=True,
                          capture_output=True, encoding="utf-8").stdout
    program = trace.parent / "programs" / (trace.stem + ".py")
    return [f"`{trace.name}`", describe(program),
            find(r"^threads +(\d+)", info), find(r"^events +(\d+)", info),
            find(r"^births +(\d+)", info),
            find(r"^peak live +(\d+) objects", info),
            round(find(r"^peak live .* (\d+) bytes", info) / 1e6, 1),
            find(r"^final +objects (\d+)", info), trace.stat().st_size]


def main(wane):
    here = pathlib.Path(__file__).resolve().parent
    rows = [HEAD, ["---"] * 2 + ["--:"] * (len(HEAD) - 2)]
    rows += [row(wane, trace) for trace in sorted(here.glob("*.gct"))]
    table = "".join(f"| {' | '.join(map(str, row))} |\n" for row in rows)
    readme = here / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    readme.write_text(before + BEGIN + table + END + rest.split(END)[1],
                      encoding="utf-8")
    print(table, end="")


main(sys.argv[1])
