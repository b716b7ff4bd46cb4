#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_bugs.py WANE: seeded bugs in the recorder, and who notices each.

A copy of the recorder gets one bug, is linked, and records the scripts beside
this file. Somebody must object: the recorder itself (--paranoid), the verifier
with a checkpoint every 3000 events, or roots.py. Without a bug nobody may.
Uses and replaces the interpreter of WANE_RECORDER_DIR; exit code 77 when it
cannot be built.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
WORKLOADS = HERE.parent.parent / "workloads"
SCRIPTS = ["containers", "finalizers", "revived", "threads"]

# What it is, the file, what stands there once, what stands there instead.
BUGS = [
    ("moved memory is not told", "rec_stores.c",
     "  note((uintptr_t)to, n);\n  if ((uintptr_t)to - (uintptr_t)from >= n)",
     "  if ((uintptr_t)to - (uintptr_t)from >= n)"),
    ("only what is new in a buffer is read", "rec_read.c",
     "if (first < *low) *low = first;", "(void)first;"),
    ("blocks of deques are read when their ends move", "rec_deque.c",
     "if (block->stored || o->flags", "if (o->flags"),
    ("no guards", "rec_sync.c",
     "for (size_t i = 0; i < rec_unheld.n; i++) {",
     "for (size_t i = 0; i < 0; i++) {"),
    ("roots after slots", "rec_sync.c",
     "  emit_roots();\n  for (size_t i = 0; i < rec_n_writes; i++) "
     "rec_emit_write(&rec_writes[i]);\n",
     "  for (size_t i = 0; i < rec_n_writes; i++) "
     "rec_emit_write(&rec_writes[i]);\n  emit_roots();\n"),
    ("what the dying refer to is still held by them", "rec_object.c",
     "if (!(o->flags & REC_DOOMED)) rec_uncount_edges(id);", "(void)0;"),
    ("nothing is marked as revived", "rec_weak.c",
     "if (id && !rec_is_held(id, FAR))", "if (0 && !rec_is_held(id, FAR))"),
    ("who runs a finalizer does not hold its object", "rec_object.c",
     "if (o->n_roots == 0) { // who", "if (0) { // who"),
    ("no safepoint when the lock is released", "rec_main.c",
     ".hand_over = rec_sync,", ".hand_over = NULL,"),
]


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


def build(top, bug):
    """Links a recorder with this bug. The interpreter's path."""
    for folder in ("recorder", "trace"):
        shutil.rmtree(top / folder, ignore_errors=True)
        shutil.copytree(WORKLOADS / folder, top / folder)
    if bug:
        path = top / "recorder" / bug[1]
        text = path.read_text(encoding="utf-8")
        if text.count(bug[2]) != 1:
            sys.exit(f"{bug[0]}: {bug[1]} has changed: put the bug in anew")
        path.write_text(text.replace(bug[2], bug[3]), encoding="utf-8")
    cache = os.environ.get("WANE_RECORDER_DIR") or os.path.expanduser(
        "~/.cache/wane/recorder")
    made = run(str(top / "recorder" / "build.sh"), cache)
    if made.returncode:
        print("skipped: the recorder cannot be built here:",
              made.stderr.strip().split("\n")[-1])
        sys.exit(77)
    return made.stdout.strip()


def objection(wane, interpreter, script, top):
    """Who objects to the recording of a script, or None."""
    raw, cut, text = (str(top / name) for name in ("raw", "cut", "text"))
    environment = dict(os.environ, PYTHONHASHSEED="0", WANE_RECORD_OUT=raw,
                       PYTHONDONTWRITEBYTECODE="1", WANE_RECORD_CHECK="3000")
    made = run("setarch", "-R", interpreter, str(HERE / (script + ".py")),
               env=environment)
    if made.returncode:
        return f"the recorder, exit code {made.returncode}"
    for command in ([wane, "trace", "cut", raw, "-o", cut, "--every", "3000",
                     "--level", "1"], [wane, "trace", "verify", cut],
                    [wane, "trace", "text", raw, "-o", text]):
        if run(*command).returncode:
            return " ".join(["wane", *command[1:3]])
    foreign, bare = run(sys.executable, str(HERE / "roots.py"),
                        text).stdout.split()
    if int(foreign) >= 10 or (bare != "0" and script == "finalizers"):
        return "roots.py"
    return None


def main():
    wane = os.path.realpath(sys.argv[1])
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        top = pathlib.Path(name)
        for bug in [*BUGS, None]:
            interpreter = build(top, bug)
            found = {script: objection(wane, interpreter, script, top)
                     for script in SCRIPTS}
            found = {script: who for script, who in found.items() if who}
            wrong += bool(found) != bool(bug)
            print(bug[0] if bug else "no bug", "--", ", ".join(
                f"{script}: {who}" for script, who in found.items())
                or "nobody objects", flush=True)
    return wrong > 0


sys.exit(main())
