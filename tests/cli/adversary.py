# SPDX-License-Identifier: MIT
"""adversary.py: what the adversarial workloads must not cost.

adversary.py WANE

No bound is one of time: bytes, objects looked at, stacks. Each is met by far
with what the collectors do now, and missed by far where they get it wrong;
where a collector that never frees is there to show it, it is asked to miss.
"""
import collections
import csv
import io
import json
import os
import re
import resource
import subprocess
import sys

WANE = sys.argv[1]
MIB = 1 << 20
failures = []


def check(good, sentence):
    if not good:
        failures.append(sentence)
        print("FAILED:", sentence)


def wane(*arguments, stack=None):
    """Runs it; whoever has `stack` bytes of stack has threads with as many."""
    def limit():
        resource.setrlimit(resource.RLIMIT_STACK, (stack, stack))
    return subprocess.run([WANE, *arguments], text=True, capture_output=True,
                          preexec_fn=limit if stack else None, check=False)


def listed(kind):
    return json.loads(wane("list", kind, "--format", "json").stdout)


COLLECTORS = {c["name"]: c for c in listed("collectors")}
FREES = [n for n, c in COLLECTORS.items() if c["frees_acyclic"]]
COMPLETE = [n for n, c in COLLECTORS.items() if c["frees_all"]]


class Row(dict):
    """Metrics of one invocation, by name; `status`; who it is."""


def rows(workloads, collectors, *arguments, stack=None):
    """One Row for each workload and collector, in no order to rely on."""
    command = ["run", "-q", "--timeout", "250", "--format", "csv", *arguments]
    for name in collectors:
        command += ["-c", name]
    for name in workloads:
        command += ["-w", name]
    done = wane(*command, stack=stack)
    table = collections.defaultdict(Row)
    for r in csv.DictReader(io.StringIO(done.stdout)):
        row = table[r["exec_index"]]
        row.collector, row.workload = r["collector"], r["benchmark"]
        row.label = f"{r['benchmark']} ({r['size']}) on {r['collector']}"
        row.status, row.variety = r["status"], r["variety"]
        if r["stat"] in ("count", "total", "max") and r["value"] != "NA":
            row[r["metric"]] = float(r["value"])
    if len(table) != len(workloads) * len(collectors):
        sys.exit(f"{command}: {len(table)} rows, exit code {done.returncode}, "
                 f"{done.stderr}")
    return table.values()


def ended(found, status, row):
    check(found == status, f"{row.label}: {found}, expected {status}")


VARIETY = next(iter(rows(["rings,nodes=10"], ["rc"]))).variety
MEASURE = VARIETY == "measure"


def blocked_owners_hold_no_bytes():
    """Two tables of 1 MiB are in use at a time, 40 or more are made by threads
    that stay blocked: a heap of 12 MiB will do."""
    batch = "4k" if MEASURE else "1k"
    for cycles in ("no", "yes"):
        name = f"blocked_owner,owners=40,batch={batch},cycles={cycles}"
        frees = FREES if cycles == "no" else COMPLETE
        for row in rows([name], COLLECTORS, "-t", "2", "-H", "12m"):
            ended(row.status, "ok" if row.collector in frees else "oom", row)


def threads_that_are_gone_hold_no_bytes():
    """2000 threads have a block of 64 KiB each: 125 MiB, if rounds come by the
    clock alone, which is set to never here."""
    for row in rows(["thread_storm,threads=1k,objects=50,table=64"], FREES,
                    "-t", "2", "--rc", "young_bytes=1m,round_ms=1000000"):
        ended(row.status, "ok", row)
        held = row.get("heap.committed_peak", float("inf"))
        check(held < 48 * MIB, f"{row.label}: {held / MIB:.0f} MiB held")


def chains_of_dead_cycles_are_looked_at_once():
    """Or some times over, but not once for each cycle: that would be 5000
    times. With few young bytes there are many collections."""
    names = [f"dead_chains,cycles=5000,chains=1,order={order}"
             for order in ("forward", "backward", "shuffled")]
    for row in rows(names, COMPLETE, "--rc", "young_bytes=64k"):
        ended(row.status, "ok", row)
        n = row.get("cycle.traversed", 0) / row["alloc.objects"]
        check(n < 8, f"{row.label}: looked at each object {n:.1f} times")
        check(row["leak.objects"] == 0, f"{row.label}: leaks")


