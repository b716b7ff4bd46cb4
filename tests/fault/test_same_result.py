#!/usr/bin/env python3
# test_same_result.py: clocks that jump and full logs change no result.
# SPDX-License-Identifier: MIT
#
# test_same_result.py WANE PRELOAD BAD: each collector runs a program
# undisturbed, with clocks that jump (a library that is loaded before it), with
# a pool of one kilobyte for all logs, and stopped and continued all the time.
# The checksums must be those of the first run, and no duration may be negative
# or longer than the test. BAD is bad_workload.so: while the time of day is set
# back and forth, a thread that does not poll must still be named in time.

import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

WANE, PRELOAD, BAD = sys.argv[1:4]
COLLECTORS = ["concurrent_mark_sweep", "cpython", "mark_sweep_stw", "nogc",
              "rc", "satb_mark_sweep", "trial_deletion", "trial_deletion_stw"]
WORK = ["-wlive_churn,trees=500,ops=2000", "-wrings,nodes=20000", "-t2"]
LONG = 200  # seconds
checks = 0


def check(true, *words):
    global checks
    checks += 1
    if not true:
        print("FAILED:", *words)
        sys.exit(1)


def bother(process):
    """SIGSTOP and SIGCONT to the parent and its children until it ends."""
    while process.poll() is None:
        for number in signal.SIGSTOP, signal.SIGCONT:
            path = f"/proc/{process.pid}/task/{process.pid}/children"
            try:
                with open(path) as file:
                    children = [int(pid) for pid in file.read().split()]
            except OSError:
                return
            # The parent only sees signals that it does not obey.
            for pid in children:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
            time.sleep(0.001)
        process.send_signal(signal.SIGWINCH)
        process.send_signal(signal.SIGCONT)


def run(what, folder, *words, bothered=False, **faults):
    environment = dict(os.environ)
    if faults:
        environment["LD_PRELOAD"] = PRELOAD
    for name, value in faults.items():
        environment["FAULT_" + name] = str(value)
    process = subprocess.Popen(
        [WANE, "run", *["-c" + c for c in COLLECTORS], *WORK, "-q", "-o",
         folder, "--timeout", str(LONG), *words], env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if bothered:
        bother(process)
    said = process.communicate(timeout=8 * LONG)[0]
    check(process.returncode == 0, what, process.returncode, said)
    with open(folder + "/run.json") as file:
        invocations = json.load(file)["invocations"]
    for i in invocations:
        check(i["status"] == "ok" and i["seconds"] >= 0, what, i)
    with open(folder + "/results.csv", newline="") as file:
        for row in csv.DictReader(file):
            if row["unit"] == "ns" and row["value"] != "NA":
                value = float(row["value"])
                check(0 <= value < 8 * LONG * 1e9, what, row["metric"], value)
    events = subprocess.run(["zstd", "-dcq", folder + "/gc_events.csv.zst"],
                            capture_output=True, text=True, check=True)
    for row in csv.DictReader(events.stdout.splitlines()):
        begin, end = (int(row[n] or 0) if row[n] != "NA" else 0
                      for n in ("t_begin_ns", "t_end_ns"))
        check(end >= begin, what, "an event that ends before it begins:", row)
    return {i["benchmark"] + "/" + i["config"].split(".")[0]:
            [n for n in i["notes"] if "checksum" in n] for i in invocations}


def deaf_is_named(folder):
    environment = dict(os.environ, LD_PRELOAD=PRELOAD, FAULT_CLOCK="1")
    subprocess.run([WANE, "run", "-crc", f"-w{BAD},mode=deaf", "-q",
                    "-o" + folder, "--timeout=3", "--rc=poll_timeout_ms=300"],
                   env=environment, capture_output=True, check=False)
    with open(folder + "/run.json") as file:
        reason = json.load(file)["invocations"][0]["reason"]
    check('"mutator-0" has not reached a safepoint' in reason, reason)


with tempfile.TemporaryDirectory() as root:
    deaf_is_named(root + "/deaf")
    first = run("undisturbed", root + "/first")
    check(len(first) == 2 * len(COLLECTORS) and all(first.values()), first)
    for name, words, more in (
            ("clocks that jump", [], {"CLOCK": 5}),
            ("no room for logs",
             ["--rc", "log_pool_bytes=1k,log_chunk=4,young_bytes=64k"], {}),
            ("stopped and continued", [], {"bothered": True})):
        found = run(name, root + "/" + name.replace(" ", "_"), *words, **more)
        check(found == first, name, found, "expected", first)
print(f"{checks} checks passed")
