# SPDX-License-Identifier: MIT
"""check.py: what `wane run` says of a run in a guest, held against the kernel.

A Run is what one case left: what witness wrote (the kernel's words), numa.csv,
results.csv and run.json (Wane's). Each check yields a sentence for everything
that does not agree. Wane numbers nodes as hwloc does, the kernel by itself;
`Run.os` leads from one to the other.
"""
import csv
import json
import pathlib
import re


def cpu_set(text):
    """ "0-2,5" -> {0, 1, 2, 5} """
    cpus = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        cpus |= set(range(int(first), int(last or first) + 1))
    return cpus


class Witness:
    """The kernel's words; nodes have its numbers."""

    def __init__(self, text):
        self.node_of_cpu, self.threads, self.pages = {}, [], {}
        self.stat, self.exit = {}, None
        for line in text.splitlines():
            kind, *words = line.split()
            if kind == "cpu":
                self.node_of_cpu[int(words[0])] = int(words[1])
            elif kind == "thread":
                self.threads.append((int(words[0]), int(words[1]),
                                     frozenset(cpu_set(words[2])),
                                     int(words[3])))
            elif kind == "pages":
                key = int(words[0]), words[2], int(words[1])
                self.pages[key] = int(words[3])
            elif kind == "numastat":
                self.stat[int(words[0]), words[1]] = int(words[2])
            elif kind == "exit":
                self.exit = int(words[0])

    def worker(self):
        """The process that did the work: the one with most threads."""
        pids = [pid for pid, *_ in self.threads]
        return max(pids, key=pids.count)

    def pages_of(self, pid):
        """{policy: {node: pages}}"""
        found = {}
        for (of, policy, node), n in self.pages.items():
            if of == pid:
                found.setdefault(policy, {})[node] = n
        return found


def table(path):
    with open(path, newline="") as stream:
        return list(csv.DictReader(stream))


class Rows:
    """numa.csv, as dictionaries."""

    def __init__(self, rows):
        self.rows = rows

    def timed(self):
        return max(int(row["iter"]) for row in self.rows)

    def cells(self, metric):
        """{(from, to): value} of the timed iteration, as text; the sum is
        under ("all", "all")."""
        return {(r["src_node"], r["dst_node"]): float(r["value"])
                for r in self.rows if r["metric"] == metric and
                int(r["iter"]) == self.timed() and r["value"] != "NA"}

    def matrix(self, metric):
        cells = self.cells(metric)
        cells.pop(("all", "all"), None)
        return cells


class Run(Rows):
    def __init__(self, witness, rows, document, results):
        super().__init__(rows)
        self.witness = Witness(witness)
        self.document = document
        self.results = results  # of results.csv
        self.nodes = document["topology"]["nodes"]
        self.os = [node["os_index"] for node in self.nodes]
        self.distances = document["topology"]["distances"]
        self.invocation = document["invocations"][0]
        self.threads = self.invocation["threads"]

    @classmethod
    def load(cls, folder, name):
        folder = pathlib.Path(folder)
        out = folder / name
        return cls((folder / f"{name}.witness").read_text(),
                   table(out / "numa.csv"),
                   json.loads((out / "run.json").read_text()),
                   table(out / "results.csv"))

    def with_cpus(self):
        """Logical nodes that have processors."""
        return [i for i, n in enumerate(self.nodes) if not n["memory_only"]]

    def target(self, policy, node):
        """The node a policy gives to what a thread of `node` asks for; None:
        any of several. Logical numbers."""
        kind, _, nodes = policy.partition(":")
        have = self.with_cpus()
        if kind == "local":
            return node
        if kind in ("bind", "preferred"):
            return int(nodes) if nodes.isdigit() else None
        if kind == "next-node":
            return next((node + i) % len(self.os)
                        for i in range(1, len(self.os) + 1)
                        if (node + i) % len(self.os) in have)
        if kind == "worst":
            return max((n for n in have if n != node),
                       key=lambda n: self.distances[node][n])
        return None


# --- it ran -----------------------------------------------------------------

def ended_well(run, case):
    if run.witness.exit != 0:
        yield f"the command ended with {run.witness.exit}"
    if run.invocation["status"] not in ("ok", "verified"):
        yield f"its status is {run.invocation['status']}"
    want = {"numa_mode": "real", "numa_policy": case.columns(),
            "thread_policy": case.place, "gc_policy": case.steal,
            "placement": "unbound" if case.place == "none" else "ok"}
    for column, value in want.items():
        found = {row[column] for row in run.results}
        if found != {value}:
            yield f"column {column} is {found}, not {value}"


