# SPDX-License-Identifier: MIT
"""test_check.py: shows that each check of check.py can fail.

A run on two nodes of two processors is made up, in which all is well; then it
is doctored in one place, and the check must say so. No guest is needed.
"""
import dataclasses
import unittest

import cases
import check

MACHINE = cases.Machine(2, 2)
CASE = cases.Case("made_up", "per-node", "local", "local-only")
NODES = [{"os_index": 0, "cpus": "0-1", "memory_only": False, "bytes": 1},
         {"os_index": 1, "cpus": "2-3", "memory_only": False, "bytes": 1}]

WITNESS = """\
cpu 0 0
cpu 1 0
cpu 2 1
cpu 3 1
thread 9 9 0-1 0
thread 9 10 0-1 1
thread 9 11 2-3 2
thread 9 12 0-1 1
thread 9 13 2-3 3
thread 8 8 0-3 2
pages 9 0 default 90
pages 9 0 prefer_(many):0 400
pages 9 1 prefer_(many):1 300
numastat 0 numa_hit 500
numastat 1 numa_hit 500
numastat 0 numa_miss 0
numastat 1 numa_miss 0
numastat 0 interleave_hit 0
numastat 1 interleave_hit 0
exit 0
"""


def threads():
    for role in ("mutator", "worker"):
        for i in range(2):
            yield {"role": role, "index": i, "iteration": role == "mutator",
                   "asked": i, "got": i, "cpus": NODES[i]["cpus"],
                   "mismatch": False}


def row(metric, a, b, value):
    return {"iter": "1", "metric": f"numa.{metric}", "src_node": str(a),
            "dst_node": str(b), "value": str(value)}


