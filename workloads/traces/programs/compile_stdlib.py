# SPDX-License-Identifier: MIT
"""compile_stdlib: parse modules of the standard library, visit, compile.

Heap: one abstract syntax tree after the other, tens of thousands of small
nodes with dictionaries and lists, built bottom-up in C, read by a visitor and
dropped at once; besides, code objects and tables of names that stay.
"""
import ast
import os
import sys

MODULES = ["bisect", "fnmatch", "heapq", "queue", "sched", "shlex", "copy",
           "string", "textwrap", "glob", "csv", "getopt", "netrc", "timeit",
           "pprint"]


class Names(ast.NodeVisitor):
    """Where each name is used, and how deep functions are nested."""

    def __init__(self):
        self.lines = {}
        self.depth = self.deepest = 0

    def visit_Name(self, node):
        self.lines.setdefault(node.id, []).append(node.lineno)

    def visit_FunctionDef(self, node):
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        self.generic_visit(node)
        self.depth -= 1


def constants(code):
    """Constants of a code object and of those within."""
    return sum(1 + (constants(c) if hasattr(c, "co_consts") else 0)
               for c in code.co_consts)


def main(modules):
    folder = os.path.dirname(os.__file__)
    kept = {}
    nodes = 0
    for module in modules:
        path = os.path.join(folder, module + ".py")
        with open(path, "rb") as file:
            source = file.read()
        tree = ast.parse(source, module)
        names = Names()
        names.visit(tree)
        nodes += sum(1 for _ in ast.walk(tree))
        kept[module] = names, compile(tree, module, "exec")
    return (nodes, sum(len(names.lines) for names, _ in kept.values()),
            max(names.deepest for names, _ in kept.values()),
            sum(constants(code) for _, code in kept.values()))


modules = MODULES[:int(sys.argv[1])] if len(sys.argv) > 1 else MODULES
sys.audit("wane.trace", "start")
result = main(modules)
sys.audit("wane.trace", "end")
print(*result)
