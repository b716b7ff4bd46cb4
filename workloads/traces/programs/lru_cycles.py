# SPDX-License-Identifier: MIT
"""lru_cycles: a cache of bounded size with a list in order of use.

Heap: a doubly linked list of entries that each look-up rewires; an entry and
its value refer to each other and values to earlier values, so what is evicted
is cyclic garbage, in small clumps. A registry beside it holds values weakly.
"""
import random
import sys
import weakref


class Entry:
    __slots__ = ("key", "value", "newer", "older", "cache", "__weakref__")


class Value:
    def __init__(self, key):
        self.key = key
        self.parts = [key, str(key)]
        self.entry = None
        self.needs = []


class Cache:
    def __init__(self, capacity):
        self.capacity = capacity
        self.entries = {}
        self.values = weakref.WeakValueDictionary()
        self.head = Entry()  # head.older is the newest entry
        self.head.newer = self.head.older = self.head

    def unlink(self, entry):
        entry.newer.older = entry.older
        entry.older.newer = entry.newer

    def put_first(self, entry):
        head = self.head
        entry.newer, entry.older = head, head.older
        head.older.newer = entry
        head.older = entry

    def get(self, key):
        entry = self.entries.get(key)
        if entry is None:
            return None
        self.unlink(entry)
        self.put_first(entry)
        return entry.value

    def put(self, key, value):
        entry = Entry()
        entry.key, entry.value, entry.cache = key, value, self
        value.entry = entry
        self.entries[key] = entry
        self.values[key] = value
        self.put_first(entry)
        if len(self.entries) > self.capacity:
            last = self.head.newer
            self.unlink(last)
            last.newer = last.older = None
            del self.entries[last.key]


def main(lookups):
    source = random.Random(3)
    cache = Cache(1500)
    hits = 0
    before = None
    for _ in range(lookups):
        key = int(source.paretovariate(0.25)) % 20000
        value = cache.get(key)
        if value is None:
            value = Value(key)
            cache.put(key, value)
            if before is not None and source.random() < 0.3:
                value.needs.append(before)
        else:
            hits += 1
        if len(value.needs) > 3:
            value.needs.clear()
        before = value
    return hits, len(cache.entries)


lookups = int(sys.argv[1]) if len(sys.argv) > 1 else 50000
sys.audit("wane.trace", "start")
result = main(lookups)
sys.audit("wane.trace", "end")
print(*result)
