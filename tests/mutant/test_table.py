#!/usr/bin/env python3
# test_table.py: the README's table of mutants says what code and tests say.
# SPDX-License-Identifier: MIT
"""usage: test_table.py ROOT

Every mutant that the runtime or a collector names has a row and a test, and no
other has; the row names the scenario that the test expects to kill it.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
HERE = ROOT / "tests/mutant"


def in_code():
    """Numbers of mutants, as the code has them."""
    numbers = set()
    for folder in ("runtime", "collectors"):
        for path in (ROOT / folder).rglob("*.[ch]"):
            numbers |= {int(n) for n in re.findall(
                r"WANE_MUTANT [!=]= (\d+)", path.read_text())}
    return numbers - {0}


def in_tests():
    """Number to killer, as the lists of mutant.cmake have them."""
    lines = re.findall(r"^  (\w+)\)? +# (\d+)$",
                       (HERE / "mutant.cmake").read_text(), re.M)
    return {int(n): killer for killer, n in lines}


def in_table():
    rows = re.findall(r"^\| (\d+) \| .* \| `(\w+)` \| .* \|$",
                      (HERE / "README.md").read_text(), re.M)
    return {int(n): killer for n, killer in rows}


def main():
    code, tests, table = in_code(), in_tests(), in_table()
    bad = []
    for n in sorted(code | tests.keys() | table.keys()):
        if n not in code:
            bad.append("mutant %d: no code names it" % n)
        elif tests.get(n) != table.get(n):
            bad.append("mutant %d: the test expects %s, the table says %s" % (
                n, tests.get(n), table.get(n)))
    for sentence in bad:
        print(sentence)
    print("%d mutants, %d wrong" % (len(code), len(bad)))
    return 1 if bad or not code else 0


if __name__ == "__main__":
    sys.exit(main())
