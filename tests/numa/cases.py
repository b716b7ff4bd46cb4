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
    balancing: bool = False
    thp: str = "never"

    def matrix(self):
        """By the kernel's numbers."""
        if self.distances:
            return [[int(cell) for cell in row.split(",")]
                    for row in self.distances.split(";")]
        n = range(self.nodes + self.memory_only)
        return [[10 + 11 * abs(i - j) for j in n] for i in n]

    def rows(self):
        return ";".join(",".join(map(str, row)) for row in self.matrix())


MACHINES = {
    "2x2": Machine(2, 2),
    "4x1": Machine(4, 1),
    "8x1": Machine(8, 1),
    "memory_only": Machine(2, 2, 1, "10,21,17;21,10,28;17,28,10"),
    "asymmetric": Machine(3, 1, 0, "10,15,40;25,10,20;30,50,10"),
    # The kernel moves pages to their users, if nobody bound them.
    "moving": Machine(2, 1, memory=512, balancing=True, thp="madvise"),
    "huge": Machine(2, 1, memory=512, thp="always"),
}


SPACES = ("objects", "metadata", "logs")


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
    # PUs and nodes, by the kernel's numbers, to which a container confines it.
    cpus: str = ""
    nodes: str = ""

    def spaces(self):
        """{space: policy}"""
        if "=" not in self.memory:
            return dict.fromkeys(SPACES, self.memory)
        return dict(part.split("=") for part in self.memory.split(";"))

    def objects(self):
        return self.spaces().get("objects", "os-default")

    def columns(self):
        """As results.csv has its memory."""
        if "=" not in self.memory:
            return self.memory
        return ";".join(f"{space}={self.spaces().get(space, 'os-default')}"
                        for space in SPACES)

    def arguments(self, out):
        words = ["run", "-q", "-c", self.collector, "-w", self.workload, "-t",
                 str(self.mutators), "--workers", str(self.workers), "-o", out,
                 "--place", self.place, "--memory", self.memory, "--steal",
                 self.steal]
        return words + ["--verify"] * self.verify


TRACE = "trace:threads_queue.gct"
THREADS = 9  # of the trace



def trace(name, place, memory, steal="any", collector="rc", workers=2):
    return Case(name, place, memory, steal, collector, TRACE, THREADS, workers,
                True)


# In the default tier: on the two small machines.
SHORT = {
    "2x2": [
        Case("scatter_local", "scatter", "local", "local-only"),
        Case("compact_next", "compact", "next-node", "local-first",
             "mark_sweep_stw"),
        Case("apart_bind", "mutators@0/collectors@1", "bind:1"),
        trace("trace_interleave", "per-node", "interleave:0-1"),
    ],
    "4x1": [
        Case("node_worst", "per-node", "worst", "owner", mutators=4,
             workers=4),
        Case("list_preferred", "list:3,1,0,2", "preferred:2", "local-first"),
        Case("confined_local", "per-node", "local", cpus="1,3", nodes="1,3"),
        trace("trace_local", "scatter", "local", "any",
              "concurrent_mark_sweep", 4),
    ],
}

CHURN = "live_churn,trees=300,ops=1000"
COLLECTORS = ("concurrent_mark_sweep", "satb_mark_sweep", "mark_sweep_stw",
              "rc", "trial_deletion", "trial_deletion_stw", "cpython")


def every_memory(machine):
    """Each policy for memory, under each collector in turn."""
    last = machine.nodes + machine.memory_only - 1
    policies = ["os-default", "first-touch", "local", "next-node", "worst",
                "bind:0", f"bind:{last}", f"bind:0-{last}",
                f"interleave:0-{last}",
                f"interleave:0,{last}" if last > 1 else "interleave:1",
                f"preferred:{last}",
                f"objects=local;metadata=interleave:0-{last};logs=bind:0",
                f"objects=interleave:0-{last};logs=local"]
    steals = ("any", "local-first", "local-only", "owner")
    for i, memory in enumerate(policies):
        yield Case(f"memory_{i}", "per-node" if i % 2 else "scatter", memory,
                   steals[i % 4], COLLECTORS[i % len(COLLECTORS)],
                   CHURN if i % 3 else "binary_trees,depth=9",
                   min(4, machine.nodes), min(4, machine.nodes))


def every_place(machine):
    cpus, last = machine.nodes * machine.cpus, machine.nodes - 1
    places = ["none", "compact", "scatter", "per-node",
              "list:" + ",".join(map(str, reversed(range(cpus)))),
              f"list:0-{cpus - 1}", f"mutators@0/collectors@{last}",
              f"mutators@0-{last}/collectors@0"]
    if machine.memory_only:  # node 1 has no processors
        places[-2:] = ["mutators@0/collectors@2", "mutators@1-2/collectors@0"]
    for i, place in enumerate(places):
        yield Case(f"place_{i}", place, "local" if i % 2 else "next-node",
                   mutators=3, workers=3)


def touched(_machine):
    """All mutators on a node, and collectors, too, which touch less."""
    for memory in ("os-default", "first-touch"):
        yield Case(f"touched_{memory}", "mutators@0/collectors@0", memory,
                   workload=CHURN)


def every_steal(machine):
    steals = ("any", "local-first", "local-only", "owner")
    for i, steal in enumerate(steals):
        for collector in ("concurrent_mark_sweep", "mark_sweep_stw"):
            yield Case(f"steal_{steal}_{collector}", "per-node", "local",
                       steal, collector, CHURN, 2 * machine.nodes,
                       2 * machine.nodes)


def traces(machine):
    last = machine.nodes + machine.memory_only - 1
    yield trace("trace_local", "per-node", "local", "local-only",
                "concurrent_mark_sweep")
    yield trace("trace_next", "scatter", "next-node", "owner", "trial_deletion")
    yield trace("trace_interleave", "compact", f"interleave:0-{last}",
                "local-first", "satb_mark_sweep")
    # All threads of a copy are on one node, the other copy's on another.
    yield Case("trace_copies", "per-node", "local", "any", "rc",
               TRACE + ",copies=2,nodes=copy", 2, 2, True)


def confined(machine):
    """In a container: nodes of the kernel's numbers 1 and up are ours 0 and
    up."""
    last = machine.nodes + machine.memory_only - 1
    cpus = f"{machine.cpus}-{machine.nodes * machine.cpus - 1}"
    every = f"interleave:0-{last - 1}" if last > 1 else "interleave:0"
    for i, (place, memory) in enumerate((
            ("compact", "local"), ("scatter", "bind:0"),
            ("per-node", every))):
        yield Case(f"confined_{i}", place, memory, cpus=cpus, nodes=f"1-{last}")


def moving(_machine):
    """What is bound stays where it is."""
    for i, memory in enumerate(("local", "bind:1", "next-node",
                                "interleave:0-1")):
        yield Case(f"moving_{i}", "scatter", memory,
                   workload="live_churn,trees=3000,ops=20000")


MAKERS = (every_memory, every_place, touched, every_steal, traces, confined)
LONG = {name: [case for make in MAKERS for case in make(machine)]
        for name, machine in MACHINES.items()}
LONG["moving"] = list(moving(MACHINES["moving"]))
# Not what is only preferred: a few pages are elsewhere then, and why is not
# known (README.md).
LONG["huge"] = [case for case in LONG["moving"]
                if case.memory in ("bind:1", "interleave:0-1")]
