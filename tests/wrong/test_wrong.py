#!/usr/bin/env python3
# test_wrong.py: wrong collectors, each of which `wane check` must find out.
# SPDX-License-Identifier: MIT
"""usage: test_wrong.py [--write] [--only N] WANE FOLDER

Checks every collector of wrong.txt (built as FOLDER/wrong_N.so) with `wane
check --quick`, the law that should break first. Fails if the right one (0)
breaks a law, if a wrong one keeps all, or if the law that wrong.txt names is
not among those it breaks; `ends` and `leaks` will do, since they are laws of
the same runs. Prints which law catches which. With --write the table of
README.md is written anew, from all laws.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
LINE = re.compile(r"(\d+) +(\w+) +(\S+) +(.*) \| (.*)")
SEED = os.environ.get("WANE_SEED", "1")
# Whose failures are made shorter, and what is in the command then; the others'
# stay as they were found.
SHORTENED = {"1": "from=", "9": "keep=", "18": ",name="}


def wrongs():
    for line in (HERE / "wrong.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            match = LINE.fullmatch(line)
            if not match:
                sys.exit("wrong.txt: not understood: " + line)
            yield match.groups()


def check(wane, plugin, law, seconds):
    """The laws that are broken, with their failures."""
    command = [wane, "check", "--quick", "--json", "--seed", SEED,
               "--timeout", "20", "--shorten", str(seconds)]
    if law:
        command += ["--law", law]
    done = subprocess.run(command + [str(plugin)], capture_output=True,
                          text=True, errors="replace", check=False)
    if done.returncode not in (0, 4):
        sys.exit("%s: exit code %d\n%s" % (" ".join(command), done.returncode,
                                           done.stderr))
    laws = json.loads(done.stdout)["laws"]
    return {law["law"]: law["failure"] for law in laws
            if law["verdict"] == "broken"}


def law_to_try(law):
    """`ends`, `leaks` and `loads` are laws of every run."""
    return {"-": None, "ends": "programs", "leaks": "programs",
            "loads": "programs"}.get(law, law)


def write(rows):
    readme = HERE / "README.md"
    text = readme.read_text()
    table = "\n".join(rows)
    begin, end = "<!-- table -->\n", "<!-- end -->"
    head, rest = text.split(begin)
    readme.write_text(head + begin + table + "\n" + end + rest.split(end)[1])


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("wane")
    parser.add_argument("folder", type=pathlib.Path)
    args = parser.parse_args()
    rows = ["| | what is wrong | whose bug | caught by |", "|---|---|---|---|"]
    survived, number = [], 0
    for n, source, law, what, whose in wrongs():
        if args.only and args.only != n:
            continue
        broken = check(args.wane, args.folder / ("wrong_%s.so" % n),
                       None if args.write else law_to_try(law),
                       20 if n in SHORTENED else 0)
        number += 1
        ok = (not broken if law == "-" else
              not broken.keys().isdisjoint({law, "ends", "leaks"}))
        if n in SHORTENED:
            ok = ok and SHORTENED[n] in broken[law]["command"]
        print("%s %2s %-6s %-10s %s" % (
            "ok  " if ok else "FAIL", n, source, law,
            ", ".join(sorted(broken)) or "no law is broken"))
        for name, failure in broken.items():
            print("         %s: %s" % (name, failure["reason"][:150]))
            if "operations" in failure:
                print("         %d of %d operations" % (
                    failure["operations"], failure["operations_before"]))
        if not ok:
            survived.append(n)
        if law != "-":
            rows.append("| %s | %s | %s | %s |" % (
                n, what, "" if whose == "-" else whose,
                ", ".join("**%s**" % b if b == law else b
                          for b in sorted(broken))))
    if args.write:
        write(rows)
    print("%d collectors, %d not found out%s" % (
        number, len(survived), ": " + " ".join(survived) if survived else ""))
    return 1 if survived or not number else 0


if __name__ == "__main__":
    sys.exit(main())
