# SPDX-License-Identifier: MIT
"""pyflakes_lint: look for mistakes in modules of the standard library.

Heap: a syntax tree to whose nodes parents and depths are added, so that each
is one cycle; scopes that are dictionaries of bindings that refer to nodes; and
a queue of functions whose bodies are looked at later. All of a module is
garbage, in one large cycle, when the next one begins.
"""
import ast
import os
import sys

from pyflakes import checker

MODULES = ["bisect", "sched", "fnmatch", "queue", "glob", "heapq", "copy",
           "string", "shlex", "textwrap"]

# Something to find.
FAULTY = """
import os, sys
from string import *
def lost(a, b):
    c = a + undefined_name
    def inner():
        unused = b
        return lambda x: x + missing
    return inner
def lost(a):
    "{} {}".format(1)
    return f"no place {a!r}" if a is "text" else f""
"""


def lint(name, source):
    tree = ast.parse(source, name)
    messages = checker.Checker(tree, filename=name).messages
    return sorted(str(message) for message in messages)


def main(modules):
    folder = os.path.dirname(os.__file__)
    kept = {}
    for module in modules:
        with open(os.path.join(folder, module + ".py"),
                  encoding="utf-8") as file:
            kept[module] = lint(module, file.read())
        kept[module] += lint("faulty", FAULTY)
    return len(kept), sum(map(len, kept.values()))


modules = MODULES[:int(sys.argv[1])] if len(sys.argv) > 1 else MODULES
sys.audit("wane.trace", "start")
result = main(modules)
sys.audit("wane.trace", "end")
print(*result)
