#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""report_golden.py WANE SCHEMAS: what `wane report` makes of results that
are made up: medians, spreads, speed-ups, what is left out, which class.
"""
import csv
import pathlib
import sys
import tempfile

from report_folder import Folder, is_, report


def times(births, wall, drain=0, cost=None):
    values = {("alloc.objects", "process", "count"): births,
              ("time.wall", "process", "total"): wall,
              ("time.wall.drain", "process", "total"): drain}
    if cost is not None:
        values["numa.cost", "mutator", "max"] = cost
    return values


def numbers(out, name, metric):
    """{(series, mutators): (median, low, high, n)}"""
    with open(f"{out}/{name}.csv", newline="") as file:
        return {(r["series"], int(r["mutators"])):
                (float(r["median"]), float(r["low"]), float(r["high"]),
                 int(r["n"]))
                for r in csv.DictReader(file) if r["metric"] == metric}


def measured(root):
    a = Folder(root / "a")
    for wall in 1000, 1250, 2000:  # rates 1e9, 0.8e9, 0.5e9
        a.run(times(900 + 100, wall), mutators=1,
              warmup=times(7, 1))  # never looked at
    a.run(times(2000, 900, 100), mutators=2)  # 2e9: the drain counts
    a.run(times(2000, 4000, 1000), mutators=2)  # 0.4e9
    a.run({("run.status", "process", "total"): "NA"}, mutators=2,
          status="crash")
    a.run(times(10, 1), mutators=2, placement="mismatch")
    a.run(times(10, 1), mutators=2, variety="tsan")
    a.run(times("NA", 1000), mutators=4)  # nobody counted births
    out = root / "out"
    done = report(out, a.write())
    is_((done.returncode, done.stderr), (0, ""), "exit")
    is_(numbers(out, "F8", "births_per_s"),
        {("rc", 1): (8e8, 5e8, 1e9, 3), ("rc", 2): (1.2e9, 4e8, 2e9, 2)},
        "births per second")
    is_(numbers(out, "F8", "speed_up"),
        {("rc", 1): (1, 0.625, 1.25, 3), ("rc", 2): (1.5, 0.5, 2.5, 2)},
        "speed-up")
    text = (out / "F8.txt").read_text()
    for said in ("r-00005: trees on rc.t2.w1: crash", "r-00006: ", "r-00007: ",
                 "1 invocations have no speed-up", "n = 6"):
        is_(said in text, True, said)
    is_("r-00004" in text, False, "what is drawn is not left out")


def classes(root):
    a = Folder(root / "mixed")
    for mode, cost in ("off", None), ("real", None), ("denied", None), (
            "model", 3000):
        config = "rc.t1.w1" + ("" if mode == "off" else f".numa-{mode}")
        a.run(times(1000, 1000, cost=cost), mutators=1, numa_mode=mode,
              config=config)
    a.run(times(1000, 1000, cost=3000), mutators=1, numa_mode="model",
          config="rc.t1.w1.numa-model.cost-local_ns=90;inject=1")
    b = Folder(root / "guest", emulated="an emulator")
    b.run({**times(1000, 1000), ("numa.remote_alloc", "process", "total"): 0.5},
          mutators=1, numa_mode="real", config="rc.t1.w1.numa-real")
    out = root / "classes"
    done = report(out, a.write(), b.write())
    is_(done.returncode, 0, done.stderr)
    is_("cannot be compared" in done.stdout, True, "the sentence")
    is_(sorted(p.name for p in out.glob("F8*.svg")),
        ["F8.svg", "F8_denied.svg", "F8_emulated.svg", "F8_modelled.svg"],
        "pictures")
    is_(set(numbers(out, "F8", "births_per_s")),
        {("rc, numa off", 1), ("rc, numa real", 1)}, "measured")
    # The model's cost is added where nobody waited for it.
    is_({v[0] for v in numbers(out, "F8_modelled", "births_per_s").values()},
        {2.5e8, 1e9}, "modelled")
    is_(numbers(out, "F8_emulated", "births_per_s"), {}, "emulated")
    is_(numbers(out, "F8_emulated", "numa.remote_alloc"),
        {("rc", 1): (0.5, 0.5, 0.5, 1)}, "emulated: where things are")


def copies(root):
    """Copies of a trace are its mutators: one panel, not several."""
    a = Folder(root / "copies")
    for n in 1, 2, 4:
        a.run(times(1000 * n, 1000), mutators=n, benchmark="trace_a",
              config="rc.t1.w1", size=f"copies={n};file=/x/a.gct")
    a.run(times(1000, 1000), mutators=1, benchmark="trace_a",
          config="rc.t1.w1", size="nodes=copy;copies=1")  # another panel
    out = root / "panels"
    done = report(out, a.write())
    is_(done.returncode, 0, done.stderr)
    with open(out / "F8.csv", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["metric"] == "speed_up"]
    is_([(r["size"], r["mutators"], float(r["median"])) for r in rows],
        [("file=/x/a.gct", "1", 1), ("file=/x/a.gct", "2", 2),
         ("file=/x/a.gct", "4", 4), ("nodes=copy", "1", 1)], "speed-up")
    svg = (out / "F8.svg").read_text()
    is_((">trace_a<" in svg, ">trace_a, nodes=copy<" in svg), (True, True),
        "names of panels")


def matrices(root):
    a = Folder(root / "m")
    for one in 10, 30, 20:
        a.run(times(1, 1), mutators=1, numa_mode="real", nodes=2,
              cells=[("numa.alloc_bytes", "all", "all", 70 + one),
                     ("numa.alloc_bytes", 0, 0, 60),
                     ("numa.alloc_bytes", 0, 1, one),
                     ("numa.alloc_bytes", "any", 1, 20),
                     ("numa.stores", "all", "all", "NA")])
    out = root / "maps"
    done = report(out, a.write())
    is_(done.returncode, 0, done.stderr)
    with open(out / "numa_matrices.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    is_({r["metric"] for r in rows}, {"numa.alloc_bytes"}, "matrices")
    cells = {(r["src_node"], r["dst_node"]):
             (float(r["median"]), float(r["low"]), float(r["high"]),
              float(r["share"]), int(r["n"])) for r in rows}
    is_(len(cells), 9, "cells of two nodes and of no known one")
    is_(cells["0", "0"], (60, 60, 60, 0.6, 3), "0 x 0")
    is_(cells["0", "1"], (20, 10, 30, 0.2, 3), "0 x 1")
    is_(cells["any", "1"], (20, 20, 20, 0.2, 3), "any x 1")
    is_(cells["1", "0"], (0, 0, 0, 0, 3), "1 x 0: counted, and none")


def refused(root):
    for n, (nodes, target, column, found) in enumerate((
            (1, "x", "dst_node", "x"), (0, 0, "n_nodes", "0"),
            (4294967295, 0, "n_nodes", "4294967295"),
            (1, -1, "dst_node", "-1"), (1, "1e99", "dst_node", "1e99"))):
        a = Folder(root / f"bad{n}")
        a.run(times(1, 1), mutators=1, nodes=nodes,
              cells=[("numa.stores", 0, target, 1)])
        done = report(root / "no", a.write())
        is_((done.returncode, f"numa.csv:2: {column}: expected a number, found "
             f"\"{found}\"" in done.stderr), (3, True), done.stderr)
    for name, text in (("schema_version", '{"schema_version": 1}'),
                       ("run.json:1", "{")):
        (root / "bad0" / "run.json").write_text(text)
        done = report(root / "no", str(root / "bad0"))
        is_((done.returncode, name in done.stderr), (3, True), done.stderr)
    is_((root / "no").exists(), False, "a folder of nothing")


with tempfile.TemporaryDirectory() as folder:
    for test in measured, classes, copies, matrices, refused:
        test(pathlib.Path(folder))
print("reports are as they must be")
