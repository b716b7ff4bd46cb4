# SPDX-License-Identifier: MIT
"""Threads that come and go, and hand objects to each other."""
import queue
import sys
import threading
import time

sys.setswitchinterval(0.0002)
box = queue.Queue(50)
done = {}
lock = threading.Lock()


class Job:
    def __init__(self, number, parent):
        self.number, self.parent, self.children = number, parent, []
        if parent is not None:
            parent.children.append(self)


def produce(name):
    parent = None
    for i in range(400):
        parent = Job((name, i), parent if i % 8 else None)
        box.put(parent)
        time.sleep(0)  # the lock is released while much is half done
    box.put(None)


def consume():
    while (job := box.get()) is not None:
        job.result = [str(j.number) for j in job.children]
        time.sleep(0)
        with lock:
            done[job.number[1] % 97] = job


def short(number):
    with lock:
        done["short %d" % (number % 7)] = [Job((number, 0), None)]


threads = [threading.Thread(target=produce, args=(n,)) for n in range(3)]
threads += [threading.Thread(target=consume) for _ in range(3)]
for thread in threads:
    thread.start()
for number in range(300):  # more than a trace has room for at a time
    thread = threading.Thread(target=short, args=(number,))
    thread.start()
    thread.join()
for thread in threads:
    thread.join()
print(len(done))