def rows():
    matrices = {"alloc_objects": (900, 0, 0, 800), "pages": (40, 0, 0, 30),
                "marked": (50, 5, 0, 45), "freed_objects": (300, 20, 10, 270),
                "sent": (0, 3, 4, 0)}
    for metric, cells in matrices.items():
        yield row(metric, "all", "all", sum(cells))
        for i, value in enumerate(cells):
            if value:
                yield row(metric, i // 2, i % 2, value)
    for metric, ratio in (("mark", 0.05), ("free", 0.05)):
        yield row(f"remote_{metric}", "all", "all", ratio)
    yield row("pages_mismatch", "all", "all", 0)
    yield row("stat.numa_hit", 0, "NA", 400)
    yield row("balancing", "NA", "NA", 0)


def good():
    column = {"numa_mode": "real", "numa_policy": "local",
              "thread_policy": "per-node", "gc_policy": "local-only",
              "placement": "ok", "metric": "freed.objects", "value": "600"}
    document = {"topology": {"nodes": NODES,
                             "distances": [[10, 21], [21, 10]]},
                "invocations": [{"status": "ok", "threads": list(threads())}]}
    return {"witness": WITNESS, "rows": list(rows()), "document": document,
            "results": [column]}


def said(old, new):
    """The kernel says otherwise."""
    def doctor(parts):
        assert old in parts["witness"]
        parts["witness"] = parts["witness"].replace(old, new)
    return doctor


def counted(metric, a, b, value):
    """A cell of numa.csv is another, or new."""
    def doctor(parts):
        key = f"numa.{metric}", str(a), str(b)
        parts["rows"] = [r for r in parts["rows"] if key != (
            r["metric"], r["src_node"], r["dst_node"])]
        parts["rows"].append(row(metric, a, b, value))
    return doctor


def thread(number, **changes):
    def doctor(parts):
        parts["document"]["invocations"][0]["threads"][number].update(changes)
    return doctor


def column(**changes):
    def doctor(parts):
        parts["results"][0].update(changes)
    return doctor


def interleaved(parts):
    """Spread over both nodes, by name; not as many on each."""
    text = parts["witness"]
    for node in (0, 1):
        text = text.replace(f"prefer_(many):{node}", "interleave:0-1")
    parts["witness"] = text


def unmarked(parts):
    parts["rows"] = [r for r in parts["rows"] if r["metric"] != "numa.marked"]


def told(**changes):
    """The topology in run.json."""
    def doctor(parts):
        parts["document"]["topology"].update(changes)
    return doctor


def no_worker(parts):
    del parts["document"]["invocations"][0]["threads"][3]


def same_node(parts):
    """All threads are on node 0."""
    for t in parts["document"]["invocations"][0]["threads"]:
        t.update(asked=0, got=0, cpus="0-1")


def case(**changes):
    return dataclasses.replace(CASE, **changes)


# The check, what is doctored, a part of what it must say; the case, if it is
# another.
DOCTORED = [
    ("ended_well", said("exit 0", "exit 134"), "ended with 134"),
    ("ended_well", column(numa_mode="off"), "column numa_mode"),
    ("ended_well", column(numa_policy="bind:0"), "column numa_policy"),
    ("ended_well", column(placement="mismatch"), "column placement"),
    ("sees_the_machine", told(distances=[[10, 20], [20, 10]]),
     "the machine has [[10, 21], [21, 10]]"),
    ("sees_the_machine", told(nodes=NODES[:1]), "expected are [0, 1]"),
    ("sees_the_machine", told(nodes=[NODES[0], {**NODES[1],
                                                "memory_only": True}]),
     "memory_only is wrong"),
    ("sees_the_machine", told(), "its nodes are [0, 1] by the system",
     case(nodes="1")),
    ("sees_the_machine", counted("balancing", "NA", "NA", 1),
     "numa.balancing is 1, the guest has 0"),
    ("threads_are_told", no_worker, "worker 1 is not among the threads"),
    ("threads_are_told", thread(1, cpus="0-1"),
     "mutator 1 is on PUs 0-1, per-node means [2, 3]"),
    ("threads_are_told", thread(0, cpus="0-1"),
     "mutator 0 is on PUs 0-1, compact means [0]", case(place="compact")),
    ("threads_are_told", thread(0, cpus="1"),
     "mutator 0 is on PUs 1, list:3,1 means [3]", case(place="list:3,1")),
    ("threads_are_told", thread(0, cpus="0-1"), "means [2, 3]",
     case(place="mutators@1/collectors@0")),
    ("threads_are_told", thread(2, got=1), "worker 0 is on node 1, not 0"),
    ("threads_are_told", thread(2, mismatch=True), "worker 0 is on node 0"),
    ("spread", same_node, "2 workers are on the nodes {0} only",
     case(place="scatter")),
    ("threads_are_there", said("thread 9 11 2-3 2", "thread 9 11 0-3 2"),
     "no thread on PUs 2-3 for worker 1"),
    ("threads_are_there", said("thread 9 13 2-3 3", "thread 9 13 2-3 0"),
     "no thread on PUs 2-3 for worker 1"),
    ("threads_are_there", said("cpu 3 1", "cpu 3 0"), "its PUs are on {0, 1}"),
    ("pages_are_bound", said("prefer_(many):1", "interleave:0-1"),
     "asked for was local"),
    ("pages_are_bound", said("9 1 prefer", "9 0 prefer"),
     "300 pages of prefer_(many):1 are on node 0"),
    ("pages_are_bound", said("pages 9 1 prefer_(many):1 300\n", ""),
     "no pages are on {1}"),
    ("pages_are_bound", said(
        "_(many):0 400\npages 9 1 prefer_(many):1 300", "_(many):0 4"),
     "only 4 pages are bound"),
    ("pages_are_bound", interleaved, "not evenly spread",
     case(memory="interleave:0-1")),
    ("numastat_agrees", said("0 numa_hit 500", "0 numa_hit 399"),
     "numa_hit of node 0 grew by 400"),
    ("numastat_agrees", said("1 numa_miss 0", "1 numa_miss 7"),
     "too little memory"),
    ("numastat_agrees", interleaved, "interleave_hit is",
     case(memory="interleave:0-1")),
    ("sums_agree", counted("marked", 0, 0, 51), "the cells make 101"),
    ("ratios_agree", counted("remote_free", "all", "all", 0.06),
     "numa.remote_free is 0.06"),
    ("ratios_agree", counted("remote_edge", "all", "all", 0.5),
     "0.5 of nothing"),
    ("births_are_at_home", counted("alloc_objects", 0, 1, 1),
     "have their home on 1, local means 0"),
    ("births_are_at_home", counted("alloc_objects", "any", 0, 1),
     "births were asked for on"),
    ("births_are_at_home", counted("alloc_objects", 0, 0, 1),
     "only 801.0 births"),
    ("births_are_at_home", counted("alloc_objects", 0, 0, 1700),
     "not evenly spread", case(memory="interleave:0-1")),
    ("homes_are_true", counted("pages", 0, 1, 1),
     "1 pages with home 0 are on node 1"),
    ("homes_are_true", counted("pages", 0, 0, -25), "pages were sampled"),
    ("collectors_keep_to_it", counted("steals", 0, 1, 2),
     "stolen from nodes that have workers"),
    ("collectors_keep_to_it", counted("sent", 1, 1, 2),
     "sent to where they were"),
    ("collectors_keep_to_it", counted("sent", 0, 1, 2),
     "references were sent", case(steal="any")),
    ("collectors_keep_to_it", counted("sent", 0, 1, 2),
     "neither sent nor stolen", case(steal="owner")),
    ("collectors_keep_to_it", unmarked, "no object was marked"),
    ("freed_add_up", column(value="601"), "results.csv has 601"),
]


class Check(unittest.TestCase):
    def test_all_is_well(self):
        self.assertEqual(check.problems(check.Run(**good()), CASE, MACHINE), [])

    def test_each_check_finds_what_was_doctored(self):
        for name, doctor, sentence, *other in DOCTORED:
            with self.subTest(check=name, sentence=sentence):
                parts = good()
                doctor(parts)
                run = check.Run(**parts)
                run.machine = MACHINE
                found = list(getattr(check, name)(run, *(other or [CASE])))
                self.assertIn(sentence, " | ".join(found))

    def test_each_check_has_been_doctored(self):
        self.assertEqual({name for name, *_ in DOCTORED},
                         {check.__name__ for check in check.CHECKS})

    def test_a_model_that_counts_otherwise_is_found(self):
        run = check.Run(**good())
        self.assertEqual(list(check.same_as_model(run, run, CASE)), [])
        parts = good()
        counted("alloc_objects", 1, 1, 801)(parts)
        self.assertEqual(
            list(check.same_as_model(run, check.Run(**parts), CASE)),
            ["numa.alloc_objects 1 to 1: 800 in the guest, 801 in the model"])

    def test_targets_go_by_the_distances(self):
        parts = good()
        parts["document"]["topology"] = {
            "nodes": [NODES[0], {**NODES[0], "memory_only": True}, NODES[1]],
            "distances": [[10, 15, 40], [15, 10, 15], [25, 15, 10]]}
        run = check.Run(**parts)
        self.assertEqual([run.target(policy, 0) for policy in (
            "local", "next-node", "worst", "bind:1", "bind:0-1",
            "first-touch")], [0, 2, 2, 1, None, None])


if __name__ == "__main__":
    unittest.main(argv=["test_check.py"])
