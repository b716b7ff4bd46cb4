# SPDX-License-Identifier: MIT
"""same_rows.py: what test_sweep.sh asks of two sweeps.

same_rows.py A B      results.csv and the companions have the same rows, but
                      for what is measured; so does run.json for its cells
same_rows.py cells A  the cells with rows, by their exec_index
"""
import csv
import io
import json
import subprocess
import sys

# What an event is, and what it is about; not when it was, nor how often.
COMPANIONS = {"gc_events.csv.zst": ("invocation_id", "iteration"),
              "requests.csv.zst": ("invocation_id", "iteration"),
              "heap_samples.csv.zst": ("invocation_id", "iteration"),
              "lifetimes.csv.zst": ("invocation_id", "iteration")}


def results(folder):
    with open(f"{folder}/results.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def about(folder):
    """All of each row but its value, in order."""
    return [tuple(v for k, v in row.items() if k != "value")
            for row in results(folder)]


def companion(folder, name, keys):
    text = subprocess.run(["zstd", "-dcq", f"{folder}/{name}"], check=True,
                          capture_output=True).stdout.decode()
    rows = csv.DictReader(io.StringIO(text))
    return sorted({tuple(row[k] for k in keys) for row in rows})


def run_of(folder):
    with open(f"{folder}/run.json", encoding="utf-8") as file:
        run = json.load(file)
    return [run["run_id"], run["seed"], run["cells"], run["experiment"],
            [{k: one[k] for k in ("invocation_id", "benchmark", "config",
                                  "invocation", "status", "exit_code")}
             for one in run["invocations"]]]


def same(a, b):
    one, other = about(a), about(b)
    for x, y in zip(one, other):
        if x != y:
            sys.exit(f"{x}\nis\n{y}")
    if len(one) != len(other) or not one:
        sys.exit(f"{len(one)} and {len(other)} rows")
    for name, keys in COMPANIONS.items():
        if companion(a, name, keys) != companion(b, name, keys):
            sys.exit(f"{name}: not of the same iterations")
    if not companion(a, "gc_events.csv.zst", ("invocation_id",)):
        sys.exit("no events")
    if run_of(a) != run_of(b):
        sys.exit(f"{run_of(a)}\nis\n{run_of(b)}")


def cells(folder):
    print(*sorted({int(row["exec_index"]) for row in results(folder)}))


if __name__ == "__main__":
    if sys.argv[1] == "cells":
        cells(sys.argv[2])
    else:
        same(*sys.argv[1:])
