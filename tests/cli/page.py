#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""page.py WANE SCHEMAS: figures of events, requests, samples and lifetimes
that are made up, the page that shows them, and the timeline of them.

The page must be one file that loads nothing, well-formed, and show whatever
results say as text.
"""
import csv
import html.parser
import json
import pathlib
import re
import subprocess
import sys
import tempfile

WANE, SCHEMAS = sys.argv[1:]
MS = 1000000
HOSTILE = ("</style></script><script>alert(1)</script>\"><img src=x "
           "onerror=alert(1)>&amp;'`touch x`]]>")

EVENTS = ("invocation_id,iteration,seq,gc_id,event,kind,cause,thread,role,cpu,"
          "node,stw,t_request_ns,t_begin_ns,t_end_ns,cpu_ns,used_before_bytes,"
          "used_after_bytes,freed_objects,freed_bytes,objects,edges,items,"
          "detail")
REQUESTS = ("invocation_id,iteration,request,thread,t_intended_ns,t_start_ns,"
            "t_end_ns")
SAMPLES = ("invocation_id,iteration,t_ns,node,used_bytes,reserved_bytes,"
           "meta_bytes,rss_bytes,live_bytes")
LIFETIMES = ("invocation_id,iteration,object,size,t_alloc_ns,t_dead_ns,"
             "t_reclaimed_ns,dead_bytes,reclaimed_by")


def schema():
    with open(f"{SCHEMAS}/schema.json", encoding="utf-8") as file:
        table = json.load(file)
    return [f["name"] for f in table["fields"]], table["schema_version"]


RESULTS, VERSION = schema()


def is_(found, expected, what):
    if found != expected:
        sys.exit(f"{what}: expected {expected}, found {found}")


def near(found, expected, what):
    if abs(float(found) - expected) > 1e-6 * max(1, abs(expected)):
        sys.exit(f"{what}: expected {expected}, found {found}")


def write_zst(path, header, rows):
    """Frame by frame: the header, then half of the rows each."""
    data = b""
    for part in [header], rows[:len(rows) // 2], rows[len(rows) // 2:]:
        text = "".join(f"{line}\n" for line in part)
        data += subprocess.run(["zstd", "-qc"], input=text.encode(),
                               capture_output=True, check=True).stdout
    path.write_bytes(data)


def event(run, name, thread, begin, end, stw=0, kind="NA", **more):
    cells = {"invocation_id": run, "iteration": 2, "seq": 0, "gc_id": 1,
             "event": name, "kind": kind, "thread": thread, "stw": stw,
             "t_begin_ns": begin, "t_end_ns": end, **more}
    return ",".join(str(cells.get(c, "NA")) for c in EVENTS.split(","))


def make(root, config=HOSTILE, reason=HOSTILE):
    """Two runs that went well and one that did not, in DIR."""
    root.mkdir()
    runs = [("r-0", "ok", config), ("r-1", "ok", "plain.t1.w1"),
            ("r-2", "crash", config)]
    with open(root / "results.csv", "w", newline="",
              encoding="utf-8") as file:
        out = csv.DictWriter(file, RESULTS, restval="NA", lineterminator="\n")
        out.writeheader()
        for n, (name, status, its) in enumerate(runs):
            for metric, value in (("time.wall", 20 * MS + n),
                                  ("time.task_clock", 30 * MS)):
                out.writerow({
                    "run_id": "r", "invocation_id": name, "suite": "wane",
                    "benchmark": "trees", "size": "default", "seed": 1,
                    "config": its, "collector": f"c{n % 2}", "build": "b",
                    "mutators": 1, "gc_workers_conc": 1, "numa_mode": "off",
                    "numa_policy": "none", "thread_policy": "none",
                    "gc_policy": "any", "heap_mode": "unbounded",
                    "exec_index": n, "invocation": 0, "iteration": 2,
                    "phase": "timing", "status": status, "metric": metric,
                    "scope": "process", "stat": "total", "unit": "ns",
                    "value": value if status == "ok" else "NA",
                    "variety": "measure"})
    rows = []
    for run in "r-0", "r-1":
        rows.append(event(run, "pause", "m0", 0, 15 * MS, iteration=1))
        rows.append(event(run, "marker", "harness", 0, 0,
                          kind="harness_begin", stw="NA"))
        rows.append(event(run, "marker", "harness", 20 * MS, 20 * MS,
                          kind="harness_end", stw="NA"))
    # The golden vector of MMU and BMU, in units of 20 us.
    unit = 20000
    for begin, end in (100, 110), (115, 125), (600, 640):
        rows.insert(3, event("r-0", "pause", "m0", begin * unit, end * unit,
                             stw=1))
    rows.append(event("r-0", "pause", "m0", 20 * MS, 90 * MS))  # of the drain
    write_zst(root / "gc_events.csv.zst", EVENTS, rows)
    starts = [0, 1000, 2000, 3000, 4000, *range(15000, 20000, 1000)]
    write_zst(root / "requests.csv.zst", REQUESTS, [
        f"r-0,2,{i},0,{i * 1000000},{s * 1000},"
        f"{(s + (10200 if s == 4000 else 200)) * 1000}"
        for i, s in enumerate(starts)])
    write_zst(root / "heap_samples.csv.zst", SAMPLES, [
        f"r-0,2,{t * MS},all,{t * 1000},NA,NA,NA,{400 if t else 'NA'}"
        for t in range(5)])
    write_zst(root / "lifetimes.csv.zst", LIFETIMES, [
        f"r-0,2,{i},48,0,1000,{1000 + ns if ns else 'NA'},0,NA"
        for i, ns in enumerate((100, 100, 5000, 0, 20 * MS))])
    (root / "run.json").write_text(json.dumps({
        "schema_version": VERSION, "run_id": f"r{HOSTILE}",
        "argv": ["wane", HOSTILE], "build": {"compiler": HOSTILE},
        "machine": {"cpus_online": 2, "cpu_model": HOSTILE}, "topology": {},
        "minheap": [{"benchmark": "trees", "minheap_bytes": 1048576}],
        "doctor": {"findings": [{"what": HOSTILE, "effect": "noise"}]},
        "strange": [[1, {HOSTILE: None}], [HOSTILE]],
        "invocations": [{"invocation_id": "r-2", "reason": reason}]}))
    return str(root)


def report(out, *arguments):
    return subprocess.run([WANE, "report", *arguments, "-o", out],
                          capture_output=True, text=True, timeout=120)


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# --- figures ---------------------------------------------------------------

def utilisation(out):
    rows = [r for r in table(out / "F5.csv")
            if r["utilisation"] == "stw" and r["collector"] == "c0"]
    by_window = {int(r["window_ns"]): r for r in rows}
    is_(min(by_window), 10000, "the first window")
    is_(max(by_window), 20 * MS, "the last window")
    near(by_window[10000]["mmu"], 0, "MMU of 10 us")
    near(by_window[MS]["mmu"], 0.2, "MMU of 50 units")
    near(by_window[10 * MS]["mmu"], 0.92, "MMU of 500 units")
    near(by_window[10 * MS]["bmu"], 0.888888888888, "BMU of 500 units")
    near(by_window[20 * MS]["bmu"], 0.94, "BMU of all")
    is_(by_window[MS]["n"], "1", "invocations")
    is_({float(r["bmu"]) for r in table(out / "F5.csv")
         if r["collector"] == "c1"}, {1.0}, "no pauses but in the warm-up")


def latency(out):
    rows = {(r["measure"], round(float(r["one_minus_p"]), 4)): r
            for r in table(out / "F4.csv") if r["collector"] == "c0"}
    near(rows["pause", 1]["ns"], 200000, "the shortest pause")
    near(rows["pause", 1]["values"], 3, "pauses of the run")
    near(rows["latency.simple", 0.1]["ns"], 200000, "p90, simple")
    near(round(float(rows["latency.metered.full", 0.1]["ns"]) / 1000), 4644,
         "p90, metered")
    near(rows["latency.intended", 1]["values"], 10, "requests with a schedule")
    is_({r["enough"] for r in rows.values()}, {"0"}, "of ten values")
    is_(("pause", 0.1) in rows, False, "beyond the maximum")


def heap(out):
    rows = table(out / "F7.csv")
    found = [(r["x_ns"], r["used_bytes"], r["live_bytes"],
              r["floating_bytes"]) for r in rows if r["measure"] == "occupancy"]
    is_(found[:2], [("0", "0", "NA", "NA"), ("1000000", "1000", "400", "600")],
        "occupancy")
    shares = {round(float(r["x_ns"])): float(r["share"]) for r in rows
              if r["measure"] == "promptness"}
    is_((shares[100], max(shares.values())), (0.4, 0.6), "promptness")
    is_("n = 5, 1 of them by the drain, 1 of them never reclaimed (20.00%)" in
        (out / "F7.txt").read_text(), True, "the censored share")


def refused(root):
    """A file that was cut: a sentence, and no numbers from what is left."""
    folder = root / "cut"
    make(folder)
    path = folder / "gc_events.csv.zst"
    path.write_bytes(path.read_bytes()[:-3])
    done = report(root / "cut_out", str(folder), "--figure", "F5")
    is_((done.returncode, "the last zstd frame was cut" in done.stderr),
        (3, True), done.stderr)
    text = (root / "cut_out" / "F5.txt").read_text()
    is_("the last zstd frame was cut" in text, True, text)
    is_((root / "cut_out" / "F5.svg").exists(), False, "a picture of a part")


# --- the page --------------------------------------------------------------

VOID = {"meta", "link", "br", "img", "input", "hr", "col", "wbr"}


class Page(html.parser.HTMLParser):
    """Refuses what is not well-formed, and whatever is loaded or run."""

    def __init__(self, text, folder):
        super().__init__()
        self.open, self.ids, self.links, self.text = [], [], [], []
        self.tags, self.heads, self.folder = {}, [], folder
        self.feed(text)
        self.close()
        is_(self.open, [], "elements that are never closed")
        is_(len(self.ids), len(set(self.ids)), "ids that are there once")
        for link in self.links:
            is_(link in self.ids, True, f"#{link} leads somewhere")

    def handle_starttag(self, tag, attrs):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        if tag not in VOID:
            self.open.append(tag)
        self.take(tag, attrs)

    def handle_startendtag(self, tag, attrs):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.take(tag, attrs)

    def handle_endtag(self, tag):
        is_(self.open and self.open[-1], tag, f"what </{tag}> closes")
        self.open.pop()

    def handle_data(self, data):
        if "style" not in self.open and "script" not in self.open:
            self.text.append(data)

    def take(self, tag, attrs):
        if re.fullmatch("h[1-6]", tag):
            self.heads.append(int(tag[1]))
        names = [name for name, _ in attrs]
        is_(len(names), len(set(names)), f"attributes of {tag}")
        for name, value in attrs:
            is_(name.startswith("on"), False, f"{tag} {name}")
            if name == "id":
                self.ids.append(value)
            if name in ("href", "xlink:href") and value.startswith("#"):
                self.links.append(value[1:])
            elif name in ("href", "xlink:href") and value[:5] != "data:":
                is_((self.folder / value).is_file(), True, value)
            if name == "src":
                is_(value.startswith("data:"), True, value[:60])
        if tag == "img":
            is_("alt" in names, True, "an img without alt")


def page(out):
    text = (out / "index.html").read_text(encoding="utf-8")
    body = Page(text, out)
    is_((body.tags.get("script"), body.tags.get("style"),
         body.tags.get("link")), (1, 1, None), "script, style, link")
    foreign = [u for u in re.findall(r"https?://[^\s\"'<]*", text)
               if not u.startswith("http://www.w3.org/")]
    is_(foreign, [], "what the page could load")
    for a, b in zip(body.heads, body.heads[1:]):
        is_(b - a <= 1, True, f"h{b} after h{a}")
    said = "".join(body.text)
    is_(said.count(HOSTILE) >= 8, True, "everything hostile is text")
    for words in ("F4: Pauses and latency", "F5: Mutator utilisation",
                  "F7: Heap and promptness", "r-2", "1048576", "noise"):
        is_(words in said, True, words)
    is_(body.tags["svg"] >= 3, True, "pictures in the page")
    colours = set(re.findall(r"""(?:fill|stroke|color)=["'](#000000|black)""",
                             text[text.index("<svg"):]))
    is_(colours, set(), "text and axes have the page's own colour")


