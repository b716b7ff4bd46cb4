// store_buffer.pml: memory as x86 has it: each thread's stores wait in a queue.
// SPDX-License-Identifier: MIT
//
// Total store order. A store goes to the end of its thread's queue; the oldest
// entry of any queue may reach memory at any time. A load sees the newest entry
// of its own queue for that place, else memory. A seq_cst store, and any
// read-modify-write, waits until the queue is empty and acts on memory.
//
// The model brings CPUS and PLACES (at most 16); values are below 8. A queue
// has two entries: a third store waits. Who uses this runs memory().

byte mem[PLACES];
byte oldest[CPUS]; // a queue's entries, 0: none
byte newest[CPUS];

#define ENTRY(a, v) (128 | (a) << 3 | (v))
#define IS_FOR(e, a) ((e) >> 3 == (16 | (a)))
#define LOAD(p, a)                                                             \
  (IS_FOR(newest[p], a) -> newest[p] & 7 :                                     \
   (IS_FOR(oldest[p], a) -> oldest[p] & 7 : mem[a]))
#define FENCED(p) (!oldest[p])
#define HAS_ROOM(p) (!newest[p])

// Only where HAS_ROOM(p).
inline put(p, a, v)
{
  if
  :: oldest[p] -> newest[p] = ENTRY(a, v)
  :: else -> oldest[p] = ENTRY(a, v)
  fi
}

// A release store, or a plain one: on x86 they are the same.
inline store(p, a, v)
{
  d_step { HAS_ROOM(p) -> put(p, a, v) }
}

inline store_seq_cst(p, a, v)
{
  d_step { FENCED(p) -> mem[a] = v }
}

// The least that a mutex promises: to lock it acquires, and is no fence; to
// unlock it is a release store.
inline lock(a)
{
  d_step { !mem[a] -> mem[a] = 1 }
}

inline flush(p)
{
  d_step {
    oldest[p] ->
    mem[oldest[p] >> 3 & 15] = oldest[p] & 7;
    oldest[p] = newest[p];
    newest[p] = 0
  }
}

proctype memory()
{
end:
  do
  :: flush(0)
  :: flush(1)
  :: flush(2)
  od
}
