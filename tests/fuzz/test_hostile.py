#!/usr/bin/env python3
# test_hostile.py: files that are made to harm: refused, each in one sentence.
# SPDX-License-Identifier: MIT
#
# test_hostile.py WANE: makes each file, with good checksums, and gives it to
# `wane trace verify` and to `wane run -w trace:FILE`. Both must end soon, with
# exit code 3 and one line that names the file and what is wrong with it, and
# must not take the machine's memory.

import json
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile

WANE = sys.argv[1]
MEMORY = 1700 << 20  # what the largest legal object takes, and some
failures = []

TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    TABLE.append(byte)


def crc(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = TABLE[(value ^ byte) & 255] ^ value >> 8
    return value ^ 0xFFFFFFFF


def number(value):
    out = b""
    while value >= 128:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def chunk(name, payload, events=0, codec=0, raw=None, thread=0, seq=0,
          stored=None):
    flags = 0 if name in (b"META", b"CKPT") else 1
    raw = len(payload) if raw is None else raw
    stored = len(payload) if stored is None else stored
    head = name + struct.pack("<HHIIIIQ", codec, flags, thread, events, stored,
                              raw, seq)
    sum_ = crc(head + bytes(8) + payload)
    return head + struct.pack("<II", sum_, 0) + payload


def file_of(*chunks, events, handles=8, threads=1, flags=0):
    head = b"\x89GCT\r\n\x1a\n" + struct.pack(
        "<HHIQIIQQQ", 1, 1, 64, flags, threads, handles, events, 0, 0)
    end = chunk(b"END ", number(len(chunks) + 1) + number(events))
    return head + struct.pack("<II", crc(head + bytes(8)), 0) + b"".join(
        chunks) + end


def zstd(data):
    return subprocess.run(["zstd", "-qc", "-19"], input=data,
                          capture_output=True, check=True).stdout


TYPES = chunk(b"TYPE", b"1\t1\tx\n")


def alloc(handle, slots=1, words=4):
    return b"\x01" + number(handle) + b"\x01" + number(words) + number(slots)


def write(owner, slot, target):
    return b"\x02" + number(owner) + number(slot) + number(target)


def trace(*events, **more):
    n = len(events)
    return file_of(TYPES, chunk(b"EVTS", b"".join(events), n), events=n, **more)


GOOD = trace(alloc(0), alloc(1), write(0, 0, 1))
ZEROS = zstd(bytes(1 << 30))  # a gigabyte in some 30 KB
HUGE = (1 << 27) - 1

# name: the file, and what must be said of it.
FILES = {
    # Lengths that lie.
    "stored_beyond_end": (
        file_of(chunk(b"META", b"a=b\n", stored=0x7FFFFFFF), events=0),
        "truncated"),
    "stored_wraps": (
        file_of(chunk(b"META", b"a=b\n", stored=0xFFFFFFFF), events=0),
        "truncated"),
    "raw_is_less": (
        file_of(TYPES, chunk(b"EVTS", zstd(alloc(0)), 1, codec=1, raw=3),
                events=1), "zstd"),
    "more_events_than_bytes": (
        file_of(TYPES, chunk(b"EVTS", alloc(0), 4000000000), events=1),
        "events in"),
    "fewer_events_than_said": (
        file_of(TYPES, chunk(b"EVTS", alloc(0), 2), events=2),
        "fewer events"),
    "header_counts_too_many": (
        file_of(TYPES, chunk(b"EVTS", alloc(0), 1), events=2), "events"),
    "sequence_jumps": (
        file_of(TYPES, chunk(b"EVTS", alloc(0), 1, seq=1 << 63), events=1),
        "goes on at event"),
    # Ids out of range.
    "handle_out_of_range": (trace(alloc(8)), "event 0"),
    "handle_4g": (trace(alloc(0xFFFFFFFF)), "event 0"),
    "handles_for_nothing": (trace(alloc(0), handles=0xFFFFFFFF),
                            "max_handles"),
    "unknown_type": (trace(b"\x01\x00\x63\x04\x01"), "event 0"),
    "thread_4g": (
        file_of(TYPES, chunk(b"EVTS", alloc(0), 1, thread=0xFFFFFFFF),
                events=1), "thread 4294967295"),
    "threads_4g": (trace(alloc(0), threads=0xFFFFFFFF), "threads"),
    "wait_for_nobody": (trace(b"\x00\x05\x01", alloc(0)), ""),
    "wait_for_itself": (
        file_of(TYPES, chunk(b"EVTS", alloc(0) + b"\x00\x00\x63", 2),
                events=1), ""),
    "slot_out_of_range": (trace(alloc(0), write(0, 1 << 27, 0)), "event 1"),
    "use_after_free": (trace(alloc(0), b"\x09\x00", b"\x03\x00"), "free"),
    "index_beyond_end": (GOOD[:40] + struct.pack("<Q", 1 << 62) + GOOD[48:],
                         ""),
    # Truncated blocks.
    "cut_in_head": (GOOD[:64 + 20], "truncated"),
    "cut_in_payload": (GOOD[:64 + 40 + 3], "truncated"),
    "cut_before_end": (GOOD[:-42], "no END chunk"),
    "cut_in_zstd": (
        file_of(TYPES, chunk(b"EVTS", zstd(alloc(0) * 9)[:-4], 1, codec=1,
                             raw=45), events=1), "zstd"),
    "empty": (b"", "shorter"),
    "event_is_cut": (
        file_of(TYPES, chunk(b"EVTS", alloc(0)[:-1], 1), events=1),
        "event 0"),
    # Bombs.
    "bomb_claims_little": (
        file_of(chunk(b"META", ZEROS, codec=1, raw=100), events=0), "zstd"),
    "bomb_claims_limit": (
        file_of(TYPES, chunk(b"EVTS", ZEROS, 1, codec=1, raw=16 << 20),
                events=1), "zstd"),
    "bomb_claims_truth": (
        file_of(chunk(b"META", ZEROS, codec=1, raw=1 << 30), events=0),
        "the limit is"),
    "bomb_of_slots": (
        trace(*[alloc(i) for i in range(8)],
              *[write(i, HUGE, 0) for i in range(8)]), "slots"),
}


def limit():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(*words):
    return subprocess.run([WANE, *words], capture_output=True, text=True,
                          timeout=250, preexec_fn=limit)


def fail(*words):
    failures.append(words)
    print("FAILED:", *words)


def peak():
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10


def judge(name, bytes_, sentence, folder):
    path = f"{folder}/{name}.gct"
    with open(path, "wb") as file:
        file.write(bytes_)
    done = run("trace", "verify", path)
    if done.returncode != 3 or done.stderr.count("\n") != 1:
        fail(name, "verify:", done.returncode, done.stderr)
    elif not (done.stderr.startswith(path + ":") and sentence in done.stderr):
        fail(name, "verify says", done.stderr, "expected", sentence)
    out = f"{folder}/{name}.out"
    done = run("run", "-c", "rc", "-w", "trace:" + path, "-q", "-o", out,
               "--timeout", "200", "-H", "256m")
    reason = json.load(open(out + "/run.json"))["invocations"][0]["reason"]
    if done.returncode != 3:
        fail(name, "run:", done.returncode, reason, done.stderr)
    elif sentence not in reason or path not in reason:
        fail(name, "run says", reason, "expected", sentence)
    shutil.rmtree(out)
    if peak() > MEMORY and "memory" not in [f[0] for f in failures]:
        fail("memory", name, peak() >> 20, "MiB")


with tempfile.TemporaryDirectory() as folder:
    path = folder + "/good.gct"
    with open(path, "wb") as file:
        file.write(GOOD)
    for words in ("trace", "verify", path), ("run", "-crc", "-wtrace:" + path):
        done = run(*words)
        if done.returncode != 0:
            fail("a good file", done.returncode, done.stderr, done.stdout)
    for name, (bytes_, sentence) in FILES.items():
        judge(name, bytes_, sentence, folder)
print(f"{len(FILES)} hostile files, {len(failures)} failures, "
      f"{peak() >> 20} MiB at most")
sys.exit(1 if failures else 0)
