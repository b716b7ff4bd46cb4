# SPDX-License-Identifier: MIT
"""metrics.py: what test_metrics.sh asks of the folders of runs.

metrics.py all WANE DIR...   every metric has a value, or says why it has none
metrics.py costs DIR         costs, worked out again from gc_events.csv
metrics.py requests DIR      latencies, worked out again from requests.csv
metrics.py dropped DIR       requests that were not kept are counted
metrics.py lost DIR          what only all events know is missing without them
metrics.py threads DIR       a workload's own threads are not the collector's
metrics.py counters DIR [WHY] hardware counters, or why there are none
metrics.py soft DIR           counters of CPU time agree with clocks
metrics.py ordered DIR...    percentiles grow
metrics.py lifetimes DIR     promptness, floating garbage and what lives, worked
                             out again from lifetimes.csv and heap_samples.csv
metrics.py unsampled DIR     nothing is said of samples that were not taken
"""
import collections
import csv
import json
import math
import subprocess
import sys

# What the runs of the test need not come upon, and why.
CONDITIONAL = {
    "perf.cycles": "no counter may open",
    "perf.instructions": "no counter may open",
    "perf.llc_miss": "no counter may open",
    "perf.dtlb_miss": "no counter may open",
    "rss.peak": "the kernel may not let us reset it",
    "run.status": "has never a value",
    "numa.steal_remote": "nothing may be stolen",
    "numa.pages_mismatch": "the kernel says so of bound memory only",
}


