# SPDX-License-Identifier: MIT
"""export_forms.py: what test_export.sh asks of what `wane export` writes.

export_forms.py FORMAT DIR OUT   OUT says what results.csv of DIR says
export_forms.py spoil DIR COLUMN TEXT [NTH]   puts TEXT there, in one row
"""
import csv
import gzip
import json
import pathlib
import re
import sqlite3
import sys

OF_NUMBER = ["iteration", "phase", "metric", "scope", "stat", "unit", "value"]
# What plotty takes as the name of a log.
LOG = re.compile(r"^(\w+)\.(\d+)\.(\d+)\.([a-zA-Z0-9_\-\.\:\,]+)\.log\.gz$")


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def results(folder):
    return read(f"{folder}/results.csv")


def check(true, *words):
    if not true:
        sys.exit(" ".join(str(word) for word in words))


def as_text(value):
    return "NA" if value is None else str(value)


def equal(found, expected):
    """Rows of texts; numbers by what they are."""
    check(len(found) == len(expected), len(found), "rows, expected",
          len(expected))
    for a, b in zip(found, expected):
        check(a.keys() == b.keys(), a.keys(), "expected", b.keys())
        for key, text in b.items():
            one = as_text(a[key])
            check(one == text or float(one) == float(text), key, one,
                  "expected", text)


def check_json(folder, out):
    with open(out, encoding="utf-8") as file:
        found = json.load(file)
    with open(f"{folder}/run.json", encoding="utf-8") as file:
        check(found["run"] == json.load(file), "another run.json")
    equal(found["rows"], results(folder))
    check(isinstance(found["rows"][0]["seed"], int), "a seed that is no number")


def check_split(folder, out):
    invocations = {r["invocation_id"]: r
                   for r in read(f"{out}/invocations.csv")}
    expected = results(folder)
    columns = list(expected[0])
    joined = [{c: {**invocations[m["invocation_id"]], **m}[c]
               for c in columns} for m in read(f"{out}/measurements.csv")]
    equal(joined, expected)
    with open(f"{folder}/run.json", encoding="utf-8") as file:
        for one in json.load(file)["invocations"]:
            row = invocations[one["invocation_id"]]
            check(row["exit_code"] == as_text(one["exit_code"]), row)
            check(row["reason"] == as_text(one["reason"]), row)


def check_wide(folder, out):
    wide = {(r["invocation_id"], r["iteration"]): r for r in read(out)}
    rows = results(folder)
    check(wide.keys() == {(r["invocation_id"], r["iteration"]) for r in rows},
          "other iterations")
    seen = 0
    for r in rows:
        row = wide[r["invocation_id"], r["iteration"]]
        check(row["status"] == r["status"] and row["phase"] == r["phase"], row)
        if r["metric"] != "run.status":
            name = ":".join((r["metric"], r["scope"], r["stat"]))
            check(row[name] == r["value"], name, row[name], r["value"])
            seen += r["value"] != "NA"
    filled = sum(value != "NA" for row in wide.values()
                 for key, value in row.items() if ":" in key)
    check(filled == seen, filled, "cells, expected", seen)


def check_sqlite(folder, out):
    base = sqlite3.connect(out)
    base.row_factory = sqlite3.Row
    expected = results(folder)
    columns = ",".join(expected[0])
    equal([dict(r) for r in base.execute(
        f"SELECT {columns} FROM results")], expected)
    check(base.execute("SELECT count(*) FROM invocations").fetchone()[0]
          == len({r["invocation_id"] for r in expected}), "invocations")
    check({r[0] for r in base.execute("SELECT typeof(cpus) FROM invocations")}
          == {"text"}, "cpus is no text")
    check({r[0] for r in base.execute(
        "SELECT typeof(value) FROM measurements WHERE metric = 'time.wall'")}
        == {"integer"}, "time.wall is no integer")
    tables = {r[0] for r in base.execute("SELECT name FROM sqlite_master")}
    with_events = "events" in tables
    if with_events:
        check(base.execute("SELECT count(*) FROM events WHERE invocation_id "
                           "IN (SELECT invocation_id FROM invocations)"
                           ).fetchone()[0] > 0, "no events")
    print("with events" if with_events else "without events")


def check_plotty(folder, out):
    rows = results(folder)
    with open(f"{folder}/run.json", encoding="utf-8") as file:
        run_id = json.load(file)["run_id"]
    times, failed, names = [], 0, set()
    for path in pathlib.Path(out, run_id).iterdir():
        match = LOG.match(path.name)
        check(match, path.name, "is no name for plotty")
        names.add(match[1])
        with gzip.open(path, "rt", encoding="utf-8") as file:
            text = file.read()
        for part in text.split("mkdir -p PLOTTY_WORKAROUND; timedrun; ")[1:]:
            # Statistics are of the iteration that has passed before them.
            table = re.search(r"msec =====\n=+ Tabulate Statistics =+\n(.*)\n"
                              r"(.*)\n-+ End Tabulate Statistics -+$", part,
                              re.M)
            passed = re.search(r"^===== WANE \w+ PASSED in \d+ msec =====$",
                               part, re.M)
            check(bool(table) == bool(passed), "half a part:", part)
            failed += not passed
            if not table:
                continue
            head, values = (line.split("\t") for line in table.groups())
            check(len(head) == len(values) == len(set(head)), head)
            numbers = dict(zip(head, map(float, values)))
            check(values[0][0].isdigit(), values[0])
            times.append(numbers["time.wall.process.total"])
            check(abs(numbers["time"] * 1e6 - times[-1]) < 1, "time")
    expected = [float(r["value"]) for r in rows if r["phase"] == "timing"
                and r["status"] == "ok" and r["metric"] == "time.wall"
                and r["scope"] == "process"]
    check(sorted(times) == sorted(expected), times, "expected", expected)
    check(failed == len({r["invocation_id"] for r in rows
                         if r["status"] != "ok"}), failed, "failed")
    print(*sorted(names))


def spoil(folder, column, text, nth="3"):
    with open(f"{folder}/results.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[int(nth)][rows[0].index(column)] = text
    with open(f"{folder}/results.csv", "w", encoding="utf-8",
              newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    {"json": check_json, "split": check_split, "wide": check_wide,
     "sqlite": check_sqlite, "plotty": check_plotty,
     "spoil": spoil}[sys.argv[1]](*sys.argv[2:])
