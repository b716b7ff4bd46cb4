#!/usr/bin/env python3
# make.py: writes the topologies of this folder, as hwloc's XML.
# SPDX-License-Identifier: MIT
#
#     tests/topologies/make.py [DIR]
#
# hwloc's own descriptions ("pack:2 [numa] core:4 pu:1") cannot say that two
# packages differ, that a cgroup forbids a part, or how far nodes are apart;
# so the XML is written here. README.md has what each file is for.
import os
import sys


class Thing:
    """Machine, Package, Group, Core, PU or NUMANode, with what hangs on it."""

    def __init__(self, kind, number, children=(), nodes=(), **more):
        self.kind, self.number, self.more = kind, number, more
        self.children, self.nodes = list(children), list(nodes)

    def cpus(self):
        if self.kind == "PU":
            return {self.number}
        return set().union(*(child.cpus() for child in self.children))

    def own(self):
        """Nodes here and below."""
        below = (child.own() for child in self.children)
        return {node.number for node in self.nodes}.union(*below)


def machine(children, nodes=(), **more):
    return Thing("Machine", 0, children, nodes, **more)


def package(number, cores, nodes=()):
    return Thing("Package", number, cores, nodes)


def group(number, cores, nodes=()):
    return Thing("Group", number, cores, nodes)


def cores(first, *threads):
    """Cores from number `first` on; each is a list of its PUs."""
    return [Thing("Core", first + i, [Thing("PU", pu) for pu in pus])
            for i, pus in enumerate(threads)]


def singles(first, pus):
    return cores(first, *([pu] for pu in pus))


def node(number, mib, subtype=None):
    return Thing("NUMANode", number, mib=mib, subtype=subtype)


def mask(numbers):
    return f"0x{sum(1 << n for n in numbers):08x}"


class Writer:
    def __init__(self):
        self.lines, self.serial = [], 0

    def line(self, depth, text):
        self.lines.append("  " * depth + text)

    def thing(self, depth, thing, cpus, nodes, allowed=""):
        self.serial += 1
        number = "" if thing.kind == "Group" else f' os_index="{thing.number}"'
        subtype = thing.more.get("subtype")
        text = (f'<object type="{thing.kind}"{number}'
                + (f' subtype="{subtype}"' if subtype else "")
                + f' cpuset="{mask(cpus)}" complete_cpuset="{mask(cpus)}"'
                + allowed + f' nodeset="{mask(nodes)}"'
                + f' complete_nodeset="{mask(nodes)}" gp_index="{self.serial}"')
        if thing.kind == "NUMANode":
            text += f' local_memory="{thing.more["mib"] << 20}"'
        if not thing.children:
            self.line(depth, text + "/>")
            return
        self.line(depth, text + ">")
        for memory in sorted(thing.nodes, key=lambda node: node.number):
            self.thing(depth + 1, memory, cpus, {memory.number})
        above = nodes - set().union(*(c.own() for c in thing.children))
        order = sorted(thing.children, key=lambda child: min(child.cpus()))
        for child in order:
            self.thing(depth + 1, child, child.cpus(), above | child.own())
        self.line(depth, "</object>")


def listed(tag, numbers):
    text = "".join(f"{n} " for n in numbers)
    return f'<{tag} length="{len(text)}">{text}</{tag}>'


def xml(top):
    writer = Writer()
    cpus, nodes = top.cpus(), top.own()
    may = [mask(top.more.get("allowed_cpus", cpus)),
           mask(top.more.get("allowed_nodes", nodes))]
    allowed = f' allowed_cpuset="{may[0]}" allowed_nodeset="{may[1]}"'
    writer.line(0, '<?xml version="1.0" encoding="UTF-8"?>')
    writer.line(0, '<!DOCTYPE topology SYSTEM "hwloc2.dtd">')
    writer.line(0, '<topology version="2.0">')
    writer.thing(1, top, cpus, nodes, allowed)
    if "distances" in top.more:
        order, values = top.more["distances"]
        writer.line(1, f'<distances2 type="NUMANode" nbobjs="{len(order)}" '
                    'kind="5" name="NUMALatency" indexing="os">')
        writer.line(2, listed("indexes", order))
        for row in values:
            writer.line(2, listed("u64values", row))
        writer.line(1, "</distances2>")
    writer.line(0, "</topology>")
    return "\n".join(writer.lines) + "\n"


def sparse():
    return machine(
        [package(i, singles(2 * i, (2 * i, 2 * i + 1)), [node(os_index, 1024)])
         for i, os_index in enumerate((1, 4, 6))],
        distances=((6, 1, 4), ((10, 22, 28), (22, 10, 16), (28, 16, 10))))


def interleaved():
    return machine(
        [package(i, cores(4 * i, *((2 * k + i, 8 + 2 * k + i)
                                   for k in range(4))), [node(i, 2048)])
         for i in range(2)],
        distances=((0, 1), ((10, 21), (21, 10))))


def memory_only():
    return machine(
        [package(0, singles(0, range(0, 4)),
                 [node(2, 4096), node(0, 1024, "HBM")]),
         package(1, singles(4, range(4, 8)), [node(3, 4096), node(4, 8192)])],
        [node(5, 16384)],
        distances=((2, 0, 3, 4, 5),
                   ((10, 13, 21, 23, 31), (13, 10, 24, 26, 34),
                    (21, 24, 10, 17, 31), (23, 26, 17, 10, 34),
                    (31, 34, 31, 34, 10))))


def four(**allowed):
    return machine(
        [package(i, singles(4 * i, range(4 * i, 4 * i + 4)), [node(i, 1024)])
         for i in range(4)],
        distances=(range(4), [[10 + 10 * abs(i - j) for j in range(4)]
                              for i in range(4)]), **allowed)


def asymmetric():
    return machine(
        [package(0, [group(0, singles(0, range(0, 4)), [node(0, 4096)]),
                     group(1, singles(4, range(4, 6)), [node(1, 2048)])]),
         package(1, cores(6, (6, 7)), [node(2, 1024)])],
        distances=(range(3), ((10, 12, 20), (14, 10, 22), (40, 30, 10))))


def eight():
    def far(i, j):
        if i == j:
            return 10
        return 12 if i // 4 == j // 4 else 32
    return machine(
        [package(p, [group(i, singles(2 * i, (2 * i, 2 * i + 1)),
                           [node(i, 512)]) for i in range(4 * p, 4 * p + 4)])
         for p in range(2)],
        distances=(range(8), [[far(i, j) for j in range(8)]
                              for i in range(8)]))


TOPOLOGIES = {
    "sparse": sparse(),
    "interleaved": interleaved(),
    "memory_only": memory_only(),
    "cpuset": four(allowed_cpus={4, 5, 6, 7, 9, 10}, allowed_nodes={1, 2}),
    "forbidden_memory": four(allowed_nodes={1, 3}),
    "no_own_memory": four(allowed_cpus={0, 1}, allowed_nodes={1}),
    "asymmetric": asymmetric(),
    "eight": eight(),
}


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(__file__)
    for name, top in TOPOLOGIES.items():
        path = os.path.join(folder, name + ".xml")
        with open(path, "w", encoding="ascii") as out:
            out.write(xml(top))


main()
