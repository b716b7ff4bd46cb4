# SPDX-License-Identifier: MIT
"""sweep_files.py WHOLE DIR: is DIR a whole sweep, with the rows of WHOLE?

Measured values differ from one sweep to the other; what they are about must
not.
"""
import csv
import json
import subprocess
import sys

KEYS = ("suite benchmark size seed config collector mutators heap_mode hfac "
        "heap_bytes minheap_bytes exec_index invocation iteration phase "
        "status").split()


def cells(folder):
    with open(f"{folder}/results.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows: # of the build that stops (test_sweep.sh)
        row["config"] = row["config"].removesuffix(".stop")
    return {tuple(row[key] for key in KEYS) for row in rows}, rows


def planned(folder):
    with open(f"{folder}/plan.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def main(whole, folder):
    expected, _ = cells(whole)
    found, rows = cells(folder)
    assert found == expected, (found - expected, expected - found)
    plan = planned(folder)
    run = json.load(open(f"{folder}/run.json", encoding="utf-8"))
    assert run["cells"] == {"planned": len(plan), "done": len(plan)}
    assert not run["interrupted"] and run["exclusions"] == []
    # Each cell once: one wall time of its timed iteration.
    walls = [row["invocation_id"] for row in rows
             if row["metric"] == "time.wall" and row["scope"] == "process"
             and row["phase"] == "timing"]
    assert len(walls) == len(set(walls)) == len(plan)
    assert len(run["invocations"]) == len(plan)
    ids = [one["invocation_id"] for one in run["invocations"]]
    assert ids == [f"{run['run_id']}-{i:05}" for i in range(len(plan))]
    # By levels, and rounds within: no cell of a level twice in a round.
    for a, b in zip(plan, plan[1:]):
        if "canary" not in (a["suite"], b["suite"]):
            assert (a["level"], a["invocation"]) <= (b["level"],
                                                     b["invocation"])
    events = subprocess.run(
        ["zstd", "-dc", f"{folder}/gc_events.csv.zst"],
        check=True, capture_output=True, text=True).stdout.splitlines()
    assert events[0].startswith("invocation_id,")
    assert sum(line.startswith("invocation_id,") for line in events) == 1
    assert {line.split(",")[0] for line in events[1:]} <= set(ids)


if __name__ == "__main__":
    main(*sys.argv[1:])
