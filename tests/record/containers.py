# SPDX-License-Identifier: MIT
"""Every container that has a reader of its own, changed in every way."""
import collections
import random

r = random.Random(5)
queue, ring = collections.deque(), collections.deque(maxlen=100)
table, words, ordered = {}, set(), collections.OrderedDict()
counts = collections.defaultdict(list)
items = []


class Thing:
    pass


def change(i):
    thing = Thing()
    thing.number = i
    thing.pair = (thing, [i])
    items.insert(r.randrange(len(items) + 1), thing)
    queue.append(thing) if i % 3 else queue.appendleft([i, thing])
    ring.append({i: thing})
    table[(i % 997, "k")] = thing
    table["s%d" % (i % 499)] = [thing]
    words.add((i % 701, str(i)))
    ordered[i % 311] = thing
    ordered.move_to_end(i % 311, last=i % 2 == 0)
    counts[i % 53].append(str(i))
    if i % 2:
        queue.popleft()
        table.pop((r.randrange(997), "k"), None)
    if i % 5 == 0:
        queue.rotate(r.randrange(-70, 70))
        queue[r.randrange(len(queue))] = [thing]
        words.discard(next(iter(words)))
        items[r.randrange(len(items)):][:3] = []
        del items[r.randrange(len(items)):][1:]
        items[:] = items[::-1]
    if len(items) > 300:
        items.sort(key=lambda thing: str(thing.number))
        del items[::2]
    if i % 1000 == 999:
        queue.clear()
        words.clear()
        ordered.popitem()
        counts.clear()
        table.clear() if i % 2000 == 999 else table.update(list(table.items()))
    setattr(thing, "a%d" % (i % 40), i * 1.5)
    thing.__dict__["late"] = [thing.__dict__]


for number in range(4000):
    change(number)
print(len(items), len(queue), len(table), len(words), len(ordered))
