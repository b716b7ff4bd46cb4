# SPDX-License-Identifier: MIT
"""rows.py: what test_run.sh asks of results.csv and gc_events.csv.

rows.py any CSV EXPRESSION     some row r makes it true
rows.py schema CSV SCHEMA      every cell is what the Table Schema says
rows.py metrics CSV WANE       every metric is in `wane list metrics`
rows.py order DIR CELLS N      interleaved: each cell once per invocation
rows.py sequence <CSV          benchmark and collector in order of execution
rows.py events CSV RESULTS     gc_events.csv fits results.csv
"""
import collections
import csv
import json
import re
import subprocess
import sys


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def any_row(path, expression):
    code = compile(f"({expression})", "filter", "eval")
    if not any(eval(code, {"r": row}) for row in read(path)):
        sys.exit(f"no row of {path}: {expression}")


def wrong(field, text, missing):
    """What is wrong with a cell; None if nothing is."""
    rules = field.get("constraints", {})
    if text in missing:
        return "is missing" if rules.get("required") else None
    number = None
    if field["type"] in ("integer", "number"):
        try:
            number = (int if field["type"] == "integer" else float)(text)
        except ValueError:
            return f"is no {field['type']}"
    if "minimum" in rules and number < rules["minimum"]:
        return f"is below {rules['minimum']}"
    if "maximum" in rules and number > rules["maximum"]:
        return f"is above {rules['maximum']}"
    if "enum" in rules and text not in rules["enum"]:
        return f"is none of {rules['enum']}"
    if "pattern" in rules and not re.fullmatch(rules["pattern"], text):
        return f"does not match {rules['pattern']}"
    return None


def schema(path, schema_path):
    with open(schema_path, encoding="utf-8") as file:
        table = json.load(file)
    fields = table["fields"]
    with open(path, encoding="utf-8", newline="") as file:
        data = file.read()
    if "\r" in data:
        sys.exit("a carriage return")
    rows = list(csv.reader(data.splitlines()))
    names = [field["name"] for field in fields]
    if rows[0] != names:
        sys.exit(f"columns {rows[0]}, expected {names}")
    if len(rows) < 2:
        sys.exit("no rows")
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(fields):
            sys.exit(f"line {number}: {len(row)} cells")
        for field, text in zip(fields, row):
            why = wrong(field, text, table["missingValues"])
            if why:
                sys.exit(f"line {number}: {field['name']} '{text}' {why}")


def metrics(path, wane):
    text = subprocess.run([wane, "list", "metrics", "--format", "json"],
                          check=True, capture_output=True).stdout
    known = {m["name"]: m for m in json.loads(text)}
    seen = collections.Counter()
    for row in read(path):
        metric = known.get(row["metric"])
        if not metric:
            sys.exit(f"{row['metric']} is in no list")
        unit = "B.s" if row["stat"] == "auc" else metric["unit"]
        if (row["unit"] != unit
                or row["stat"] not in metric["stats"].split("|")
                or row["scope"] not in metric["scopes"].split("|")):
            sys.exit(f"{row} is not as listed: {metric}")
        key = tuple(row[k] for k in (
            "invocation_id", "iteration", "metric", "scope", "stat"))
        seen[key] += 1
    twice = [key for key, n in seen.items() if n > 1]
    if twice:
        sys.exit(f"twice: {twice[0]}")


def executed(rows):
    """[(exec_index, invocation, benchmark, collector)] in order."""
    return sorted({(int(r["exec_index"]), int(r["invocation"]),
                    r["benchmark"], r["collector"]) for r in rows})


def order(folder, cells, invocations):
    cells, invocations = int(cells), int(invocations)
    steps = executed(read(f"{folder}/results.csv"))
    if [s[0] for s in steps] != list(range(cells * invocations)):
        sys.exit(f"exec_index: {steps}")
    for k in range(invocations):
        part = steps[k * cells:(k + 1) * cells]
        if {s[1] for s in part} != {k} or len({s[2:] for s in part}) != cells:
            sys.exit(f"invocation {k} is not interleaved: {part}")
    with open(f"{folder}/run.json", encoding="utf-8") as file:
        run = json.load(file)
    if len(run["invocations"]) != cells * invocations:
        sys.exit("run.json has other invocations")


def sequence():
    for step in executed(csv.DictReader(sys.stdin)):
        print(*step)


def events(path, results):
    rows = read(path)
    ids = {r["invocation_id"] for r in read(results)}
    if {r["invocation_id"] for r in rows} != ids:
        sys.exit("other invocations than results.csv")
    runs = collections.defaultdict(list)
    for row in rows:
        if None in row or None in row.values():
            sys.exit(f"not as many cells as columns: {row}")
        runs[row["invocation_id"], row["iteration"]].append(row)
    for key, run in runs.items():
        if [int(r["seq"]) for r in run] != list(range(len(run))):
            sys.exit(f"{key}: seq")
        markers = {r["kind"]: int(r["t_begin_ns"]) for r in run
                   if r["event"] == "marker"}
        if markers["harness_begin"] != 0 or markers["harness_end"] <= 0:
            sys.exit(f"{key}: markers {markers}")
        if any(int(r["t_end_ns"]) < int(r["t_begin_ns"]) for r in run):
            sys.exit(f"{key}: an event ends before it begins")
        if not any(r["event"] == "cycle" for r in run):
            sys.exit(f"{key}: no round")


if __name__ == "__main__":
    {"any": any_row, "schema": schema, "metrics": metrics, "order": order,
     "sequence": sequence, "events": events}[sys.argv[1]](*sys.argv[2:])
