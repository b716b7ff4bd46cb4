# SPDX-License-Identifier: MIT
"""report_folder.py: folders as `wane run -o` writes them, made up by hand."""
import csv
import json
import os
import subprocess
import sys

WANE, SCHEMAS = sys.argv[1:]


def columns(name):
    with open(f"{SCHEMAS}/{name}", encoding="utf-8") as file:
        table = json.load(file)
    return [f["name"] for f in table["fields"]], table["schema_version"]


RESULTS, VERSION = columns("schema.json")
NUMA, _ = columns("numa_schema.json")


class Folder:
    """What wane run -o would have written."""

    def __init__(self, path, emulated=None):
        self.path, self.emulated, self.n = path, emulated, 0
        self.results, self.numa = [], []

    def run(self, values, cells=(), nodes=0, warmup=(), **fields):
        """One invocation. values: {(metric, scope, stat): value}."""
        fields.setdefault("status", "ok")
        same = {"run_id": "r", "invocation_id": f"r-{self.n:05}",
                "benchmark": "trees", "size": "default", "seed": "1",
                "config": f"rc.t{fields['mutators']}.w1", "collector": "rc",
                "build": "b", "gc_workers_conc": "1", "numa_mode": "off",
                "numa_policy": "none", "thread_policy": "none",
                "gc_policy": "any", "variety": "measure", "iteration": "2",
                **{k: str(v) for k, v in fields.items()}}
        self.n += 1
        for phase, some in ("warmup", dict(warmup)), ("timing", values):
            for (metric, scope, stat), value in some.items():
                self.results.append({**same, "phase": phase, "metric": metric,
                                     "scope": scope, "stat": stat,
                                     "unit": "ns", "value": str(value)})
        for metric, source, target, value in cells:
            self.numa.append({**same, "phase": "timing", "metric": metric,
                              "n_nodes": str(nodes), "src_node": str(source),
                              "dst_node": str(target), "value": str(value)})

    def write(self):
        self.path.mkdir()
        for name, head, rows in (("results.csv", RESULTS, self.results),
                                 ("numa.csv", NUMA, self.numa)):
            if name == "numa.csv" and not rows:
                continue
            with open(self.path / name, "w", newline="") as file:
                out = csv.DictWriter(file, head, restval="NA",
                                     extrasaction="ignore",
                                     lineterminator="\n")
                out.writeheader()
                out.writerows(rows)
        (self.path / "run.json").write_text(json.dumps({
            "schema_version": VERSION, "run_id": "r", "path": str(self.path),
            "build": {}, "topology": {"emulated": self.emulated}}))
        return str(self.path)


def report(out, *folders, **environment):
    """Folders, and options."""
    return subprocess.run([WANE, "report", *folders, "-o", out],
                          capture_output=True, text=True, timeout=60,
                          env={**os.environ, **environment})


def is_(found, expected, what):
    if found != expected:
        sys.exit(f"{what}: expected {expected}, found {found}")
