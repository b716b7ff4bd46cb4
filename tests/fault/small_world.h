// small_world.h: a program that uses all of the runtime.
// SPDX-License-Identifier: MIT

#ifndef WANE_TESTS_SMALL_WORLD_H
#define WANE_TESTS_SMALL_WORLD_H

// What a run of it can come to. Anything else is a fault.
enum small_world {
  SMALL_DONE = 0,  // all went through; some of it may have been refused
  SMALL_NO_PLUGIN, // wane_collector_open gave NULL and a sentence
  SMALL_NO_START,  // wane_start gave -ENOMEM or -EAGAIN and a sentence
  SMALL_NO_THREAD, // wane_thread_start gave NULL to the only thread
  SMALL_NO_TYPE,   // wane_type_register gave -ENOMEM
  SMALL_OUTCOMES,
  SMALL_WRONG = 100, // a broken promise; standard error says which
};

// Loads the collector, starts the runtime with it, and uses threads, objects of
// all shapes, handles, weak references, ephemerons, finalizers, walks, and
// collections. What was not refused must be there and right.
enum small_world small_world(const char *collector);

#endif
