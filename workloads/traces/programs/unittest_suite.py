# SPDX-License-Identifier: MIT
"""unittest_suite: the examples in the standard library's docstrings, as tests.

Heap: a tree of suites and cases that is built first and then eaten up, case by
case; each compiles and runs its examples in a namespace of its own, whose
functions refer back to it, and raises exceptions whose tracebacks hold frames:
much garbage in cycles, of all sizes.
"""
import doctest
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


def main(modules, rounds):
    results = []
    for _ in range(rounds):
        suite = unittest.TestSuite()
        suite.addTest(unittest.defaultTestLoader.loadTestsFromTestCase(Failing))
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
