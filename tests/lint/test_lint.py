#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_lint.py: shows that each rule of lint.py can fail, and can pass.

Builds small trees. Each case adds one breach to a clean tree; exactly the
rule it is made for must report it, at the place expected.
"""
import pathlib
import tempfile
import unittest

import lint
import rules_notes

HEAD = "// {}: for a test.\n// SPDX-License-Identifier: MIT\n"


def source(name, body=""):
    return HEAD.format(name) + body


CLEAN = {
    "README.md": "a project\n",
    ".hidden/anything": "dot-files are free\n",
    "runtime/README.md": "`DESIGN.md` `part.{c,h}` `inbox.c` `include/`: "
                         "`wane.h` `collector.h`\n",
    "runtime/DESIGN.md": "| Note | where |\n| [apply] | `part.c` |\n",
    "runtime/part.h": source("part.h"),
    "runtime/part.c": source(
        "part.c", '#include "part.h"\n#include <wane/wane.h>\n'
        "// A volatile word in a comment is none.\n"
        "// Note [apply]: pairs with\n// the other end.\n"
        "int f(void)\n{\n  load(memory_order_acquire);\n\n  return 0;\n}\n\n"
        "// Note\n// [apply].\nint g(void) { return 1; }\n"),
    "runtime/inbox.c": source("inbox.c", "#include <urcu/wfcqueue.h>\n"),
    "runtime/include/wane/wane.h": source("wane.h"),
    "runtime/include/wane/collector.h": source("collector.h"),
    "collectors/README.md": "`rc/*.c`, `rc/*.h`\n",
    "collectors/rc/rc.h": source("rc.h"),
    "collectors/rc/rc.c": source(
        "rc.c", '#include <wane/collector.h>\n#include "rc.h"\n'
        "#include <stdlib.h>\n"),
    "workloads/README.md": "`rings.c`, `trace/gct.h`, `trace/replay.c`\n",
    "workloads/rings.c": source("rings.c", "#include <wane/wane.h>\n"),
    "workloads/trace/gct.h": source("gct.h"),
    "workloads/trace/replay.c": source("replay.c", '#include "gct.h"\n'),
    "harness/README.md": "`main.c`\n",
    "harness/main.c": source(
        "main.c", '#include <wane/collector.h>\n#include "gct.h"\n'),
}

# What is added or replaced: the rule that must report it, and where.
BREACHES = [
    ("arrows", "runtime/inbox.c", 3, {
        "runtime/inbox.c": source("inbox.c", '#include "../harness/own.h"\n'),
        "harness/own.h": source("own.h"),
        "harness/README.md": "`main.c` `own.h`\n"}),
    ("arrows", "collectors/rc/rc.c", 3, {
        "collectors/rc/rc.c": source("rc.c", "#include <wane/wane.h>\n")}),
    ("arrows", "collectors/rc/rc.c", 4, {
        "collectors/rc/rc.c": source(
            "rc.c", '\n#include "runtime/part.h"\n')}),
    ("arrows", "collectors/rc/rc.c", 3, {
        "collectors/rc/rc.c": source("rc.c", "#include <pthread.h>\n")}),
    ("arrows", "workloads/rings.c", 3, {
        "workloads/rings.c": source(
            "rings.c", "#include <wane/collector.h>\n")}),
    ("arrows", "harness/main.c", 3, {
        "harness/main.c": source(
            "main.c", '#include "collectors/rc/rc.h"\n')}),
    ("circles", "runtime/part.h", 3, {
        "runtime/part.h": source("part.h", '#include "other.h"\n'),
        "runtime/other.h": source("other.h", '#include "part.h"\n'),
        "runtime/README.md": CLEAN["runtime/README.md"] + "`other.h`\n"}),
    ("doors", "harness/main.c", 3, {
        "harness/main.c": source("main.c", "#include <urcu.h>\n")}),
    ("doors", "workloads/rings.c", 3, {
        "workloads/rings.c": source("rings.c", "#include <cmocka.h>\n")}),
    ("doors", "harness/main.c", 3, {
        "harness/main.c": source("main.c", "#include <gsl/gsl_cdf.h>\n")}),
    ("words", "runtime/part.h", 3, {
        "runtime/part.h": source("part.h", "extern volatile int x;\n")}),
    ("words", "runtime/part.h", 4, {
        "runtime/part.h": source("part.h", '\n__asm__("pause");\n')}),
    ("notes", "harness/main.c", 3, {
        "harness/main.c": source(
            "main.c", "// Note [nobody wrote this].\n"
            "// Note [nobody wrote this].\n")}),
    ("notes", "harness/main.c", 3, {
        "harness/main.c": source("main.c", "// Note [once]: only here.\n")}),
    ("notes", "runtime/part.h", 3, {
        "runtime/part.h": source(
            "part.h", "// Note [unlisted]: here,\n// Note [unlisted].\n")}),
    ("notes", "runtime/DESIGN.md", 2, {
        "runtime/DESIGN.md": "| [apply] | `part.c` |\n| [gone] | `part.c` |"}),
    ("notes", "runtime/DESIGN.md", 1, {
        "runtime/DESIGN.md": "| [apply] | `part.h` |\n"}),
    ("orders", "harness/main.c", 5, {
        "harness/main.c": source(
            "main.c", "int f(void)\n{\n  load(memory_order_relaxed);\n}\n")}),
    ("heads", "harness/main.c", 1, {
        "harness/main.c": "// SPDX-License-Identifier: MIT\n"
                          "// SPDX-License-Identifier: MIT\n"}),
    ("heads", "harness/main.c", 2, {
        "harness/main.c": "// main.c: for a test.\n\n"}),
    ("heads", "harness/tool", 1, {
        "harness/tool": "#!/bin/sh\n",
        "harness/README.md": "`main.c` `tool`\n"}),
    ("columns", "harness/main.c", 3, {
        "harness/main.c": source("main.c", "//" + "x" * 79 + "\n")}),
    ("columns", "harness/main.c", 3, {
        "harness/main.c": source("main.c", "int x; \n")}),
    ("top", "docs", 1, {"docs/README.md": "no\n"}),
    ("readmes", "harness/new.c", 1, {"harness/new.c": source("new.c")}),
    ("readmes", "tests", 1, {"tests/new.c": source("new.c")}),
    ("foreign", "README.md", 2, {
        "README.md": "a project\nsee /ho" "me/me/notes\n"}),
    ("foreign", "README.md", 1, {"README.md": "../sha" "red/x\n"}),
    ("foreign", "README.md", 1, {"README.md": "deb.deb" "ian.org\n"}),
]


def findings(files):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return lint.breaches(lint.Tree(folder))


class Lint(unittest.TestCase):
    def test_clean_tree_passes(self):
        self.assertEqual(findings(CLEAN), [])

    def test_each_breach_is_found_by_its_rule_alone(self):
        for rule, path, line, change in BREACHES:
            with self.subTest(rule=rule, path=path, change=change):
                found = findings({**CLEAN, **change})
                self.assertEqual(
                    [f.split(": ")[:2] for f in found],
                    [[f"{path}:{line}", rule]], found)

    def test_each_rule_has_a_breach(self):
        self.assertEqual({b[0] for b in BREACHES}, set(lint.RULES))

    def test_binary_files_are_left_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, ".data").write_bytes(b"\0\xff#!/bin/sh\n")
            self.assertEqual(lint.breaches(lint.Tree(folder)), [])

    def test_order_near_a_note_passes(self):
        far = "\n".join(["int x;"] * 12)
        text = source("main.c", "// Note [apply].\n\n" + far
                      + "\n\nint f(void) { load(memory_order_release); }\n")
        files = {**CLEAN, "harness/main.c": text}
        self.assertEqual(len(findings(files)), 1)
        files["harness/main.c"] = text.replace("int x;\n", "", 3)
        self.assertEqual(findings(files), [])

    def test_functions_are_told_apart(self):
        text = ("// Doc.\nint f(int x)\n{\n\n  return x;\n}\n\n"
                "static __attribute__((unused)) int g(void) { return 1; }\n")
        self.assertEqual(list(rules_notes.functions(text)),
                         [(1, 6, "f()"), (8, 8, "g()")])


if __name__ == "__main__":
    unittest.main(argv=["test_lint.py"])
