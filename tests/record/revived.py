# SPDX-License-Identifier: MIT
"""Dead cycles keep strings and objects that weak means hand out again."""
import gc
import sys
import weakref

gc.disable()


class Node:
    pass


def dead_cycle(*held):
    a, b = Node(), Node()
    a.other, b.other = b, a
    a.held = held


def lose():
    thing = Node()
    thing.part = [1.5, object()]
    dead_cycle(sys.intern("word " + str(len(sys.argv))), thing)
    return weakref.ref(thing)


def pass_time():
    return len([Node() for _ in range(20000)])


lost = [lose() for _ in range(3)]
pass_time()
word = sys.intern("word " + str(len(sys.argv)))
thing = lost[1]()
pass_time()
print(word, thing.part[0])
gc.collect()
