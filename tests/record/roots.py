#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""roots.py TEXT: are a recording's roots whose they should be?

Reads the text of a trace recorded under a global lock and says two numbers:
UNROOTs by a thread that had no root on the object, in thousandths of all, and
finalizers that ran on an object that no root held, and that was used again.
"""
import collections
import re
import sys


def streams(path):
    """Each thread's events, as lists of words."""
    threads = collections.defaultdict(list)
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            thread = re.match(r"(T\d+): (.*)", line)
            if thread:
                threads[thread[1]].append(thread[2].split())
    return threads


def in_order(threads):
    """All events, in the recorded order: whoever need not wait goes on."""
    done = dict.fromkeys(threads, 0)
    running = True
    while running:
        running = False
        for name, events in threads.items():
            while done[name] < len(events):
                event = events[done[name]]
                if event[0] == "wait" and done[event[1]] < int(event[2]):
                    break
                done[name] += 1
                running = True
                if event[0] not in ("wait", "ckpt"):
                    yield name, event


def main():
    holders = collections.defaultdict(collections.Counter)
    foreign = unroots = bare = 0
    ran = None  # the handle of a finalizer that just ran, and nothing held it
    for thread, event in in_order(streams(sys.argv[1])):
        op, handle = event[0], event[1] if len(event) > 1 else None
        if ran is not None:
            bare += not (op in ("free", "drop") and handle == ran)
            ran = None
        if op == "alloc":
            holders[handle] = collections.Counter({thread: 1})
        elif op == "root":
            holders[handle][thread] += 1
        elif op in ("unroot", "drop"):
            unroots += 1
            held = holders[handle]
            foreign += held[thread] == 0
            giver = thread if held[thread] else next(t for t in held if held[t])
            held[giver] -= 1
        elif op == "finalizer" and event[-1] == "ran":
            ran = None if any(holders[handle].values()) else handle
    print(1000 * foreign // max(unroots, 1), bare)


main()
