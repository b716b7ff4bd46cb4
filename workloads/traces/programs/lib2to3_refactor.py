# SPDX-License-Identifier: MIT
"""lib2to3_refactor: rewrite programs with the fixers of lib2to3.

Heap: concrete syntax trees whose nodes know their parents and siblings, so
each of them is one large cycle with many edges back; patterns that match cut
them up and splice them. A tree that is dropped is cyclic garbage.
"""
import sys
import warnings

warnings.simplefilter("ignore")  # lib2to3 is deprecated
from lib2to3 import refactor  # noqa: E402

FIXERS = ["apply", "except", "exec", "has_key", "ne", "print", "raise", "repr",
          "types", "xrange"]

# Of an older language: what the fixers are there for.
SOURCE = '''
import types
def report{n}(table, limit):
    for key in table.keys():
        if table.has_key(key) and key <> limit:
            print "%s: %r" % (key,table[key]),
    try:
        values = list(map(lambda x: x * {n}, table.values()))
        for i in xrange(len(values)):
            print `values[i]`, types.IntType
    except (KeyError, IndexError), error:
        raise ValueError, "no %d" % limit
    exec "limit = {n}" in table
    return apply(max, values)
'''


def main(tool, files, functions):
    nodes = characters = 0
    for file in range(files):
        text = "".join(SOURCE.format(n=file * functions + n)
                       for n in range(functions))
        tree = tool.refactor_string(text, f"file {file}")
        nodes += sum(1 for _ in tree.pre_order())
        characters += len(str(tree))
    return nodes, characters


files = int(sys.argv[1]) if len(sys.argv) > 1 else 5
tool = refactor.RefactoringTool(["lib2to3.fixes.fix_" + name
                                 for name in FIXERS])
sys.audit("wane.trace", "start")
result = main(tool, files, 4)
sys.audit("wane.trace", "end")
print(*result)
