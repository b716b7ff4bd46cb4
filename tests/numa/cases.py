# SPDX-License-Identifier: MIT
"""cases.py: the machines that are emulated, and what is run on each.

Cases name policies as `wane run` does. Those of a machine run one after the
other in one guest. A node's number is Wane's own, which is not the kernel's on
`memory_only`.
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Machine:
    nodes: int
    cpus: int  # of each node
    memory_only: int = 0
    distances: str = ""  # rows; empty: 10, and 11 more for each node between
    memory: int = 160    # MB of each node

    def rows(self):
        if self.distances:
            return self.distances
        n = self.nodes + self.memory_only
        return ";".join(",".join(str(10 + 11 * abs(i - j)) for j in range(n))
                        for i in range(n))


MACHINES = {
    "2x2": Machine(2, 2),
    "4x1": Machine(4, 1),
    "8x1": Machine(8, 1),
    "memory_only": Machine(2, 2, 1, "10,21,17;21,10,28;17,28,10"),
    "asymmetric": Machine(3, 1, 0, "10,15,40;25,10,20;30,50,10"),
}


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    place: str
    memory: str
    steal: str = "any"
    collector: str = "concurrent_mark_sweep"
    workload: str = "binary_trees,depth=9"
    mutators: int = 2
    workers: int = 2
    verify: bool = False
    # Counts that are the same in each run, so that a model has them, too.
    modelled: tuple = ("numa.alloc_bytes", "numa.alloc_objects")

    def arguments(self, out):
        words = ["run", "-q", "-c", self.collector, "-w", self.workload, "-t",
                 str(self.mutators), "--workers", str(self.workers), "-o", out,
                 "--place", self.place, "--memory", self.memory, "--steal",
                 self.steal]
        return words + ["--verify"] * self.verify


TRACE = "trace:threads_queue.gct"
THREADS = 9  # of the trace

# In the default tier: on the two small machines.
SHORT = {
    "2x2": [
        Case("scatter_local", "scatter", "local", "local-only"),
        Case("compact_next", "compact", "next-node", "local-first",
             collector="mark_sweep_stw"),
        Case("apart_bind", "mutators@0/collectors@1", "bind:1"),
        Case("trace_interleave", "per-node", "interleave:0-1",
             collector="rc", workload=TRACE, mutators=THREADS, verify=True,
             modelled=()),
    ],
    "4x1": [
        Case("node_worst", "per-node", "worst", "owner", mutators=4,
             workers=4),
        Case("list_preferred", "list:3,1,0,2", "preferred:2", "local-first",
             mutators=2, workers=2),
        Case("trace_local", "scatter", "local", workload=TRACE,
             mutators=THREADS, workers=4, verify=True, modelled=()),
    ],
}