def a_live_graph_is_not_looked_at_each_time():
    """About 100 rounds and more each have something to suspect; to look at the
    10,000 live objects in each would be 5 times what is allocated."""
    for row in rows(["futile_scans,nodes=10000,steps=600k"], COMPLETE,
                    "--rc", "young_bytes=64k"):
        ended(row.status, "ok", row)
        n = row.get("cycle.traversed", 0) / row["alloc.objects"]
        check(n < 4, f"{row.label}: looked at {n:.1f} objects for each that "
                     "was allocated")


def long_chains_need_no_stack():
    """Ten million objects, and stacks of 64 KiB for mutators and collectors
    (sanitizers need more). A frame has 16 bytes at least."""
    stack = 65536 if MEASURE else 1 << 20
    names = [f"long_chain,nodes=200k,shape={s}"
             for s in ("prepend", "double", "weak")]
    names.append("long_chain,shape=append,nodes=" + (
        "10m" if MEASURE else "200k"))
    for row in rows(names, COLLECTORS, "--workers", "2", stack=stack):
        ended(row.status, "ok", row)


SMALL = {
    "attach_flutter": "turns=2000",
    "blocked_owner": "owners=4,batch=300",
    "dead_chains": "cycles=1000,chains=2",
    "finalizers": "cycles=300",
    "futile_scans": "nodes=1000,steps=5000",
    "long_chain": "nodes=5000",
    "ping_pong": "balls=3000",
    "ring_rotation": "steps=5000,hop=500,nodes=50",
    "thread_storm": "threads=20,objects=60",
    "weak_storm": "cycles=1000,places=300",
    "wide_array": "width=3000,ops=3000",
}


def all_are_verified_and_have_one_checksum():
    """With every collector, and but for tsan in a second iteration, too."""
    iterations = "1" if VARIETY == "tsan" else "2"
    command = ["run", "-q", "-t", "2", "-n", iterations, "--workers", "2",
               "--verify"]
    for name in COLLECTORS:
        command += ["-c", name]
    for name, options in SMALL.items():
        command += ["-w", f"{name},{options}"]
    done = wane(*command)
    check(done.returncode == 0, f"exit code {done.returncode}: {done.stderr}")
    n = len(re.findall(r" verified$", done.stdout, re.M))
    check(n == len(SMALL) * len(COLLECTORS), f"{n} runs verified")
    sums = collections.defaultdict(list)
    for name, value in re.findall(r"^ *(\w+)\S* on \w+.*: checksum=(\d+)$",
                                  done.stdout, re.M):
        sums[name].append(value)
    for name in SMALL:
        found = sums[name]
        check(len(found) == len(COLLECTORS) and len(set(found)) == 1,
              f"{name}: checksums {found}")


def no_workload_is_forgotten():
    """Each is tried with --verify here or in test_verified.sh."""
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "test_verified.sh"),
              encoding="utf-8") as file:
        script = file.read()
    for w in listed("workloads"):
        name = w["name"]
        tried = re.search(rf"^ *\"?{name}[:,]", script, re.M)
        check(name in SMALL or tried, f"the workload {name} is not verified")


def nothing_is_left():
    names = [f"{name},{options}" for name, options in SMALL.items()]
    for row in rows(names, COMPLETE, "-t", "3"):
        ended(row.status, "ok", row)
        check(row.get("leak.objects") == 0,
              f"{row.label}: {row.get('leak.objects')} objects are left")


LARGE = ["attach_flutter", "blocked_owner", "dead_chains", "finalizers",
         "futile_scans", "long_chain", "ping_pong", "ring_rotation",
         "thread_storm", "weak_storm,cycles=1m", "wide_array"]


def a_full_heap_is_a_row():
    """Whoever fails lets those go who wait for it."""
    for row in rows(LARGE, ["nogc"], "-t", "3", "-H", "4m"):
        ended(row.status, "oom", row)


TESTS = [no_workload_is_forgotten, all_are_verified_and_have_one_checksum,
         chains_of_dead_cycles_are_looked_at_once]
if VARIETY != "tsan":  # which takes its time and looks for races
    TESTS += [blocked_owners_hold_no_bytes, long_chains_need_no_stack,
              a_full_heap_is_a_row]
if MEASURE:
    TESTS += [threads_that_are_gone_hold_no_bytes,
              a_live_graph_is_not_looked_at_each_time, nothing_is_left]
for test in TESTS:
    print(test.__name__, flush=True)
    test()
print(f"{len(TESTS)} checks, {len(failures)} failures")
sys.exit(1 if failures else 0)
