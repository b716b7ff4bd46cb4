#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""compare_golden.py WANE SCHEMAS: what `wane compare` says of results that
are made up: ratios, intervals, verdicts, what is not compared and why.
"""
import csv
import io
import json
import math
import pathlib
import subprocess
import sys
import tempfile

WANE, SCHEMAS = sys.argv[1:]
with open(f"{SCHEMAS}/schema.json", encoding="utf-8") as schema:
    SCHEMA = json.load(schema)
COLUMNS = [f["name"] for f in SCHEMA["fields"]]

# Their ratio has Fieller's interval [LOW, HIGH]: by bisection, with t by
# numeric integration.
SLOW, FAST = (102, 98, 105, 99, 101, 97), (80, 84, 79, 83)
LOW, HIGH = 1.1768712941, 1.2883093975


class Folder:
    """What wane run -o would have written."""

    def __init__(self, root, name):
        self.path, self.rows, self.n = root / name, [], 0

    def run(self, values, **fields):
        """One invocation. values: {(metric, scope, stat): value}."""
        same = {"run_id": "r", "invocation_id": f"r-{self.n:05}",
                "suite": "wane", "benchmark": "trees", "size": "default",
                "seed": "1", "config": "rc.t1.w1", "collector": "rc",
                "build": "b", "mutators": "1", "gc_workers_conc": "1",
                "numa_mode": "off", "numa_policy": "none",
                "thread_policy": "none", "gc_policy": "any",
                "heap_mode": "fixed", "heap_bytes": "1000",
                "variety": "measure", "iteration": "2", "phase": "timing",
                "status": "ok", **{k: str(v) for k, v in fields.items()}}
        self.n += 1
        for (metric, scope, stat), value in values.items():
            self.rows.append({**same, "metric": metric, "scope": scope,
                              "stat": stat, "unit": "ns",
                              "value": str(value)})
        return self

    def walls(self, values, **fields):
        for value in values:
            self.run({("time.wall", "process", "total"): value}, **fields)
        return self

    def crash(self, **fields):
        return self.run({("run.status", "process", "total"): "NA"},
                        status="crash", **fields)

    def write(self, **more):
        self.path.mkdir()
        with open(self.path / "results.csv", "w", newline="") as file:
            out = csv.DictWriter(file, COLUMNS, restval="NA",
                                 lineterminator="\n")
            out.writeheader()
            out.writerows(self.rows)
        (self.path / "run.json").write_text(json.dumps({
            "schema_version": SCHEMA["schema_version"], "run_id": "r",
            "path": str(self.path), "build": {}, "topology": {}, **more}))
        return str(self.path)


def is_(found, expected, what):
    if found != expected:
        sys.exit(f"{what}: expected {expected}, found {found}")


def near(found, expected, what):
    if not math.isclose(float(found), expected, rel_tol=1e-9, abs_tol=1e-9):
        sys.exit(f"{what}: expected {expected}, found {found}")


def compare(*args):
    return subprocess.run([WANE, "compare", *map(str, args)],
                          capture_output=True, text=True, timeout=60)


def rows(done):
    return list(csv.DictReader(io.StringIO(done.stdout)))


def cells(a, b, *args, code=0):
    """{benchmark: row}; the geometric mean is 'geomean'."""
    done = compare(a, b, "--format", "csv", *args)
    is_((done.returncode, done.stderr), (code, ""), f"exit of {args}")
    return {r["benchmark"] if r["row"] != "geomean" else "geomean": r
            for r in rows(done)}


WALL = ("--metric", "time.wall")


def verdicts(root):
    a, b = Folder(root, "va"), Folder(root, "vb")
    for name, before, after in (
            ("slower", FAST, SLOW), ("faster", SLOW, FAST),
            ("equal", (100, 101, 99, 100), (101, 100, 100, 101)),
            ("noisy", (100, 50, 150), (90, 170, 110)),
            ("once", (100,), (300,)), ("nothing", (0, 0), (0, 0))):
        a.walls(before, benchmark=name)
        b.walls(after, benchmark=name)
    a, b = a.write(), b.write()
    found = cells(a, b, *WALL, code=1)
    is_({k: r["verdict"] for k, r in found.items()},
        {"slower": "worse", "faster": "better", "equal": "same",
         "noisy": "too noisy to say", "once": "too noisy to say",
         "nothing": "no ratio", "geomean": "too noisy to say"}, "verdicts")
    r = found["slower"]
    near(r["ratio"], 301 / 3 / 81.5, "ratio")
    near(r["low"], LOW, "low")
    near(r["high"], HIGH, "high")
    near(r["mean_a"], 81.5, "mean of A")
    is_((r["n_a"], r["n_b"], r["a12"]), ("4", "6", "1"), "n and A12")
    # g: pooled over 8 degrees of freedom; J(8) by the gamma function.
    pooled = math.sqrt((17 + sum((x - 301 / 3) ** 2 for x in SLOW)) / 8)
    j = math.gamma(4) / (2 * math.gamma(3.5))
    near(r["hedges_g"], (301 / 3 - 81.5) / pooled * j, "g")
    is_((r["unit"], r["better"], r["bound"]), ("ns", "less", "0.05"), "unit")
    is_((found["once"]["ratio"], found["once"]["low"]), ("3", "NA"), "once")
    near(found["faster"]["low"], 1 / HIGH, "turned over")
    # The other way round, all verdicts turn, and it is still a regression.
    turned = cells(b, a, *WALL, code=1)
    is_((turned["slower"]["verdict"], turned["faster"]["verdict"]),
        ("better", "worse"), "A and B exchanged")


def bounds(root):
    a = Folder(root, "ba").walls(FAST).write()
    b = Folder(root, "bb").walls(SLOW).write()
    for bound, code, verdict in (
            ("17%", 1, "worse"), ("0.17", 1, "worse"),
            ("18%", 0, "too noisy to say"), ("28%", 0, "too noisy to say"),
            ("29%", 0, "same")):
        found = cells(a, b, *WALL, "--bound", bound, code=code)
        is_(found["trees"]["verdict"], verdict, bound)
    wide = cells(a, b, *WALL, "--confidence", "99.9999%", code=0)["trees"]
    is_(wide["verdict"], "too noisy to say", "99.9999%")
    is_(float(wide["low"]) < LOW, True, "a wider interval")


def directions(root):
    what = {"numa.placement_match": ("more", "worse", 1),
            "freed.objects": ("neither", "changed", 0),
            "gc.pauses": ("neither", "changed", 0),
            "heap.used_peak": ("less", "better", 0),
            "gc.pause": ("less", "better", 0)}
    stats = {"freed.objects": "count", "gc.pauses": "count",
             "heap.used_peak": "max"}
    scopes = {"gc.pause": "mutator"}
    a, b = Folder(root, "da"), Folder(root, "db")
    for folder, values in (a, (0.9, 0.91)), (b, (0.4, 0.41)):
        for value in values:
            folder.run({(m, scopes.get(m, "process"),
                         stats.get(m, "p99" if m == "gc.pause" else "total")):
                        value for m in what})
    a, b = a.write(), b.write()
    for metric, (better, verdict, code) in what.items():
        asked = metric + (":mutator:p99" if metric == "gc.pause" else "")
        row = cells(a, b, "--metric", asked, code=code)["trees"]
        is_((row["better"], row["verdict"]), (better, verdict), metric)


def drains(root):
    """The drain is added; where it is missing, so is the sum."""
    a, b = Folder(root, "ra"), Folder(root, "rb")
    for folder, drain in (a, 100), (b, 0):
        for extra in 0, 1, 2:
            folder.run({("time.wall", "process", "total"): 100 + extra,
                        ("time.wall.drain", "process", "total"): drain})
        folder.walls((5, 6), benchmark="bare")
    a, b = a.write(), b.write()
    done = compare(a, b, "--format", "csv")
    found = [r for r in rows(done) if r["row"] == "cell"]
    is_([(r["benchmark"], r["metric"], r["mean_a"], r["mean_b"], r["verdict"])
         for r in found],
        [("trees", "time.wall+drain", "201", "101", "better")], "drain")
    is_(cells(a, b, *WALL)["trees"]["verdict"], "same", "without it")


def excluded(root):
    a, b = Folder(root, "ea"), Folder(root, "eb")
    two = (100, 101)
    for name, before, after, why in CASES:
        a.walls(two, benchmark=name, **before)
        b.walls(two, benchmark=name, **after)
    a.walls(two, benchmark="gone")
    b.walls(two, benchmark="new").crash(benchmark="lost")
    a.walls(two, benchmark="lost")
    a, b = a.write(), b.write()
    done = compare(a, b, *WALL)
    # A cell that fails in B and not in A is a regression.
    is_((done.returncode, "fails in B, and not in A: lost on" in done.stdout),
        (1, True), done.stdout)
    found = {r["benchmark"]: r["verdict"] for r in
             rows(compare(a, b, *WALL, "--format", "csv"))
             if r["row"] == "excluded"}
    is_(found, {**{name: why for name, _, _, why in CASES if why},
                "gone": "not in B", "new": "not in A",
                "lost": "nothing in B counts: crash"}, "not compared")
    for name, why in found.items():
        is_(any(line.startswith(f"  {name} on ") and line.endswith(why)
                for line in done.stdout.splitlines()), True, name)


CASES = [
    ("same", {}, {}, None),
    ("seed", {}, {"seed": 2}, "different seeds: 1 in A, 2 in B"),
    ("topology", {"numa_mode": "real", "topology_id": "x"},
     {"numa_mode": "real", "topology_id": "y"},
     "different topologies: x in A, y in B"),
    ("placement", {"numa_mode": "real", "placement": "ok"},
     {"numa_mode": "real", "placement": "unbound"},
     "different placements: ok in A, unbound in B"),
    ("heap", {}, {"heap_mode": "unbounded"},
     "different kinds of heap: fixed in A, unbounded in B"),
    ("variety", {}, {"variety": "tsan"},
     "nothing in B counts: not a measure build: its numbers are not results"),
    ("moved", {"size": "file=/x/a.gct;copies=2"},
     {"size": "file=/y/z/a.gct;copies=2"}, None),
    ("factor", {"hfac": "2.000", "heap_bytes": 10},
     {"hfac": "2.000", "heap_bytes": 11}, None),
]


def partly(root):
    """What fails on both sides is left out, and said."""
    a = Folder(root, "pa").walls((100, 101, 100)).crash().write()
    b = Folder(root, "pb").walls((100, 101, 100)).crash().crash().write()
    done = compare(a, b, *WALL)
    is_(done.returncode, 0, done.stdout)
    for said in ("1 of 4 in A: crash", "2 of 5 in B: crash, ...",
                 "trees on rc.t1.w1, 1 mutator "):
        is_(said in done.stdout, True, said)


def heaps(root):
    """Heap factors, heaps without one, mutators: cells of their own."""
    a, b = Folder(root, "ha"), Folder(root, "hb")
    for folder, unit in (a, 1), (b, 2):
        for n, fields in enumerate(({"hfac": "1.500"}, {"hfac": "2.000"},
                                    {"heap_bytes": 1}, {"heap_bytes": 2},
                                    {"mutators": 2})):
            folder.walls((unit * 10 ** n, unit * 10 ** n), **fields)
    done = compare(a.write(), b.write(), *WALL, "--format", "csv")
    found = [r for r in rows(done) if r["row"] == "cell"]
    is_([(r["hfac"], r["mutators"], r["ratio"]) for r in found],
        [("1.500", "1", "2"), ("2.000", "1", "2"), ("NA", "1", "2"),
         ("NA", "1", "2"), ("NA", "2", "2")], "cells")
    is_(len({r["mean_a"] for r in found}), 5, "each with its own")


def geomeans(root):
    a, b = Folder(root, "ga"), Folder(root, "gb")
    for name, before, after in (("x", (8, 12), (20, 20)),
                                ("y", (10, 10), (80, 80)),
                                ("z", (0, 0), (7, 7))):
        a.walls(before, benchmark=name)
        b.walls(after, benchmark=name)
    a.walls((1, 1), benchmark="alone")
    a, b = a.write(), b.write()
    row = cells(a, b, *WALL, code=1)["geomean"]
    near(row["ratio"], 4, "geometric mean")
    # Of the samples: the variance of the logarithm of x's mean is
    # 8 / 2 / 10^2 = 0.04, of two ratios' mean the fourth of it, with one
    # degree of freedom.
    half = 12.7062047362 * 0.1
    near(row["high"], 4 * math.exp(half), "its interval")
    is_((row["cells"], row["benchmark"], row["mean_a"]), ("2", "NA", "NA"),
        "its columns")
    text = compare(a, b, *WALL).stdout
    for said in ("(2 cells; 1 without a ratio left out)", "alone on",
                 "2 rows are worse by more than the bound"):
        is_(said in text, True, said)


def formats(root):
    a, b = Folder(root, "fa").walls(FAST), Folder(root, "fb").walls(SLOW)
    a, b = a.write(), b.write()
    table = cells(a, b, *WALL, code=1)
    done = compare(a, b, *WALL, "--format", "json")
    said = json.loads(done.stdout)
    is_((done.returncode, said["worse"], said["failing"]), (1, 2, 0), "json")
    is_([r["row"] for r in said["rows"]], ["cell", "geomean"], "json's rows")
    for row, key in zip(said["rows"], ("trees", "geomean")):
        is_(list(row), list(table[key]), "columns of both")
        for name, value in row.items():
            other = table[key][name]
            if value is None or isinstance(value, str):
                is_(other, value or "NA", name)
            else:
                near(other, value, name)
    text = compare(a, b, *WALL).stdout
    is_([line.split() for line in text.splitlines() if " on rc" in line],
        [["trees", "on", "rc.t1.w1,", "1", "mutator", "4,", "6", "81.5",
          "ns", "100.3", "ns", "1.231", "[1.177,", "1.288]", "+6.19",
          "worse"]], "text")


def facts(root):
    """In what A and B differ, besides."""
    def machine(**changes):
        return {"machine": {"cpu_model": "X", "ram_bytes": 1, "smt": None,
                            **changes}}

    def findings(*refused):
        return [{"name": n, "severity": "refuse" if n in refused else "ok"}
                for n in ("load", "busy", "thp")]
    two = (100, 101)
    a = Folder(root, "la").walls(two).write(
        **machine(), doctor=findings("load", "busy"),
        canary={"verdict": "steady"})
    b = Folder(root, "lb").walls(two).write(
        **machine(ram_bytes=2, kernel="6"), doctor=findings("load", "busy"),
        canary={"verdict": "drifting"})
    c = Folder(root, "lc").walls(two).write(
        **machine(), doctor=findings(), canary={"verdict": "steady"})
    d = Folder(root, "ld").walls(two).write(
        **machine(), doctor=findings(), canary={"verdict": "steady"})
    text = compare(a, b, *WALL).stdout
    expected = [("ram_bytes", "1", "2"), ("kernel", "unknown", "6"),
                ("doctor",) + 2 * ("refuse: load, busy",),
                ("canary", "steady", "drifting")]
    is_(all(f"  {w}: {x} in A, {y} in B\n" in text for w, x, y in expected),
        True, text)
    said = json.loads(compare(a, b, *WALL, "--format", "json").stdout)
    is_([tuple(f.values()) for f in said["differences"]], expected, "json")
    is_("differ in more" in compare(c, d, *WALL).stdout, False, "no difference")
    noisy = [Folder(root, name).walls(two, hfac="2.000", heap_bytes=heap).write(
        canary={"verdict": "noisy"}) for name, heap in (("le", 10), ("lf", 11))]
    said = json.loads(compare(*noisy, *WALL, "--format", "json").stdout)
    is_([tuple(f.values()) for f in said["differences"]],
        [("canary", "noisy", "noisy"),
         ("heap_bytes of trees on rc.t1.w1, 1 mutator, 2.000x", "10", "11")],
        "bad on both sides; other heaps")


def refused(root):
    a, b = Folder(root, "xa").walls((1, 2)), Folder(root, "xb").walls((1, 2))
    a, b = a.write(), b.write()
    for args, code, said in (
            ((), 2, "expected two folders"), ((a,), 2, "expected two folders"),
            ((a, b, b), 2, "expected two folders"),
            ((a, a), 2, "is the same experiment as"),
            ((a, root / "none"), 3, "found no run.json"),
            ((a, b, "--bound", "x"), 2, 'found "x"'),
            ((a, b, "--bound", "0"), 2, 'found "0"'),
            ((a, b, "--confidence", "1"), 2, "--confidence"),
            ((a, b, "--format", "xml"), 2, 'found "xml"'),
            ((a, b, "--metric"), 2, '"--metric"'),
            ((a, b, "--metric", "time.wal"), 2, 'unknown metric "time.wal"'),
            ((a, b, "--metric", "time.wall:moon"), 2, 'found "moon"'),
            ((a, b, "--metric", "time.wall::p99"), 2, "expected scope"),
            ((a, b, "--metric", "gc.pause+drain"), 2, "has no drain"),
            ((a, b, "--metric", "time.wall:process:total:x"), 2, '":x"')):
        done = compare(*args)
        is_((done.returncode, said in done.stderr), (code, True),
            f"{args}: {done.stderr}")
    c = Folder(root, "xc").walls((1, 2), seed=7).write()
    done = compare(a, c)
    is_((done.returncode, "nothing that can be compared" in done.stderr,
         "different seeds" in done.stdout), (3, True, True), done.stderr)
    is_(compare("--help").returncode, 0, "help")


with tempfile.TemporaryDirectory() as folder:
    for test in (verdicts, bounds, directions, drains, excluded, partly, heaps,
                 geomeans, formats, facts, refused):
        test(pathlib.Path(folder))
print("comparisons are as they must be")
