# SPDX-License-Identifier: MIT
"""numa_rows.py: what test_numa.sh asks of numa.csv, run.json and figures.

numa_rows.py fits DIR WANE SCHEMAS  numa.csv fits itself, results.csv, the
                               lists, run.json; both fit their schemas
numa_rows.py any DIR EXPR      some row r of numa.csv makes it true
numa_rows.py sum DIR METRIC    the sum of a matrix in the timed iteration
numa_rows.py run DIR EXPR      run.json, as j, makes it true
numa_rows.py figure OUT NAME   svg, csv and caption are whole and agree
"""
import collections
import csv
import json
import math
import pathlib
import re
import subprocess
import sys
import xml.dom.minidom

import rows as rows_of

RATIOS = {"remote_alloc": "alloc_bytes", "remote_store": "stores",
          "remote_load": "loads", "remote_inc": "increments",
          "remote_edge": "edges", "remote_dec": "decrements",
          "remote_mark": "marked", "remote_free": "freed_objects",
          "steal_remote": "steals", "pages_mismatch": "pages"}
SAME = {"config_id": "config", "workload": "benchmark", "collector":
        "collector", "seed": "seed", "topology_id": "topology_id",
        "numa_mode": "numa_mode", "placement_policy": "numa_policy",
        "thread_policy": "thread_policy", "gc_policy": "gc_policy"}


def read(folder, name):
    with open(f"{folder}/{name}", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load(folder):
    with open(f"{folder}/run.json", encoding="utf-8") as file:
        return json.load(file)


def number(text):
    return math.nan if text == "NA" else float(text)


def check(true, *words):
    if not true:
        sys.exit(" ".join(str(word) for word in words))


def matrices(rows):
    """{(invocation, iteration, matrix): {(from, to): value}}."""
    found = collections.defaultdict(dict)
    for r in rows:
        key = (r["invocation_id"], r["iter"], r["metric"][5:])
        cell = (r["src_node"], r["dst_node"])
        check(cell not in found[key], "twice:", r)
        found[key][cell] = number(r["value"])
    return found


def ratio_of(cells, nodes):
    """What of a matrix went between different nodes that are known."""
    known = [(i, j, v) for (i, j), v in cells.items()
             if i.isdigit() and j.isdigit()]
    whole = sum(v for i, j, v in known)
    if nodes == 1 or whole == 0:
        return math.nan
    return sum(v for i, j, v in known if i != j) / whole


def same(a, b):
    return math.isnan(a) and math.isnan(b) or math.isclose(a, b, abs_tol=1e-9)


def check_matrices(rows, run):
    nodes = int(rows[0]["n_nodes"])
    check(nodes == len(run["topology"]["nodes"]), "n_nodes", nodes)
    found = matrices(rows)
    for (invocation, iteration, name), cells in found.items():
        for i, j in cells:
            for node in i, j:
                check(not node.isdigit() or int(node) < nodes, name, i, j)
        if name in RATIOS.values():
            whole = cells.pop(("all", "all"))
            if math.isnan(whole):
                check(not cells, name, "is missing, but", cells)
            else:
                check(sum(cells.values()) == whole, name, whole, cells)
                check(0 not in cells.values(), name, "has a 0", cells)
    for (invocation, iteration, name), cells in found.items():
        if name in RATIOS:
            of = found[invocation, iteration, RATIOS[name]]
            check(same(cells[("all", "all")], ratio_of(of, nodes)),
                  name, cells, of)
    return found


def check_results(rows, results, found):
    known = {r["invocation_id"]: r for r in results}
    for r in rows:
        other = known[r["invocation_id"]]
        for mine, theirs in SAME.items():
            check(r[mine] == other[theirs], mine, r[mine], other[theirs])
        check((r["value"] == "NA") <= (r["reason"] != "NA"), "no reason:", r)
        check(r["reliable"] == "1" or r["reason"] != "NA", "no reason:", r)
        model = r["source"] == "model"
        check(model <= (r["numa_mode"] == "model" or r["value"] == "NA"), r)
    for r in results:
        name = r["metric"][5:]
        if r["metric"].startswith("numa.") and name in RATIOS:
            cell = found[r["invocation_id"], r["iteration"], name]
            check(same(number(r["value"]), cell[("all", "all")]), r, cell)


def check_lists(rows, wane):
    text = subprocess.run([wane, "list", "metrics", "--format", "json"],
                          check=True, capture_output=True).stdout
    known = {m["name"]: m for m in json.loads(text)}
    for r in rows:
        metric = known.get(r["metric"])
        check(metric and metric["unit"] == r["unit"], "not listed:", r)
    unseen = {name for name, m in known.items() if m["scopes"] == "matrix"
              and not name.startswith("numa.threads.")}
    check(unseen <= {r["metric"] for r in rows}, "no rows of",
          unseen - {r["metric"] for r in rows})


def fits(folder, wane, schemas):
    rows_of.schema(f"{folder}/results.csv", f"{schemas}/schema.json")
    rows_of.schema(f"{folder}/numa.csv", f"{schemas}/numa_schema.json")
    rows, results, run = (read(folder, "numa.csv"), read(folder, "results.csv"),
                          load(folder))
    check({r["invocation_id"] for r in rows}
          == {r["invocation_id"] for r in results}, "other invocations")
    found = check_matrices(rows, run)
    check_results(rows, results, found)
    check_lists(rows, wane)
    xml.dom.minidom.parse(f"{folder}/topology.xml")
    for invocation in run["invocations"]:
        threads = invocation["threads"]
        check(threads, "no threads in run.json")
        for role in "mutator", "worker", "finalizer":
            n = sum(t["role"] == role for t in threads)
            counted = sum(sum(cells.values()) for (i, _, name), cells
                          in found.items() if name == "threads." + role
                          and i == invocation["invocation_id"])
            check(n == counted, n, role, "threads,", counted, "in numa.csv")


def any_row(folder, expression):
    code = compile(f"({expression})", "filter", "eval")
    check(any(eval(code, {"r": row}) for row in read(folder, "numa.csv")),
          f"no row of {folder}: {expression}")


def sum_of(folder, metric):
    rows = [r for r in read(folder, "numa.csv") if r["metric"] == metric
            and r["phase"] == "timing" and r["src_node"] == "all"]
    print(rows[0]["value"])


def run_json(folder, expression):
    check(eval(f"({expression})", {"j": load(folder)}), expression)


def figure(out, name):
    out = pathlib.Path(out)
    svg = (out / f"{name}.svg").read_text(encoding="utf-8")
    xml.dom.minidom.parseString(svg)
    caption = (out / f"{name}.txt").read_text(encoding="utf-8")
    check("From:\n  " in caption, "no sources in the caption")
    check("nan" not in svg and "inf" not in svg, "no number in the picture")
    rows = read(out, f"{name}.csv")
    check(rows, "no numbers")
    for r in rows:
        low, median, high = (float(r[k]) for k in ("low", "median", "high"))
        check(low <= median <= high and int(r["n"]) > 0, r)
        check("_" + r["class"] in name or r["class"] == "measured", r["class"])
    if name.startswith("F8"):  # a marker for each number, and each series
        # gnuplot draws a point with whiskers twice, in the same place
        marks = len(set(re.findall(
            r"<use xlink:href='#gpPt\d+' transform='[^']*'", svg)))
        series = len({r["series"] for r in rows})
        check(marks == len(rows) + series, marks, len(rows), series)


if __name__ == "__main__":
    {"fits": fits, "any": any_row, "sum": sum_of, "run": run_json,
     "figure": figure}[sys.argv[1]](*sys.argv[2:])