def sees_the_machine(run, case):
    """Its topology has the machine's nodes, or those that a container lets it
    use, as far from each other as the machine has them."""
    machine = run.machine
    nodes = range(machine.nodes + machine.memory_only)
    want = sorted(cpu_set(case.nodes)) if case.nodes else list(nodes)
    if sorted(run.os) != want:
        yield f"its nodes are {run.os} by the system, expected are {want}"
        return
    far = [[machine.matrix()[a][b] for b in run.os] for a in run.os]
    if run.distances != far:
        yield f"distances are {run.distances}, the machine has {far}"
    for node, os in zip(run.nodes, run.os):
        if node["memory_only"] != (os >= machine.nodes):
            yield f"node {os} by the system: memory_only is wrong"
    settings = {"numa.balancing": int(machine.balancing),
                "numa.thp": ("never", "madvise", "always").index(machine.thp)}
    for row in run.rows:
        want = settings.get(row["metric"])
        if want is not None and row["value"] != str(want):
            yield f"{row['metric']} is {row['value']}, the guest has {want}"


# --- threads ----------------------------------------------------------------

def planned(run, case):
    """[(role, index, PUs or None)] by the policy's own words, worked out
    here once more; scatter says only which nodes, see `spread`."""
    mutators = [("mutator", i) for i in range(case.mutators)]
    workers = [("worker", i) for i in range(case.workers)]
    cpus = [sorted(cpu_set(node["cpus"])) for node in run.nodes]
    have = run.with_cpus()
    line = [cpu for node in have for cpu in cpus[node]]
    kind, _, rest = case.place.partition(":")
    for k, (role, index) in enumerate(mutators + workers):
        if kind == "compact":
            yield role, index, {line[k % len(line)]}
        elif kind == "list":
            given = [c for part in rest.split(",") for c in sorted(
                cpu_set(part))]
            yield role, index, {given[k % len(given)]}
        elif kind == "per-node":
            yield role, index, set(cpus[have[index % len(have)]])
        elif kind.startswith("mutators@"):
            a, b = re.fullmatch(r"mutators@(.*)/collectors@(.*)",
                                case.place).groups()
            nodes = sorted(cpu_set(a if role == "mutator" else b))
            nodes = [n for n in nodes if n in have]
            yield role, index, set(cpus[nodes[index % len(nodes)]])


def threads_are_told(run, case):
    """Every thread that was asked for is in run.json, where it was planned."""
    told = {}
    for t in run.threads:
        if t["iteration"] == run.timed() or t["role"] != "mutator":
            told[t["role"], t["index"]] = t
    for role, n in (("mutator", case.mutators), ("worker", case.workers)):
        for i in range(n):
            if case.place != "none" and (role, i) not in told:
                yield f"{role} {i} is not among the threads"
    for role, index, cpus in planned(run, case):
        t = told.get((role, index))
        if t and cpu_set(t["cpus"]) != cpus:
            yield (f"{role} {index} is on PUs {t['cpus']}, {case.place} means "
                   f"{sorted(cpus)}")
    for t in told.values():
        if t["mismatch"] or t["asked"] not in (None, t["got"]):
            yield (f"{t['role']} {t['index']} is on node {t['got']}, not "
                   f"{t['asked']}")


def spread(run, case):
    """scatter: no two on a node as long as there are others."""
    if case.place != "scatter":
        return
    have = len(run.with_cpus())
    for role, n in (("mutator", case.mutators), ("worker", case.workers)):
        nodes = {t["got"] for t in run.threads if t["role"] == role}
        if len(nodes) != min(n, have):
            yield f"{n} {role}s are on the nodes {nodes} only"


def threads_are_there(run, case):
    """For each thread that Wane tells of, the kernel has one that may run on
    the same PUs and no others, and has it on the node that Wane says."""
    w = run.witness
    real = [(cpus, last) for pid, _, cpus, last in w.threads
            if pid == w.worker()]
    for t in run.threads:
        if not t["cpus"]:
            continue
        cpus = frozenset(cpu_set(t["cpus"]))
        found = next((r for r in real if r[0] == cpus and r[1] in cpus), None)
        if not found:
            yield (f"the kernel has no thread on PUs {t['cpus']} for "
                   f"{t['role']} {t['index']}")
        elif t["iteration"] == run.timed() or t["role"] != "mutator":
            real.remove(found)  # the host's thread is mutator 0 twice
        nodes = {w.node_of_cpu[cpu] for cpu in cpus}
        if t["got"] is not None and nodes != {run.os[t["got"]]}:
            yield (f"{t['role']} {t['index']} is on node {run.os[t['got']]} "
                   f"for Wane, its PUs are on {nodes}")


# --- pages ------------------------------------------------------------------

LEAST = 64  # pages: less is no evidence
TOUCHED = ("os-default", "first-touch")  # the kernel goes by who touches


def asked_nodes(policy, count):
    nodes = policy.partition(":")[2]
    return sorted(cpu_set(nodes)) if nodes else list(range(count))


