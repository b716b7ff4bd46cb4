#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""report_papers.py WANE SCHEMAS: figures and tables of papers, from results
that are made up, against numbers that were computed by hand.
"""
import csv
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from report_folder import Folder, is_, report

T1 = 12.706204736174705  # Student's t, 0.975, one degree of freedom


def total(metric, scope="process", stat="total"):
    return metric, scope, stat


def cost(wall, stw=0, cpu=None, gc=0, assist=0, drain=0, more=None):
    cpu = wall if cpu is None else cpu
    return {total("time.wall"): wall, total("time.wall", "stw"): stw,
            total("time.wall.drain"): drain, total("time.task_clock"): cpu,
            total("time.task_clock", "gc"): gc,
            total("time.task_clock", "mutator_gc"): assist,
            total("time.task_clock.drain"): drain, **(more or {})}


class Sweep(Folder):
    def cell(self, collector, hfac, *costs, benchmark="trees", config=None,
             failed=(), **fields):
        """One invocation for each of the costs, and of the failures."""
        same = {"mutators": 1, "suite": "s", "benchmark": benchmark,
                "hfac": hfac, "config": config or collector,
                "collector": collector, **fields}
        for values in costs:
            self.run(values, **same)
        for status in failed:
            self.run({total("run.status"): "NA"}, status=status, **same)


def rows(out, name, **want):
    with open(f"{out}/{name}.csv", newline="") as file:
        return [r for r in csv.DictReader(file)
                if all(r[k] == v for k, v in want.items())]


def near(found, expected, what):
    """Numbers, or NA for None."""
    for f, e in zip(found, expected, strict=True):
        good = f == "NA" if e is None else (
            f != "NA" and math.isclose(float(f), e, rel_tol=1e-6))
        is_(good, True, f"{what}: found {found}, expected {expected}")


def done(result):
    is_((result.returncode, result.stderr), (0, ""), "exit")


def of_the_paper(root):
    """Tables II to IV of the paper, in Mcycles for ns."""
    a = Sweep(root / "paper")
    a.cell("mark_sweep_stw", "2.000", cost(108330, 4460))
    a.cell("nogc", "NA", cost(108120, 2750), config="nogc.unbounded")
    a.cell("satb_mark_sweep", "2.000", cost(218720, 30))
    done(report(root / "o1", a.write(), "--figure", "F1", "--figure", "T2"))
    for name, key in ("F1", "level"), ("T2", "row"):
        found = {r["series"]: r for r in rows(
            root / "o1", name, cost="wall", **{key: "workload"})}
        is_({s: round(float(r["lbo"]), 3) for s, r in found.items()},
            {"mark_sweep_stw": 1.043, "nogc.unbounded": 1.041,
             "satb_mark_sweep": 2.106}, "LBO")
    near([rows(root / "o1", "F1", level="workload")[0]["mdc_ns"]], [103870],
         "MDC")
    near([r["low"] for r in rows(root / "o1", "F1", level="workload")],
         [None] * 6, "one invocation has no interval")


def overheads(root):
    a = Sweep(root / "lbo")
    two = [cost(50), cost(50)]
    for b in "trees", "lists", "graphs":
        a.cell("nogc", "NA", *two, benchmark=b, config="nogc.unbounded")
        # 100 in the mean; for the CPU 200, of it 40 + 20 + 40 the collector's
        a.cell("mark_sweep_stw", "2.000",
               *[cost(w, cpu=w + 60, gc=40, assist=20, drain=40)
                 for w in (50, 70)], benchmark=b)
    a.cell("mark_sweep_stw", "3.000", *two, benchmark="trees")
    a.cell("mark_sweep_stw", "3.000", *two, benchmark="lists",
           failed=["oom"])
    a.cell("mark_sweep_stw", "3.000", *two, benchmark="graphs")
    for b in "trees", "lists":
        a.cell("rc", "2.000", cost(200), cost(200), benchmark=b)
    a.cell("rc", "2.000", benchmark="graphs", failed=["crash", "timeout"])
    a.cell("rc", "2.000", cost(1), benchmark="trees", variety="tsan")
    out = root / "o2"
    done(report(out, a.write(), "--figure", "F1", "--figure", "T2",
                "--figure", "F3", "--at", "2.1"))
    mean = {(r["cost"], r["series"], r["hfac"]): r for r in rows(
        out, "F1", level="geomean")}
    # Totals are 90 and 110; variance of the logarithm of their mean is
    # 200 / 2 / 100^2 = 0.01, over two workloads the half of it, with 2 degrees
    # of freedom.
    half = 4.302652729911275 * math.sqrt(0.005)
    near([mean["wall", "mark_sweep_stw", "2"][k]
          for k in ("lbo", "low", "high", "n")],
         [2, 2 * math.exp(-half), 2 * math.exp(half), 2], "geomean")
    near([mean["task_clock", "mark_sweep_stw", "2"]["lbo"]], [160 / 50],
         "geomean of CPU time")
    near([mean["wall", "rc", "2"]["lbo"]], [4], "rc")
    near([mean["wall", "nogc.unbounded", "NA"]["lbo"]], [1], "nogc")
    is_([mean["wall", "mark_sweep_stw", "3"][k] for k in ("lbo", "status")],
        ["NA", "gap"], "an oom is a gap")
    one = rows(out, "F1", level="workload", benchmark="trees", cost="wall",
               series="mark_sweep_stw", hfac="2")[0]
    near([one[k] for k in ("lbo", "low", "high")],
         [2, (100 - T1 * 10) / 50, (100 + T1 * 10) / 50], "Fieller")
    text = (out / "F1.txt").read_text()
    for said in ("Excluded: graphs: rc completes it with no heap",
                 "mark_sweep_stw at 3.000: lists: oom (1 of 3)",
                 "Workloads (2): lists; trees;", "not a measure build"):
        is_(said in text, True, said)

    table = {(r["row"], r["benchmark"], r["series"]): r
             for r in rows(out, "T2", cost="wall")}
    is_([table["workload", "graphs", "rc"][k]
         for k in ("lbo", "status", "counted")], ["NA", "crash", "0"], "grey")
    is_(table["workload", "trees", "rc"]["hfac"], "2", "nearest to 2.1")
    near([table[k, "NA", "rc"]["lbo"] for k in ("min", "max", "mean",
                                                "geomean")], [4] * 4, "rows")
    tex = (out / "T2.tex").read_text()
    for said in ("\\textcolor{gray}{graphs}", "\\textcolor{gray}{*}",
                 "\\bottomrule", "mark\\_sweep\\_stw",
                 "nogc.unbounded (no limit)"):
        is_(said in tex, True, said)
    latex(tex)

    sweep = {(r["series"], r["hfac"]): r for r in rows(
        out, "F3", benchmark="trees", metric="time.wall")}
    near([sweep["mark_sweep_stw", "2"][k] for k in ("mean", "low", "high")],
         [100, 100 - T1 * 10, 100 + T1 * 10], "F3")
    is_(rows(out, "F3", benchmark="lists", metric="time.wall", hfac="3")[0][
        "mean"], "NA", "F3: a gap")
    is_("Missing: no run has heap.auc" in (out / "F3.txt").read_text(), True,
        "what is missing")
    redrawn(out)


def latex(tex):
    """Rows have as many cells as columns; braces close."""
    columns = tex.split("\\begin{tabular}{")[1].split("}")[0]
    for line in tex.splitlines():
        bare = line.replace("\\{", "").replace("\\}", "").replace("\\&", "")
        is_(bare.count("{"), bare.count("}"), line)
        if line.endswith("\\\\") and "multicolumn" not in line:
            is_(bare.count("&"), len(columns) - 1, line)


def redrawn(out):
    """The script alone draws the same again, without a word."""
    program = os.environ.get("WANE_GNUPLOT", "gnuplot")
    for name in "F1", "F3":
        svg = (out / f"{name}.svg").read_text()
        is_((out / f"{name}.pdf").read_bytes()[:5], b"%PDF-", name)
        for foreign in "nan", "inf", 'fill="white"', "fill='white'":
            is_(foreign in svg, False, f"{name}: {foreign}")
        (out / f"{name}.svg").unlink()
        again = subprocess.run([program, f"{name}.gp"], cwd=out,
                               capture_output=True, text=True, timeout=60)
        is_((again.returncode, again.stderr), (0, ""), name)
        is_((out / f"{name}.svg").read_text() == svg, True, "the same")


def refused(root):
    a = Sweep(root / "alone")
    a.cell("mark_sweep_stw", "2.000", cost(9))
    out = root / "o3"
    done(report(out, a.write(), "--figure", "F1", "--figure", "T2"))
    for name in "F1", "T2":
        is_(rows(out, name), [], name)
        is_("Refused: there is no run of nogc," in
            (out / f"{name}.txt").read_text(), True, name)
    is_([(out / f).exists() for f in ("F1.svg", "F1.gp", "T2.tex")],
        [False] * 3, "nothing is drawn")


def phases(root):
    a = Sweep(root / "phases")
    more = {total("time.task_clock", "mutator"): 100,
            total("time.task_clock", "other"): 5,
            total("time.phase.pause", "mutator_gc"): 10,
            total("time.phase.assist", "mutator_gc"): 15,
            total("time.phase.mark", "gc"): 20,
            total("time.phase.sweep", "gc"): 10}
    a.cell("satb_mark_sweep", "2.000",
           cost(90, cpu=155, gc=50, assist=30, drain=7, more=more))
    old = cost(90, cpu=150, gc=50, more={
        total("time.task_clock", "mutator"): 100})
    del old[total("time.task_clock", "mutator_gc")]
    a.cell("rc", "2.000", old)
    out = root / "o4"
    done(report(out, a.write(), "--figure", "F6"))
    found = {(r["role"], r["phase"]): (float(r["from_ns"]), float(r["to_ns"]))
             for r in rows(out, "F6", series="satb_mark_sweep")
             if float(r["mean_ns"])}
    is_(found, {("mutator", "rest"): (0, 70), ("mutator_gc", "pause"): (70, 80),
                ("mutator_gc", "assist"): (80, 95),
                ("mutator_gc", "rest"): (95, 100), ("gc", "mark"): (100, 120),
                ("gc", "sweep"): (120, 130), ("gc", "rest"): (130, 150),
                ("other", "rest"): (150, 155), ("drain", "rest"): (155, 162),
                ("process", "all"): (0, 162)},
        "parts")
    found = {(r["role"], r["phase"]): float(r["mean_ns"])
             for r in rows(out, "F6", series="rc") if float(r["mean_ns"])}
    is_(found, {("mutator", "rest"): 100, ("gc", "rest"): 50,
                ("process", "all"): 150}, "parts that are not known")
    text = (out / "F6.txt").read_text()
    for said in "1 invocations have no time.phase", "no time.task_clock of mut":
        is_(said in text, True, said)


def statistics(root):
    a = Sweep(root / "stats")
    for n in 1000, 3000:
        a.cell("rc", "2.000", cost(2e9, 5e8, more={
            total("alloc.objects", stat="count"): n,
            total("alloc.bytes"): 40 * n,
            total("freed.objects", stat="count"): n,
            total("freed.objects.rc", stat="count"): 0.7 * n,
            total("freed.objects.cycle", stat="count"): 0.2 * n,
            total("rc.inc.biased", "mutator", "count"): 3 * n,
            total("rc.inc.shared", "mutator", "count"): n,
            total("rc.dec.logged", "mutator", "count"): 5}),
            minheap_bytes=999)
    a.cell("mark_sweep_stw", "2.000", cost(2e9, more={
        total("rc.inc.biased", "mutator", "count"): 0}))
    folder = a.write()
    (root / "stats" / "minheap.csv").write_text(
        "suite,benchmark,mutators,collector,trial,minheap_bytes\n"
        "s,trees,1,mark_sweep_stw,0,380\ns,trees,1,mark_sweep_stw,1,400\n"
        "s,trees,2,mark_sweep_stw,0,7000\n")
    out = root / "o5"
    done(report(out, folder, "--figure", "T9", "--figure", "T10"))
    found = {r["statistic"]: (r["mean"], r["low"], r["high"], r["n"])
             for r in rows(out, "T9", series="rc")}
    near(found["alloc_objects"], [2000, 2000 - T1 * 1000, 2000 + T1 * 1000, 2],
         "births")
    for name, mean in (("object_size_mean", 40), ("alloc_rate", 40000),
                       ("minheap", 400), ("minheap_spread", 0.05),
                       ("turnover", 200), ("freed_rc_share", 0.7),
                       ("freed_cycle_share", 0.2), ("stopped_share", 0.25)):
        near(found[name][:1], [mean], name)
    is_("Missing, for no run has it: rounds, pauses" in
        (out / "T9.txt").read_text(), True, "what is missing")
    counted = {r["statistic"]: r["mean"] for r in rows(out, "T10")}
    is_({r["series"] for r in rows(out, "T10")}, {"rc"}, "who counts")
    for name, mean in (("inc_biased", 6000), ("inc_biased_share", 0.75),
                       ("dec_deferred", 5), ("freed_rc", 1400),
                       ("freed_cycle", 400), ("freed_sweep", 200)):
        near([counted[name]], [mean], name)
    for name in "T9", "T10":
        latex((out / f"{name}.tex").read_text())


def apart(root):
    """What differs besides the configuration is never one sample."""
    a, b = Sweep(root / "here"), Sweep(root / "there")
    run = "run-{}-2026-01-02-Fri-03040{}"
    a.cell("rc", "2.000", cost(10), cost(10), run_id=run.format("a-b", 5))
    a.cell("rc", "2.000", cost(30), run_id=run.format("a-b", 5), suite="z")
    b.cell("rc", "2.000", cost(70), run_id=run.format("c", 6), build="x",
           seed=2)
    out = root / "o6"
    done(report(out, a.write(), b.write(), "--figure", "F3", "--figure", "F1"))
    found = {(r["configuration"], r["mean"], r["n"])
             for r in rows(out, "F3", metric="time.wall")}
    is_(found, {("rc build b seed 1 host a-b", "10", "2"),
                ("rc build b seed 1 host a-b", "30", "1"),
                ("rc build x seed 2 host c", "70", "1")}, "never pooled")
    svg = (out / "F3.svg").read_text()
    is_(">s, trees<" in svg and ">z, trees<" in svg, True, "suites")
    is_("Refused: runs differ in host" in (out / "F1.txt").read_text(), True,
        "no minimum of two hosts")


def baselines(root):
    """Each workload has both baselines, and all of its cost."""
    a = Sweep(root / "base")
    part = cost(5)
    del part[total("time.wall.drain")]
    for b in "both", "lone", "part":
        a.cell("mark_sweep_stw", "2.000", cost(9), benchmark=b)
        if b != "lone":
            a.cell("nogc", "NA", cost(8) if b == "both" else part, benchmark=b)
    a.cell("nogc", "NA", benchmark="lone", failed=["oom"])
    out = root / "o7"
    done(report(out, a.write(), "--figure", "F1", "--figure", "T2"))
    text = (out / "F1.txt").read_text()
    for said in ("Excluded: lone: nogc does not", "Workloads (1): both;",
                 "Excluded: part: nogc does not"):
        is_(said in text, True, said)
    is_("nan" in text, False, "nan is no word")
    is_({(r["benchmark"], r["counted"]) for r in rows(
        out, "T2", row="workload", cost="wall")},
        {("both", "1"), ("lone", "0"), ("part", "0")}, "grey")
    is_({r["lbo"] for r in rows(out, "F1", benchmark="lone")}, {"NA"}, "lone")


def one_factor(root):
    """All show one heap factor; who failed there is named, not moved."""
    a = Sweep(root / "factor")
    more = {total("alloc.objects", stat="count"): 5,
            total("time.task_clock", "mutator"): 9}
    for factor in "1.500", "3.000":
        a.cell("mark_sweep_stw", factor, cost(9, more=more))
        a.cell("rc", factor, *[cost(9, more=more)][:factor == "1.500"],
               failed=["oom"])
    out = root / "o10"
    done(report(out, a.write(), "--at", "2.9"))
    for name in "F4", "F5", "F7":
        text = (out / f"{name}.txt").read_text()
        for said in ("At 3.000 times the minimum heap (wanted: 2.9)",
                     "no invocation ended well there: trees, rc."):
            is_(said in text, True, f"{name}: {said}")
    is_({(r["hfac"], r["series"]) for n in ("F6", "T9") for r in rows(out, n)},
        {("3", "mark_sweep_stw")}, "where it is not failing")
    out = root / "o11"
    done(report(out, str(root / "factor"), "--at", "2", "--figure", "T9",
                "--figure", "F5"))
    for name in "T9", "F5":
        is_("Of survivors: trees, rc: 1 of 2 invocations failed" in
            (out / f"{name}.txt").read_text(), True, name)


def names(root):
    """Names that gnuplot could take for something else; one that fails."""
    a = Sweep(root / "names")
    more = {total("time.task_clock", "mutator"): 100}
    a.cell("rc", "2.000", cost(10, more=more), config='a "b, c" 90%')
    folder = a.write()
    out = root / "o8"
    done(report(out, folder, "--figure", "F3", "--figure", "F6"))
    is_("a 'b, c' 90%" in (out / "F6.svg").read_text().replace("&apos;", "'")
        .replace("&#39;", "'"), True, "a tic")
    again = subprocess.run([os.environ.get("WANE_GNUPLOT", "gnuplot"),
                            "F6.gp"], cwd=out, capture_output=True, text=True,
                           timeout=60)
    is_((again.returncode, again.stderr), (0, ""), "drawn without a word")
    # A gnuplot that fails once: the other figure is drawn all the same.
    fake = root / "fake"
    real = shutil.which(os.environ.get("WANE_GNUPLOT", "gnuplot"))
    fake.write_text('#!/bin/sh\n[ "$1" = F3.gp ] && { echo no >&2; exit 1; }\n'
                    f'exec {real} "$@"\n')
    fake.chmod(0o755)
    done_ = report(out, folder, "--figure", "F3", "--figure", "F6",
                   WANE_GNUPLOT=str(fake))
    is_((done_.returncode, "F3.gp: no;" in done_.stderr), (3, True),
        done_.stderr)
    is_([(out / f"{n}.svg").exists() for n in ("F3", "F6")], [False, True],
        "one fails, the other is drawn")


def emulated(root):
    a = Sweep(root / "emulated", emulated="an emulator")
    a.cell("rc", "2.000", cost(10, more={
        total("alloc.objects", stat="count"): 5,
        total("alloc.bytes"): 50}))
    out = root / "o9"
    done(report(out, a.write()))
    for name in "F1", "F3", "F4", "F5", "F6", "F7", "T2":
        is_(rows(out, f"{name}_emulated"), [], name)
    is_({r["statistic"] for r in rows(out, "T9_emulated")},
        {"alloc_objects", "alloc_bytes", "object_size_mean"}, "T9")


def known(root):
    """All metrics that the sources name are ones that there are."""
    del root
    harness = pathlib.Path(os.environ["WANE_SOURCE_DIR"]) / "harness"
    text = (harness / "metrics.def").read_text()
    for name, words in re.findall(r'^#define (\w+) (".*")$', text, re.M):
        text = re.sub(rf"\b{name}\b", words, text)
    metrics = {m[0]: (m[1].split("|"), m[2].split("|"))
               for m in re.findall(r'^METRIC\("([^"]+)",\s*"[^"]+",'
                                   r'\s*"([^"]+)",\s*"([^"]+)",', text, re.M)}
    scopes = {scope for some, _ in metrics.values() for scope in some}
    n = 0
    for path in sorted((harness / "report").glob("*.c")):
        for metric, scope, _, stat in re.findall(
                r'"([a-z_.]+)",\s*"([a-z_]+)"(,\s*"([a-z0-9_]+)")?',
                path.read_text()):
            if "." not in metric or scope not in scopes:
                continue  # no metric
            n += 1
            where = f"{path.name}: {metric} {scope} {stat}"
            is_(metric in metrics and scope in metrics[metric][0], True, where)
            is_(not stat or stat in metrics[metric][1], True, where)
    is_(n > 20, True, f"only {n} metrics are in the sources")


def folders(root):
    a = Sweep(root / "again")
    for n in 1, 2:
        a.cell("rc", "2.000", cost(n))
        a.cell("rc", "2.000", cost(n), suite="canary")
    a.cell("rc", "2.000", cost(1), benchmark="trees", config="rc.2x")
    folder = a.write()
    out = pathlib.Path(folder) / "report"
    done(subprocess.run([sys.argv[1], "report", folder, "--figure", "F3"],
                        capture_output=True, text=True, timeout=60))
    is_((out / "F3.svg").exists(), True, "DIR/report")
    is_([(r["series"], r["n"]) for r in rows(out, "F3", metric="time.wall")],
        [("rc", "2"), ("rc.2x", "1")], "canaries are not cells")
    (out / "mine.txt").write_text("mine")
    done(report(out, folder, "--figure", "F6"))
    is_(sorted(p.name for p in out.glob("F*")), ["F6.csv", "F6.txt"],
        "older files go")
    is_((out / "mine.txt").exists(), True, "what is not the report's stays")
    listed = set(json.loads((out / "report.json").read_text())["files"])
    is_(listed, {p.name for p in out.iterdir()} - {"mine.txt"}, "the list")
    gone = report(out, folder, "--figure", "F3", WANE_GNUPLOT="no-such-gnuplot")
    is_((gone.returncode, gone.stderr.count("\n"),
         "no-such-gnuplot F3.gp: cannot be started" in gone.stderr),
        (3, 1, True), gone.stderr)
    is_([(out / f"F3.{e}").exists() for e in ("csv", "txt", "gp", "svg",
                                              "pdf")],
        [True] * 3 + [False] * 2, "all but pictures")


with tempfile.TemporaryDirectory() as folder:
    if not shutil.which(os.environ.get("WANE_GNUPLOT", "gnuplot")):
        print("skipped: there is no gnuplot")
        sys.exit(77)
    for test in (of_the_paper, overheads, refused, phases, statistics,
                 folders, apart, baselines, one_factor,
                 names, emulated, known):
        test(pathlib.Path(folder))
print("papers are as they must be")
