#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""summary.py: counts the tests in a report of ctest.

summary.py VARIETY REPORT.xml

Prints "passed failed skipped" on stdout; on stderr one line for each test
that failed or was skipped, the latter with its reason. A program of several
cmocka tests counts as several; one that died counts as at least one failure.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

STARTED = re.compile(r"^\[ RUN\s*\] (\w+)\s*$", re.M)
VERDICT = re.compile(r"^\[\s*(OK|FAILED|SKIPPED|ERROR)\s*\] (\w+)\s*$", re.M)


def verdicts(case):
    """[(name, "passed" | "failed" | "skipped", reason)] of one ctest test."""
    name = case.get("name")
    output = case.findtext("system-out") or ""
    status = case.get("status")  # run, fail, notrun, disabled
    skipped = case.find("skipped")
    ran_well = status == "run" and case.find("failure") is None
    if skipped is not None or status in ("notrun", "disabled"):
        lines = output.strip().splitlines()
        reason = lines[-1] if lines else ""
        # A missing executable is "not run" too, and no reason to be calm.
        if skipped is not None and "SKIP_RETURN_CODE" in (
                skipped.get("message") or ""):
            return [(name, "skipped", reason or "no reason printed")]
        return [(name, "failed", f"not run: {reason}")]
    found = {} if ran_well else {test: "failed"
                                 for test in STARTED.findall(output)}
    for match in VERDICT.finditer(output):
        verdict, test = match.groups()
        found[test] = {"OK": "passed", "SKIPPED": "skipped"}.get(
            verdict, "failed")
    results = [(f"{name}.{test}", verdict, skip_reason(output, test))
               for test, verdict in found.items()]
    if ran_well:
        return results or [(name, "passed", "")]
    if not any(verdict == "failed" for _, verdict, _ in results):
        results.append((name, "failed", "ended badly, see its output"))
    return results


def skip_reason(output, test):
    """The last line that the test printed before it was skipped."""
    before = re.split(rf"^\[\s*SKIPPED\s*\] {test}\s*$", output,
                      maxsplit=1, flags=re.M)[0]
    lines = before.split(f"] {test}\n", 1)[-1].strip().splitlines()
    return lines[-1] if lines else "no reason printed"


def main():
    variety, path = sys.argv[1:3]
    count = {"passed": 0, "failed": 0, "skipped": 0}
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        for name, verdict, reason in verdicts(case):
            count[verdict] += 1
            if verdict == "skipped":
                print(f"{variety}: skipped {name}: {reason}", file=sys.stderr)
            elif verdict == "failed":
                print(f"{variety}: FAILED {name}", file=sys.stderr)
    print(count["passed"], count["failed"], count["skipped"])


if __name__ == "__main__":
    main()