def mutator_nodes(run, case):
    """Where births were asked for; by the plan, if there is one."""
    if case.place == "none":
        return {int(a) for a, _ in run.matrix("numa.alloc_objects")
                if a.isdigit()}
    return {t["got"] for t in run.threads if t["role"] == "mutator"}


def wanted_homes(run, case):
    """Logical nodes on which objects may be. All of them are used, but for
    bind:A-B."""
    policy = case.objects()
    if policy.startswith(("interleave", "bind:", "preferred:")):
        return set(asked_nodes(policy, len(run.os)))
    if policy in TOUCHED:
        return mutator_nodes(run, case)
    return {run.target(policy, node) for node in mutator_nodes(run, case)}


# How numa_maps has a policy, and how many nodes are in it.
WORDS = {"local": "bind|prefer", "next-node": "bind|prefer",
         "worst": "bind|prefer", "bind": "bind", "preferred": "prefer",
         "interleave": "interleave"}


def is_asked(run, policy, word, nodes):
    """May `policy` come out as this word and these of the system's nodes?"""
    kind = policy.partition(":")[0]
    if kind not in WORDS or not re.fullmatch(WORDS[kind], word):
        return False
    if ":" in policy:
        return nodes == {run.os[n] for n in asked_nodes(policy, len(run.os))}
    return len(nodes) == 1


def pages_are_bound(run, case):
    """By numa_maps: the kernel was asked for what the policy means, and did
    it."""
    seen, spread = {}, {}
    for policy, nodes in run.witness.pages_of(run.witness.worker()).items():
        match = re.fullmatch(r"(bind|prefer|interleave)(?:_\(many\))?:(.*)",
                             policy)
        if not match:
            if policy not in ("default", "local"):
                yield f"numa_maps has a policy {policy}"
            continue
        allowed = cpu_set(match[2])
        if not any(is_asked(run, asked, match[1], allowed)
                   for asked in case.spaces().values()):
            yield f"numa_maps has {policy}, asked for was {case.memory}"
        for node, n in nodes.items():
            seen[node] = seen.get(node, 0) + n
            if match[1] == "interleave" and len(allowed) > 1:
                spread[node] = spread.get(node, 0) + n
            if node not in allowed:
                yield f"{n} pages of {policy} are on node {node}"
    if case.objects() in TOUCHED:
        return
    if sum(seen.values()) < LEAST:
        yield f"only {sum(seen.values())} pages are bound"
        return
    missing = {run.os[n] for n in wanted_homes(run, case)} - set(seen)
    if missing and not case.objects().startswith("bind"):
        yield f"no pages are on {missing}: {seen}"
    if spread and max(spread.values()) > 1.3 * min(spread.values()):
        yield f"pages are not evenly spread: {spread}"


def numastat_agrees(run, case):
    w = run.witness
    for row in run.rows:
        if not row["metric"].startswith("numa.stat."):
            continue
        key = row["metric"].removeprefix("numa.stat.")
        node = run.os[int(row["src_node"])]
        if float(row["value"]) > w.stat[node, key]:
            yield (f"{key} of node {node} grew by {row['value']}, in a longer "
                   f"time by {w.stat[node, key]}")
    for (node, key), n in w.stat.items():
        if key in ("numa_miss", "numa_foreign") and n:
            yield f"node {node} had {n} {key}: the guest has too little memory"
    hits = {n: w.stat[run.os[n], "interleave_hit"]
            for n in wanted_homes(run, case)}
    if case.objects().startswith("interleave") and min(hits.values()) < LEAST:
        yield f"interleave_hit is {hits}"


# --- matrices ---------------------------------------------------------------

def sums_agree(run, _case):
    metrics = {r["metric"] for r in run.rows if r["src_node"] == "all"}
    for metric in sorted(metrics):
        cells, matrix = run.cells(metric), run.matrix(metric)
        if matrix and ("all", "all") in cells:
            if sum(matrix.values()) != cells["all", "all"]:
                yield f"{metric}: the cells make {sum(matrix.values())}"


RATIOS = {"numa.remote_alloc": "numa.alloc_bytes",
          "numa.remote_store": "numa.stores",
          "numa.remote_edge": "numa.edges",
          "numa.remote_mark": "numa.marked",
          "numa.remote_free": "numa.freed_objects",
          "numa.remote_dec": "numa.decrements",
          "numa.steal_remote": "numa.steals",
          "numa.pages_mismatch": "numa.pages"}


def ratios_agree(run, _case):
    for ratio, metric in RATIOS.items():
        known = {k: v for k, v in run.matrix(metric).items() if "any" not in k}
        said = run.cells(ratio).get(("all", "all"))
        if not sum(known.values()):
            if said is not None:
                yield f"{ratio} is {said} of nothing"
            continue
        remote = sum(v for (a, b), v in known.items() if a != b)
        if said is None or abs(said - remote / sum(known.values())) > 1e-6:
            yield (f"{ratio} is {said}, {metric} makes "
                   f"{remote / sum(known.values()):.6f}")


