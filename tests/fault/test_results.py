#!/usr/bin/env python3
# test_results.py: what is on disk when `wane run` is killed, or the disk full.
# SPDX-License-Identifier: MIT
#
# test_results.py WANE PRELOAD WORKLOAD: kills it at every step of its output
# (half-way through each write), and fills the disk at many places, by a library
# that is loaded before it. What is left must be what results/README.md says,
# and the folder must not be written to again.

import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

WANE, PRELOAD, WORKLOAD = sys.argv[1:4]
INVOCATIONS = 2
HERE = os.path.dirname(os.path.abspath(__file__))
with open(HERE + "/../../harness/companions.def") as table:
    COMPANIONS = re.findall(r'"([a-z_]+\.csv\.zst)"', table.read())
checks = 0


def check(true, *words):
    global checks
    checks += 1
    if not true:
        print("FAILED:", *words)
        sys.exit(1)


def run(folder, **faults):
    environment = dict(os.environ)
    if faults:
        environment["LD_PRELOAD"] = PRELOAD
    for name, value in faults.items():
        environment["FAULT_" + name] = str(value)
    command = [WANE, "run", "-crc", "-w" + WORKLOAD + ",nodes=10", "-q",
               f"-i{INVOCATIONS}", "--format=csv", "--numa=real",
               "-o" + folder]
    return subprocess.run(command, env=environment, capture_output=True,
                          text=True, timeout=300)


def whole_rows(text):
    """Rows, and whether a last line without its end follows."""
    lines = text.split("\n")
    return (list(csv.reader(io.StringIO("\n".join(lines[:-1])))),
            lines[-1] != "")


def rows_of(text, what):
    """Whole rows, after the header; a last line without its end is none."""
    whole, cut = whole_rows(text)
    for row in whole:
        check(len(row) == len(HEADER), what, "a row of", len(row), "fields")
    check(not whole or whole[0] == HEADER, what, "header", whole[:1])
    return whole[1:], cut


def ids_of(rows):
    at = HEADER.index("invocation_id")
    return list(dict.fromkeys(row[at] for row in rows))


def companion_of(path, what, may_be_cut):
    done = subprocess.run(["zstd", "-dcq", path], capture_output=True,
                          text=True)
    check(done.returncode == 0 or may_be_cut, what, done.stderr)
    lines = done.stdout.split("\n")[:-1]
    for line in lines:
        check(line.count(",") == lines[0].count(","), what, path, line)


def look(folder, what, killed):
    """What must be true of a folder whatever happened. Returns its rows."""
    names = set(os.listdir(folder))
    known = {"results.csv", "numa.csv", "topology.xml", "run.json",
             *COMPANIONS}
    for name in names:
        base = name.removesuffix(".part").removesuffix(".new")
        check(base in known, what, "a file", name)
    check("run.json.new" not in names or killed, what, names)
    if "run.json" in names:
        check(known <= names, what, "run.json promises what is not there:",
              names)
    rows = []
    for end in "", ".part":
        path = f"{folder}/results.csv{end}"
        if os.path.exists(path):
            with open(path, newline="") as file:
                rows, cut = rows_of(file.read(), what)
            check(not cut or (killed and end), what, "a row that is cut")
        path = f"{folder}/numa.csv{end}"
        if os.path.exists(path):
            with open(path, newline="") as file:
                nodes, cut = whole_rows(file.read())
            check(not cut or (killed and end), what, "a row that is cut")
            check(len({len(row) for row in nodes}) < 2, what, "numa.csv")
        path = f"{folder}/topology.xml{end}"
        if os.path.exists(path):
            ElementTree.parse(path)
        for name in COMPANIONS:
            path = f"{folder}/{name}{end}"
            if os.path.exists(path):
                companion_of(path, what, killed and end)
        path = f"{folder}/run.json{end}"
        if os.path.exists(path):
            with open(path) as file:
                provenance = json.load(file)
            ids = [i["invocation_id"] for i in provenance["invocations"]]
            found = ids_of(rows)
            check(found[:len(ids)] == ids and len(found) <= len(ids) + 1,
                  what, "run.json lists", ids, "rows are of", found)
            check("end_utc" in provenance or end, what, "run.json has no end")
    per = {i: sum(i in row for row in rows) for i in ids_of(rows)}
    for i, n in per.items():
        last = i == ids_of(rows)[-1]
        check(n == ROWS_EACH or (killed and last), what, i, "has", n, "rows")
    return rows


def not_again(folder, what):
    """A second run: refused, and nothing touched; or whole, if it was empty."""
    before = {n: os.stat(f"{folder}/{n}").st_mtime_ns
              for n in os.listdir(folder)}
    again = run(folder)
    if any(n.startswith("results.csv") for n in before):
        check(again.returncode == 3 and "another run" in again.stderr, what,
              again)
        after = {n: os.stat(f"{folder}/{n}").st_mtime_ns
                 for n in os.listdir(folder)}
        check(before == after, what, "the second run wrote:", after)
    else:
        check(again.returncode == 0, what, again)


def kill_everywhere(root):
    step = 0
    while True:
        step += 1
        folder, what = f"{root}/kill{step}", f"killed at step {step}:"
        done = run(folder, KILL=step)
        if done.returncode == 0:
            break
        check(done.returncode == -9, what, done)
        look(folder, what, True)
        if step % 5 == 1:
            not_again(folder, what)
    check(step > 10 * INVOCATIONS, "only", step, "steps of output")
    return step


def fill_everywhere(root, size):
    for room in [0, 1, *range(50, size, max(1, size // 24)), size - 1]:
        folder, what = f"{root}/full{room}", f"disk full after {room} bytes:"
        done = run(folder, FULL=room)
        check(done.returncode == 3, what, done)
        check("No space left on device" in done.stderr, what, done.stderr)
        check(done.stderr.count("\n") == 1, what, done.stderr)
        check(folder in done.stderr, what, "says not where:", done.stderr)
        if not os.path.exists(folder):
            continue
        kept = look(folder, what, False)
        check(all(n.endswith(".part") for n in os.listdir(folder)), what,
              os.listdir(folder))
        printed, _ = rows_of(done.stdout, what)
        check(printed[:len(kept)] == kept, what, "not all was printed")
        ids = ids_of(printed)
        check(len(ids) <= len(ids_of(kept)) + 1, what, "it went on")
        not_again(folder, what)


with tempfile.TemporaryDirectory() as root:
    done = run(root + "/good")
    check(done.returncode == 0, done)
    HEADER = done.stdout.split("\n")[0].split(",")
    good, _ = rows_of(done.stdout, "a good run")
    ROWS_EACH = len(good) // INVOCATIONS
    look(root + "/good", "a good run", False)
    not_again(root + "/good", "a good run")
    steps = kill_everywhere(root)
    # All bytes it wrote: run.json.part is written anew each time.
    size = sum(os.stat(f"{root}/good/{n}").st_size
               for n in os.listdir(root + "/good"))
    fill_everywhere(root, size)
print(f"{steps} kills, {checks} checks passed")
