# SPDX-License-Identifier: MIT
"""event_simulation: customers, counters and deliveries of a shop, simulated.

Heap: hundreds of suspended generators, each a frame that holds what it works
with; a priority queue of events through which they are woken, queues of those
who wait, and lives of every length, from one event to the whole run.
"""
import collections
import heapq
import itertools
import random
import sys


class Event:
    """Something that processes wait for; it happens once."""

    def __init__(self, world):
        self.world = world
        self.waiting = []
        self.value = None

    def happen(self, value=None):
        self.value = value
        for process in self.waiting:
            self.world.at(0, process)
        self.waiting = None


class Process(Event):
    """A generator that yields delays and events; it is the event of its end."""

    def __init__(self, world, generator):
        super().__init__(world)
        self.generator = generator
        world.at(0, self)

    def resume(self):
        try:
            wish = next(self.generator)
        except StopIteration as end:
            self.happen(end.value)
            return
        if not isinstance(wish, Event):
            self.world.at(wish, self)
        elif wish.waiting is None:
            self.world.at(0, self)
        else:
            wish.waiting.append(self)


class World:
    def __init__(self):
        self.now = 0.0
        self.agenda = []
        self.ready = collections.deque()
        self.numbers = itertools.count()

    def at(self, delay, process):
        if delay:
            heapq.heappush(self.agenda,
                           (self.now + delay, next(self.numbers), process))
        else:
            self.ready.append(process)

    def run(self):
        while self.ready or self.agenda:
            if self.ready:
                process = self.ready.popleft()
            else:
                self.now, _, process = heapq.heappop(self.agenda)
            process.resume()


class Counter:
    """Serves so many at a time, the others in the order in which they came."""

    def __init__(self, world, places):
        self.world, self.free = world, places
        self.queue = collections.deque()

    def enter(self):
        event = Event(self.world)
        if self.free:
            self.free -= 1
            event.happen()
        else:
            self.queue.append(event)
        return event

    def leave(self):
        if self.queue:
            self.queue.popleft().happen()
        else:
            self.free += 1


class Shop:
    def __init__(self, world, customers):
        self.world, self.customers = world, customers
        self.random = random.Random(5)
        self.counters = [Counter(world, 3) for _ in range(4)]
        self.shelves = collections.Counter()
        self.orders = []
        self.bills = collections.deque(maxlen=200)
        self.visits = 0
        self.wares = None  # sold in all, when the last one has left

    def customer(self, number):
        basket = []
        for _ in range(self.random.randrange(1, 8)):
            ware = f"ware {self.random.randrange(30)}"
            yield self.random.expovariate(1)
            if self.shelves[ware] == 0:
                delivery = Event(self.world)
                self.orders.append((ware, delivery))
                yield delivery
            self.shelves[ware] -= 1
            basket.append((ware, self.random.random()))
        counter = min(self.counters, key=lambda c: len(c.queue))
        yield counter.enter()
        yield 0.02 * len(basket)
        counter.leave()
        self.bills.append({"customer": number, "wares": basket,
                           "at": self.world.now})
        self.visits += 1
        return basket

    def family(self, number):
        """Members that go in together and wait for each other."""
        members = [Process(self.world, self.customer((number, i)))
                   for i in range(self.random.randrange(1, 4))]
        wares = 0
        for member in members:
            yield member
            wares += len(member.value)
        return wares

    def supplier(self):
        while self.wares is None:
            yield 0.5
            orders, self.orders = self.orders, []
            for ware, delivery in orders:
                self.shelves[ware] += 5
                delivery.happen()

    def door(self):
        families = []
        for number in itertools.count():
            yield self.random.expovariate(1.5)
            families.append(Process(self.world, self.family(number)))
            if self.visits >= self.customers:
                break
        wares = 0
        for family in families:
            yield family
            wares += family.value
        self.wares = wares


def main(customers):
    world = World()
    shop = Shop(world, customers)
    Process(world, shop.supplier())
    Process(world, shop.door())
    world.run()
    return shop.visits, shop.wares, len(shop.bills), round(world.now, 6)


customers = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
sys.audit("wane.trace", "start")
result = main(customers)
sys.audit("wane.trace", "end")
print(*result)
