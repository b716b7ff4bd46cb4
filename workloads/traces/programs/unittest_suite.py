# SPDX-License-Identifier: MIT
"""unittest_suite: the examples in the standard library's docstrings, as tests.

Heap: a tree of suites and cases that is built first and then eaten up, case by
case; each compiles its examples and runs them in a namespace of its own. Tests
of another kind make classes, each of which is a cycle, and keep exceptions
whose tracebacks hold the frames that keep them: garbage of all sizes.
"""
import collections
import dataclasses
import doctest
import enum
import importlib
import io
import sys
import unittest

MODULES = ["bisect", "heapq", "collections", "difflib", "statistics", "copy",
           "html", "colorsys"]


class Failing(unittest.TestCase):
    """Tests that fail and clean up, for every suite has some."""

    def setUp(self):
        self.stack = [self]
        self.addCleanup(self.stack.clear)

    def dig(self, depth):
        self.stack.append([self.stack])
        if depth == 0:
            raise LookupError(len(self.stack))
        self.dig(depth - 1)

    def test_error(self):
        self.dig(12)

    @unittest.expectedFailure
    def test_expected(self):
        self.assertEqual(list(range(40)), sorted(range(40), reverse=True))

    def test_sub_tests(self):
        for i in range(30):
            with self.subTest(i=i), self.assertRaises(LookupError):
                self.dig(i % 5)
            self.stack.clear()


class Making(unittest.TestCase):
    """Tests of classes that are made for one test."""

    def test_tuples(self):
        for n in range(1, 6):
            made = collections.namedtuple("Made", [f"f{i}" for i in range(n)])
            self.assertEqual(made(*range(n))._asdict()["f0"], 0)

    def test_data(self):
        for n in range(1, 4):
            made = dataclasses.make_dataclass(
                "Made", [(f"f{i}", int) for i in range(n)], order=True)
            self.assertLess(made(*range(n)), made(*range(1, n + 1)))

    def test_enumerations(self):
        for n in range(1, 8):
            made = enum.IntFlag("Made", [f"F{i}" for i in range(n)])
            self.assertEqual(sum(made), 2 ** n - 1)

    def test_kept_exceptions(self):
        kept = []
        for n in range(40):
            try:
                [][n]
            except IndexError as error:
                kept.append(error)
        self.assertEqual(len(kept), 40)


def main(modules, rounds):
    results = []
    for _ in range(rounds):
        suite = unittest.TestSuite()
        for case in (Making, Failing):
            suite.addTest(
                unittest.defaultTestLoader.loadTestsFromTestCase(case))
        for module in modules:
            suite.addTest(doctest.DocTestSuite(module))
        runner = unittest.TextTestRunner(stream=io.StringIO(), verbosity=0)
        result = runner.run(suite)
        results.append((result.testsRun, len(result.failures),
                        len(result.errors), len(result.expectedFailures)))
    return results[-1]


modules = [importlib.import_module(name) for name in MODULES]
rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
sys.audit("wane.trace", "start")
result = main(modules, rounds)
sys.audit("wane.trace", "end")
print(*result)
