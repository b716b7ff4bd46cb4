// heap.pml: objects, roots, handshakes: what models of collectors share.
// SPDX-License-Identifier: MIT
//
// Everything here is sequentially consistent. Each step of a model is one
// access to shared memory; what only its own thread can see is done in the
// same step. The model brings OBJECTS (1 or 2), ALL, OPS and LIMIT.
//
// A thread is always `at` one place; each option of its loop is one step
// from there. It answers a handshake only between operations. Its roots are a
// set of objects, `held`: with two objects that says as much as two slots. It
// drops roots when it answers: dropped earlier, they would allow it less and
// cost it nothing.
//
// After OPS operations each thread drops all, clears the global slot and only
// answers. The collector goes on until all is freed: there is no bound on
// rounds, and no counter grows with them.

#define THREADS 2

// slot[0] is the global slot, slot[o] that of object o.
byte slot[OBJECTS + 1];
byte held[THREADS];
byte freed;

// Handshakes.
bit asked[THREADS];
byte snapshot; // the roots of this round
byte left[THREADS];
bit done[THREADS];

// What must hold (README.md).
hidden byte S1_no_freed_object_is_used;
hidden byte S3_no_edge_without_its_unit;
hidden byte L1_garbage_is_freed_in_time;

#if OBJECTS == 1
#define CLOSURE(set) (set)
#else
#define CLOSURE(set)                                                           \
  ((set) | (HAS(set, 1) -> ONLY(slot[1]) : 0) |                                \
   (HAS(set, 2) -> ONLY(slot[2]) : 0))
#endif

// What the program can reach without a weak cell. A value that is about to
// be stored is held.
#define REACHED CLOSURE(ONLY(slot[0]) | held[0] | held[1])

// Places of a thread; the model may have more.
#define IDLE 0
#define EXCHANGE 1 // a store: the new value is counted

inline free_set(set)
{
  MUST(S1_no_freed_object_is_used, !(REACHED & (set)));
  freed = freed | (set)
}

// The collector asks.
inline ask()
{
  d_step {
    if
    :: done[0] && done[1] ->
      quiet++;
      MUST(L1_garbage_is_freed_in_time, quiet <= LIMIT)
    :: else
    fi;
    snapshot = 0;
    asked[0] = 1;
    asked[1] = 1
  }
}