def read(folder):
    with open(f"{folder}/results.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def companion(folder, name):
    text = subprocess.run(["zstd", "-dcq", f"{folder}/{name}"], check=True,
                          capture_output=True, text=True).stdout
    runs = collections.defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        runs[row["invocation_id"], row["iteration"]].append(row)
    return runs


def runs_of(folder):
    """{(invocation, iteration): {(metric, scope, stat): number or None}}"""
    runs = collections.defaultdict(dict)
    for row in read(folder):
        value = None if row["value"] == "NA" else float(row["value"])
        key = row["metric"], row["scope"], row["stat"]
        runs[row["invocation_id"], row["iteration"]][key] = value
    return runs


def every(wane, *folders):
    text = subprocess.run([wane, "list", "metrics", "--format", "json"],
                          check=True, capture_output=True).stdout
    known = {m["name"]: m for m in json.loads(text)}
    reported, valued = set(), set()
    for folder in folders:
        names = ["results.csv"]
        if "numa" in folder or folder in ("nodes", "kernel"):
            names.append("numa.csv")
        for name in names:
            try:
                file = open(f"{folder}/{name}", encoding="utf-8", newline="")
            except FileNotFoundError:
                continue  # no nodes here: --numa auto is off
            with file:
                for row in csv.DictReader(file):
                    reported.add(row["metric"])
                    if row["value"] != "NA":
                        valued.add(row["metric"])
    if reported - set(known):
        sys.exit(f"in no list: {sorted(reported - set(known))}")
    silent = sorted(set(known) - reported - set(CONDITIONAL))
    missing = sorted(reported - valued - set(CONDITIONAL))
    if silent or missing:
        sys.exit(f"nobody reports {silent}; NA everywhere: {missing}")
    if set(CONDITIONAL) - set(known):
        sys.exit("conditions of metrics that do not exist")


def near(found, expected, what):
    if found is None or not math.isclose(found, expected, rel_tol=1e-12,
                                         abs_tol=1e-6):
        sys.exit(f"{what}: {found}, expected {expected}")


def union(spans, end):
    total, until = 0, 0
    for a, b in sorted(spans):
        a, b = max(a, until), min(b, end)
        if b > a:
            total, until = total + b - a, b
    return total


def costs(folder):
    runs, stops = runs_of(folder), 0
    for key, events in companion(folder, "gc_events.csv.zst").items():
        if not any(e["event"] == "cycle" for e in events):
            sys.exit(f"{key}: no round")
        end = next(int(e["t_end_ns"]) for e in events
                   if e["kind"] == "harness_end")
        told = runs[key]
        mine = [e for e in events if e["event"] != "marker"
                and e["event"] != "drop" and int(e["t_begin_ns"]) < end
                and (int(e["t_end_ns"]) > 0 or int(e["t_begin_ns"]) >= 0)]

        def share(event):
            """Of its CPU time, what lies in the run."""
            a, b = int(event["t_begin_ns"]), int(event["t_end_ns"])
            cpu, overlap = int(event["cpu_ns"]), min(b, end) - max(a, 0)
            return cpu if overlap == b - a else int(cpu * overlap / (b - a))

        def cpu(*names):
            return sum(share(e) for e in mine
                       if e["cpu_ns"] != "NA" and
                       (e["event"] in names or e["kind"] in names)
                       and (e["role"] != "mutator"
                            or e["thread"].startswith("mutator-")))
        stopped = [(int(e["t_begin_ns"]), int(e["t_end_ns"])) for e in mine
                   if e["kind"] == "stopped"]
        stops += len(stopped)
        near(told["time.wall", "stw", "total"], union(stopped, end), key)
        near(told["time.task_clock", "stw", "total"], cpu("stopped"), key)
        for name in ("handshake", "decrement", "release", "young", "mark",
                     "sweep"):
            near(told[f"time.phase.{name}", "gc", "total"], cpu(name),
                 (key, name))
        near(told["time.phase.pause", "mutator_gc", "total"], cpu("pause"),
             (key, "pause"))
        mutators = sum(told[f"time.phase.{n}", "mutator_gc", "total"]
                       for n in ("pause", "assist", "stall"))
        near(told["time.task_clock", "mutator_gc", "total"], mutators, key)
        paused = any(e["event"] in ("pause", "assist", "stall")
                     and e["thread"].startswith("mutator-") for e in mine)
        if (mutators > told["time.task_clock", "mutator", "total"]
                or paused != (mutators > 0)):
            sys.exit(f"{key}: mutators {mutators}")
        clock = {s: told["time.task_clock", s, "total"]
                 for s in ("process", "mutator", "gc", "other")}
        near(clock["process"], sum(clock.values()) - clock["process"], key)
        depth = [int(e["items"]) for e in mine if e["kind"] == "decrement"
                 and int(e["items"])]
        near(told["rc.dec_queue.depth", "gc", "count"], len(depth), key)
        if depth:
            near(told["rc.dec_queue.depth", "gc", "total"], sum(depth), key)
            near(told["rc.dec_queue.depth", "gc", "max"], max(depth), key)
        if not told["instruments.cost", "process", "total"] > 0:
            sys.exit(f"{key}: instruments cost nothing")
    if not stops:
        sys.exit("no run stopped the world")


def rank(values, p):
    """1 - p in ten thousandths."""
    n = len(values)
    return sorted(values)[n - 1 - n * p // 10000]


def metered(starts, ends, window):
    """As in measurement by windows, straight from its definition."""
    n, result = len(starts), []
    for i, (start, end) in enumerate(zip(starts, ends)):
        low = start - window / 2
        first = next(k for k in range(n) if starts[k] >= low)
        last = next((k for k in range(i, n)
                     if starts[k] >= start + window / 2), n - 1)
        even = start
        if last > first:
            gap = (starts[last] - starts[first]) / (last - first)
            even = starts[first] + (i - first) * gap
        result.append(max(end - start, math.floor(end - even + 1e-3)))
    return result


def requests(folder):
    runs = runs_of(folder)
    files = companion(folder, "requests.csv.zst")
    if {key[0] for key in files} != {key[0] for key in runs}:
        sys.exit("requests of other invocations")
    for key, rows in files.items():
        if int(key[1]) != max(int(k[1]) for k in runs if k[0] == key[0]):
            sys.exit(f"{key}: requests of a warm-up")
        if [int(r["request"]) for r in rows] != list(range(len(rows))):
            sys.exit(f"{key}: not numbered in order")
        if {r["thread"] for r in rows} != {"0", "1"}:
            sys.exit(f"{key}: threads")
        starts = [int(r["t_start_ns"]) for r in rows]
        ends = [int(r["t_end_ns"]) for r in rows]
        if starts != sorted(starts) or starts[0] < 0:
            sys.exit(f"{key}: starts")
        latencies = {"simple": [e - s for s, e in zip(starts, ends)]}
        if rows[0]["t_intended_ns"] != "NA":
            latencies["intended"] = [int(r["t_end_ns"]) -
                                     int(r["t_intended_ns"]) for r in rows]
            if min(latencies["intended"]) < min(latencies["simple"]):
                sys.exit(f"{key}: begun before it was due")
        some = 1000  # the windows' definition is slow
        if len(rows) <= some:
            latencies["metered.w1ms"] = metered(starts, ends, 1e6)
            latencies["metered.full"] = metered(starts, ends, 1e18)
        told = runs[key]
        near(told["requests.count", "process", "count"], len(rows), key)
        near(told["requests.dropped", "process", "count"], 0, key)
        for name, values in latencies.items():
            name = "latency." + name
            near(told[name, "process", "count"], len(values), (key, name))
            near(told[name, "process", "min"], min(values), (key, name))
            near(told[name, "process", "max"], max(values), (key, name))
            for stat, p in (("p50", 5000), ("p90", 1000), ("p99", 100),
                            ("p99_9", 10)):
                near(told[name, "process", stat], rank(values, p),
                     (key, name, stat))
            if told[name, "process", "p99_99"] is not None:
                sys.exit(f"{key}: p99_99 of {len(values)}")


def dropped(folder):
    for key, told in runs_of(folder).items():
        near(told["requests.count", "process", "count"], 100, key)
        near(told["requests.dropped", "process", "count"], 70, key)
        near(told["latency.simple", "process", "count"], 100, key)
        if told["latency.metered.full", "process", "p50"] is not None:
            sys.exit("metered latency of some requests only")
    with open(f"{folder}/run.json", encoding="utf-8") as file:
        notes = json.load(file)["invocations"][0]["notes"]
    if not any("70 of 100 requests were not kept" in note for note in notes):
        sys.exit(f"nobody says so: {notes}")
    for rows in companion(folder, "requests.csv.zst").values():
        if len(rows) != 30:
            sys.exit(f"{len(rows)} rows")


def lost(folder):
    for key, told in runs_of(folder).items():
        if not told["events.dropped", "process", "count"] > 0:
            sys.exit(f"{key}: nothing was lost")
        valued = [k for k, value in told.items() if value is not None
                  and (k[0].startswith(("time.phase.", "rc.dec_queue."))
                       or k[1] == "mutator_gc"
                       or k[:2] == ("time.wall", "stw"))]
        if valued:
            sys.exit(f"{key}: sums of some events only: {valued}")
    with open(f"{folder}/run.json", encoding="utf-8") as file:
        notes = json.load(file)["invocations"][0]["notes"]
    if not any("events were lost" in note for note in notes):
        sys.exit(f"nobody says so: {notes}")


def threads(folder):
    """Of storms of threads: each has done some of the work."""
    for key, told in runs_of(folder).items():
        clock = {s: told["time.task_clock", s, "total"]
                 for s in ("process", "mutator", "mutator_gc", "gc", "other")}
        if not clock["other"] > 0 or clock["mutator_gc"] > clock["mutator"]:
            sys.exit(f"{key}: {clock}")
        near(clock["process"],
             clock["mutator"] + clock["gc"] + clock["other"], key)


def counters(folder, reason=None):
    """A counter has a value if run.json says that it counts, else a reason."""
    with open(f"{folder}/run.json", encoding="utf-8") as file:
        found = json.load(file)["invocations"][0]["counters"]
    told = next(iter(runs_of(folder).values()))
    for name in "cycles", "instructions", "llc_miss", "dtlb_miss":
        values = [told[f"perf.{name}", scope, "total"]
                  for scope in ("process", "mutator", "gc", "stw")]
        if found[name]["counts"] is None:
            if not found[name]["why"] or values != [None] * 4:
                sys.exit(f"{name}: {found[name]} {values}")
        elif None not in values and values[0] + 1 < values[2]:
            sys.exit(f"{name}: {values}")
        if reason and reason not in found[name].get("why", ""):
            sys.exit(f"{name}: {found[name]}")


def soft(folder):
    """Whatever was counted was CPU time: the same by role as the clocks say."""
    stopped = 0
    for told in runs_of(folder).values():
        for scope in "process", "mutator", "gc", "stw":
            found = told["perf.cycles", scope, "total"]
            clock = told["time.task_clock", scope, "total"]
            if found is None:
                print("the kernel counts nothing for us")
            elif abs(found - clock) > 0.1 * clock + 5e6:
                sys.exit(f"{scope}: counted {found}, clock {clock}")
            elif scope == "stw":
                stopped += found > 0
    if found is not None and not stopped:
        sys.exit("no stop of the world was counted")


def ordered(*folders):
    stats = ("min", "p50", "p90", "p99", "p99_9", "p99_99", "max")
    for folder in folders:
        for key, told in runs_of(folder).items():
            for metric, scope in {k[:2] for k in told}:
                values = [told.get((metric, scope, s)) for s in stats]
                values = [v for v in values if v is not None]
                if values != sorted(values):
                    sys.exit(f"{folder} {key} {metric}: {values}")


def numbers(row, *names):
    return [None if row[n] == "NA" else int(row[n]) for n in names]


def spread(told, metric, values, key):
    near(told[metric, "process", "count"], len(values), (key, metric))
    if not values:
        if told[metric, "process", "max"] is not None:
            sys.exit(f"{key}: the longest {metric} of none")
        return
    near(told[metric, "process", "total"], sum(values), (key, metric))
    near(told[metric, "process", "max"], max(values), (key, metric))
    for stat, p in (("p50", 5000), ("p90", 1000), ("p99", 100),
                    ("p99_9", 10), ("p99_99", 1)):
        near(told[metric, "process", stat], rank(values, p), (key, stat))


def floating(rows, end):
    """auc and max of what is dead and not freed before `end`."""
    auc, steps = 0, collections.Counter()
    for size, dead, freed in rows:
        if dead is None or dead >= end:
            continue
        until = end if freed is None else min(freed, end)
        auc += size * (until - dead) * 1e-9
        steps[dead] += size
        steps[until] -= size if until < end else 0
    held, most = 0, 0
    for _, size in sorted(steps.items()):
        held += size
        most = max(most, held)
    return auc, most


def lifetimes(folder):
    runs, by = runs_of(folder), collections.Counter()
    samples = companion(folder, "heap_samples.csv.zst")
    for key, rows in companion(folder, "lifetimes.csv.zst").items():
        told, every = runs[key], runs[key]["garbage.every", "process", "total"]
        wall = told["time.wall", "process", "total"]
        lives = []
        for row in rows:
            size, born, dead, freed, allocated = numbers(
                row, "size", "t_alloc_ns", "t_dead_ns", "t_reclaimed_ns",
                "dead_bytes")
            if not (0 <= born < (dead or born + 1)
                    and (freed is None or dead <= freed)):
                sys.exit(f"{key}: {row}")
            lives.append((size, dead, freed, allocated))
            by[row["reclaimed_by"]] += 1
        dead = [x for x in lives if x[1] is not None]
        freed = [x for x in dead if x[2] is not None]
        near(told["garbage.deaths", "process", "count"], len(dead), key)
        near(told["garbage.censored", "process", "count"],
             len(dead) - len(freed), key)
        near(told["garbage.drained", "process", "count"],
             sum(x[2] > wall for x in freed), key)
        spread(told, "garbage.promptness", [x[2] - x[1] for x in freed], key)
        spread(told, "garbage.promptness_bytes", [x[3] for x in freed], key)
        auc, most = floating([x[:3] for x in lives], wall)
        for stat, value in (("auc", auc), ("mean", auc / wall * 1e9),
                            ("max", most)):
            found = told["garbage.floating", "process", stat]
            if not math.isclose(found, value * every, rel_tol=1e-9):
                sys.exit(f"{key}: {stat} {found}, expected {value * every}")
        known = [s for s in samples[key] if int(s["t_ns"]) > wall]
        if not known or any(s["live_bytes"] == "NA" for s in samples[key]):
            sys.exit(f"{key}: samples {samples[key]}")
        born, died = sum(x[0] for x in lives), sum(x[0] for x in dead)
        if every == 1 and int(known[-1]["live_bytes"]) != born - died:
            sys.exit(f"{key}: {known[-1]}, expected {born - died}")
    if not by["rc"] or not by["cycle"] or not by["sweep"] or not by["NA"]:
        sys.exit(f"reclaimed by {by}")


def unsampled(folder):
    if companion(folder, "heap_samples.csv.zst"):
        sys.exit("samples, though nobody was to take any")
    for key, told in runs_of(folder).items():
        if told["heap.auc", "process", "auc"] is not None:
            sys.exit(f"{key}: heap.auc of nothing")
        if told["garbage.deaths", "process", "count"] is not None:
            sys.exit(f"{key}: deaths that nobody saw")


if __name__ == "__main__":
    {"all": every, "costs": costs, "requests": requests, "dropped": dropped,
     "ordered": ordered, "counters": counters, "soft": soft,
     "lifetimes": lifetimes, "unsampled": unsampled, "lost": lost,
     "threads": threads}[sys.argv[1]](*sys.argv[2:])
