# SPDX-License-Identifier: MIT
"""Finalizers that write, resurrect, and close generators."""
import gc

log, kept = [], []


class Writer:
    def __init__(self, number):
        self.number, self.me, self.friend = number, self, None

    def __del__(self):
        log.append([self.number, self.friend])
        self.friend = {"seen": self.number}


class Returner:
    def __init__(self):
        self.me = self

    def __del__(self):
        kept.append(self)


def generator():
    try:
        yield [1]
    finally:
        log.append("closed")


for i in range(2000):
    writer = Writer(i)
    writer.friend = Writer(-i)
    if i % 10 == 0:
        Returner()
    g = generator()
    next(g)
    del g
    if i % 500 == 0:
        gc.collect()
gc.collect()
print(len(log), len(kept))