# --- the timeline ----------------------------------------------------------

def timeline(root, folder):
    path = root / "timeline.json"
    subprocess.run([WANE, "export", folder, "perfetto", "--invocation", "r-0",
                    "-o", path], check=True, timeout=60)
    events = json.loads(path.read_text())["traceEvents"]
    slices = [e for e in events if e["ph"] == "X"]
    is_([e["dur"] for e in slices if e["ts"] > 1], [200, 200, 800, 70000], "pauses")
    is_(sum(e["ph"] == "b" for e in events), 10, "requests")
    is_(sum(e["ph"] == "C" and "live" in e["name"] for e in events), 4,
        "samples of what lives")
    done = subprocess.run([WANE, "export", folder, "perfetto", "--invocation",
                           "x"], capture_output=True, text=True, timeout=60)
    is_((done.returncode, "has no invocation x" in done.stderr), (2, True),
        done.stderr)


with tempfile.TemporaryDirectory() as name:
    top = pathlib.Path(name)
    results = make(top / "results")
    ran = report(top / "out", results)
    is_((ran.returncode, ran.stderr), (0, ""), "exit")
    utilisation(top / "out")
    latency(top / "out")
    heap(top / "out")
    page(top / "out")
    refused(top)
    timeline(top, results)
print("figures, page and timeline are as they must be")
