#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""stats_files.py FOLDER INFO: is what `wane trace stats -o` wrote whole, and
does it agree with `wane trace info` of threads_queue?
"""
import csv
import pathlib
import re
import sys
import xml.dom.minidom

folder, info = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).read_text()
TRACES = ["lru_cycles", "threads_queue"]


def rows(name):
    with open(folder / name, newline="") as file:
        table = list(csv.DictReader(file))
    for row in table:
        assert None not in row and None not in row.values(), (name, row)
    assert sorted({row["trace"] for row in table}) == TRACES, name
    return table


def of(table, trace):
    return [row for row in table if row["trace"] == trace]


def final(word):
    """A number of the line 'final' of wane trace info."""
    line = re.search(r"^final.*$", info, re.M).group()
    return int(re.search(rf"{word} (\d+)", line).group(1))


assert sorted(path.name for path in folder.iterdir()) == [
    "distributions.csv", "lru_cycles.svg", "series.csv", "stats.csv",
    "threads_queue.svg", "traces.svg", "types.csv"]

stats, series = rows("stats.csv"), rows("series.csv")
types, bins = rows("types.csv"), rows("distributions.csv")
value = {row["key"]: float(row["value"]) for row in of(stats, TRACES[1])
         if row["value"] != "NA"}
births = int(re.search(r"^births +(\d+)", info, re.M).group(1))

last = of(series, TRACES[1])[-1]
assert int(last["reachable_objects"]) == final("objects")
assert int(last["edges"]) == final("edges")
assert int(last["births"]) == births == value["ABI"]
assert float(value["HPO"]) == int(
    re.search(r"^peak live +(\d+)", info, re.M).group(1))
for row in series:
    for what in ("objects", "bytes"):
        assert (int(row[f"garbage_{what}"]) + int(row[f"reachable_{what}"])
                == int(row[f"live_{what}"])), row
    assert int(row["rooted_objects"]) <= int(row["roots"]), row
    assert int(row["cyclic_objects"]) <= int(row["reachable_objects"]), row
assert int(last["live_objects"]) - int(last["reachable_objects"]) == sum(
    int(row["garbage_at_end"]) for row in of(types, TRACES[1]))
for trace in TRACES:
    at = [int(row["births"]) for row in of(series, trace)]
    assert at == sorted(at) and len(at) == 50, at

mine = of(types, TRACES[1])
assert sum(int(row["births"]) for row in mine) == births
ends = ["freed_by_last_reference", "freed_by_cycle_collection",
        "live_at_end", "garbage_at_end"]
assert sum(int(row[end]) for row in mine for end in ends) == births
cycle = sum(int(row[ends[1]]) for row in mine)
assert abs(value["DCY"] - 100 * cycle / births) < 1e-9

for name, unit in (("size", "B"), ("lifetime", "births"),
                   ("references_ever", "count")):
    mine = [row for row in of(bins, TRACES[1])
            if (row["distribution"], row["unit"], row["weight_unit"])
            == (name, unit, "objects")]
    weight = sum(int(row["weight"]) for row in mine)
    below = 0
    for row in mine:
        below += int(row["weight"])
        assert abs(float(row["cumulative"]) - below / weight) < 1e-9, row
    freed = round(births * (value["DRC"] + value["DCY"]) / 100)
    assert weight == (freed if name == "lifetime" else births), (name, weight)

for row in stats:
    assert row["of"] in "12" and row["rank"] in ("1", "2", "NA"), row
    low, high = sorted(float(r["value"]) for r in stats
                       if r["key"] == row["key"] and r["value"] != "NA"
                       ) if row["of"] == "2" else (0, 0)
    if row["of"] == "2":
        assert (float(row["min"]), float(row["max"])) == (low, high), row
        expected = 1 if float(row["value"]) == high else 2
        assert int(row["rank"]) == expected, row

for path in folder.glob("*.svg"):
    picture = xml.dom.minidom.parse(str(path))
    texts = [node.firstChild.data
             for node in picture.getElementsByTagName("text")]
    names = TRACES if path.stem == "traces" else [path.stem]
    assert all(name in texts for name in names), (path, texts[:5])
    assert not re.search(r"nan|inf\b", path.read_text()), path
