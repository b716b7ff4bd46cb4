# SPDX-License-Identifier: MIT
"""json_walk: parse, walk, transform and dump JSON documents.

Heap: bushy trees of dictionaries, lists, strings and floats. A parse builds
one bottom-up and it dies as a whole, some batches later, when it leaves a
window of recent documents; an index shares parts of several. No cycles: all of
it is for reference counts.
"""
import collections
import json
import random
import sys


def make_user(number, random):
    return {
        "id": number,
        "name": f"user{number}",
        "tags": [random.choice("abcd") + str(random.randrange(50))
                 for _ in range(random.randrange(6))],
        "geo": {"lat": random.random() * 90, "lon": random.random() * 180},
        "orders": [{"sku": random.randrange(9999),
                    "count": random.randrange(5),
                    "price": random.random() * 100,
                    "note": random.choice([None, "gift", "fragile"])}
                   for _ in range(random.randrange(8))],
        "active": random.random() < 0.5,
    }


def walk(value):
    """How many values there are."""
    if isinstance(value, dict):
        return 1 + sum(walk(part) for part in value.values())
    if isinstance(value, list):
        return 1 + sum([walk(part) for part in value])
    return 1


def transform(user):
    user["total"] = sum(o["count"] * o["price"] for o in user["orders"])
    user["orders"] = [o for o in user["orders"] if o["count"]]
    return user


def main(texts):
    recent = collections.deque(maxlen=3)
    by_tag = {}
    values = characters = 0
    for text in texts:
        document = [transform(user) for user in json.loads(text)]
        values += walk(document)
        for user in document:
            for tag in user["tags"]:
                by_tag.setdefault(tag, collections.deque(maxlen=8)).append(user)
        best = sorted(document, key=lambda user: -user["total"])[:40]
        characters += len(json.dumps(best))
        recent.append(document)
    return values, characters, len(by_tag), sum(map(len, recent))


def make_texts(documents, users):
    source = random.Random(7)
    return [json.dumps([make_user(i, source) for i in range(users)])
            for _ in range(documents)]


texts = make_texts(int(sys.argv[1]) if len(sys.argv) > 1 else 12, 300)
sys.audit("wane.trace", "start")
result = main(texts)
sys.audit("wane.trace", "end")
print(*result)
