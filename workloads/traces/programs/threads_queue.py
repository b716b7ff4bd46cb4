# SPDX-License-Identifier: MIT
"""threads_queue: producers, consumers and a pool, with a shared index.

Heap: jobs are born on one thread, die on another, and meanwhile stand in a
bounded queue, in an index that all threads write, and in chains of parents and
children, which are cycles. Then futures of a pool. What is computed does not
depend on how threads take turns, what happens to the heap does: a second
recording is not the same, bit for bit.
"""
import concurrent.futures
import queue
import sys
import threading


class Job:
    def __init__(self, name, parent):
        self.name = name
        self.parent = parent
        self.children = []
        self.result = None
        if parent is not None:
            parent.children.append(self)


class Work:
    def __init__(self, jobs):
        self.jobs = jobs
        self.queue = queue.Queue(50)
        self.index = {}
        self.lock = threading.Lock()
        self.sum = 0

    def produce(self, producer):
        parent = None
        for i in range(self.jobs):
            parent = Job((producer, i), parent if i % 10 else None)
            self.queue.put(parent)
        self.queue.put(None)

    def consume(self):
        total = 0
        while (job := self.queue.get()) is not None:
            number = job.name[1]
            job.result = {"name": job.name,
                          "squares": [x * x + 1000 for x in range(number % 7)]}
            with self.lock:
                self.index[number % 500] = job
            total += sum(job.result["squares"])
        with self.lock:
            self.sum += total


def digits(n):
    return sum(len(str(x)) for x in range(n % 50))


def main(jobs):
    work = Work(jobs)
    threads = [threading.Thread(target=work.produce, args=(i,))
               for i in range(4)]
    threads += [threading.Thread(target=work.consume) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(digits, range(jobs // 4)))
    return len(work.index), work.sum, sum(answers)


jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 2500
sys.setswitchinterval(0.00005)  # recording makes it ten times as long
sys.audit("wane.trace", "start")
result = main(jobs)
sys.audit("wane.trace", "end")
print(*result)