def births_are_at_home(run, case):
    """Who asked is on a mutator's node, what it got where the policy has it."""
    matrix, policy = run.matrix("numa.alloc_objects"), case.objects()
    if sum(matrix.values()) < 1000:
        yield f"only {sum(matrix.values())} births"
    asked = {a for a, _ in matrix}
    if asked != {str(n) for n in mutator_nodes(run, case)}:
        yield f"births were asked for on {sorted(asked)}"
    allowed = {str(n) for n in wanted_homes(run, case)}
    for (a, b), n in matrix.items():
        target = run.target(policy, int(a)) if a.isdigit() else None
        if b not in allowed if target is None else b != str(target):
            yield (f"{n:.0f} births asked for on {a} have their home on {b}, "
                   f"{policy} means {allowed if target is None else target}")
    if policy.startswith("interleave"):
        homes = [sum(n for (_, b), n in matrix.items() if b == home)
                 for home in allowed]
        if max(homes) > 1.5 * min(homes):
            yield f"births by home are {homes}: not evenly spread"


def homes_are_true(run, case):
    """By move_pages, in the run: no page is elsewhere than its home. Where the
    kernel goes by who touches, blocks that go from node to node are not all
    where their home is."""
    if case.objects() in TOUCHED and (case.place == "none" or
                                      len(mutator_nodes(run, case)) > 1):
        return
    pages = run.matrix("numa.pages")
    there = {k: v for k, v in pages.items() if "any" not in k}
    if sum(there.values()) < LEAST / 4:
        yield f"only {sum(there.values())} pages were sampled"
    for (home, where), n in there.items():
        if home != where:
            yield f"{n:.0f} pages with home {home} are on node {where}"


def far_cells(run, metric):
    """Of a collector's matrix: to another node that has workers."""
    owners = {str(t["got"]) for t in run.threads if t["role"] == "worker"}
    return {k: v for k, v in run.matrix(metric).items()
            if k[0] != k[1] and k[1] in owners and "any" not in k}


def collectors_keep_to_it(run, case):
    """What a policy of stealing rules out did not happen."""
    steals = far_cells(run, "numa.steals")
    marked = far_cells(run, "numa.marked")
    if case.steal == "local-only" and steals:
        yield f"stolen from nodes that have workers: {steals}"
    if case.steal == "owner" and marked and not steals:
        yield f"looked into, and neither sent nor stolen: {marked}"
    sent = run.matrix("numa.sent")
    if case.steal in ("any", "local-first") and sent:
        yield f"references were sent: {sent}"
    if any(a == b for a, b in sent):
        yield f"sent to where they were: {sent}"
    if case.collector in MARKERS and not run.matrix("numa.marked"):
        yield "no object was marked"


MARKERS = ("concurrent_mark_sweep", "satb_mark_sweep", "mark_sweep_stw")


def total(run, metric):
    """Of results.csv, in the run and its drain."""
    return sum(float(r["value"]) for r in run.results
               if r["metric"] == metric and r["value"] != "NA")


def freed_add_up(run, _case):
    """As many cells were given back as results.csv has objects freed."""
    found = run.cells("numa.freed_objects").get(("all", "all"), 0)
    if not found or found != total(run, "freed.objects"):
        yield (f"{found:.0f} cells were given back, results.csv has "
               f"{total(run, 'freed.objects'):.0f} objects freed")


CHECKS = (ended_well, sees_the_machine, threads_are_told, spread, threads_are_there,
          pages_are_bound, numastat_agrees, sums_agree, ratios_agree,
          births_are_at_home, homes_are_true, collectors_keep_to_it,
          freed_add_up)


def problems(run, case, machine):
    run.machine = machine
    return [sentence for check in CHECKS for sentence in check(run, case)]


# --- the model --------------------------------------------------------------

def predicted(case):
    """The matrices that are the same in each run, so that a model has them."""
    if case.place == "none":
        return ()
    births = ("numa.alloc_bytes", "numa.alloc_objects")
    if case.objects().startswith(("interleave", *TOUCHED)):  # whose is it?
        return ()
    if case.workload.startswith("live_churn"):  # trees of several threads
        return births
    return births + ("numa.stores", "numa.loads", "numa.edges")


def same_as_model(run, model, case):
    """A model of the same machine counted the same, cell by cell."""
    for metric in predicted(case):
        real, modelled = run.cells(metric), model.cells(metric)
        for cell in sorted(real.keys() | modelled.keys()):
            a, b = real.get(cell, 0), modelled.get(cell, 0)
            if a != b:
                yield (f"{metric} {cell[0]} to {cell[1]}: {a:.0f} in the "
                       f"guest, {b:.0f} in the model")
