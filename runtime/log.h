// log.h: chunks of references: decrement logs and closer logs.
// SPDX-License-Identifier: MIT
//
// A chunk is filled by one thread without synchronisation and changes hands
// whole, inside the packet of an ack. The pool is capped in bytes; a thread
// that finds it empty falls back on its spare chunk, is stopped at its next
// safepoint, and past that makes what it cannot log immortal: a leak of known
// size, never a lost reference (runtime/DESIGN.md, "When the log is full").
// An ack goes past the cap if it must: what was logged is never held back. So
// does a new thread, by two chunks: the finalizer thread may be born because
// the pool is full of what only finalizers will let go.

#ifndef WANE__LOG_H
#define WANE__LOG_H

#include "config.h"

struct wane__chunk {
  struct wane__chunk *next;
  uint32_t n;
  uint32_t row; // of the pool's lists: where it came from
  wane_ref entries[]; // wane__config.log_chunk of them
};

struct wane__chunk *wane__chunk_take(void); // NULL: the pool is exhausted
struct wane__chunk *wane__chunk_past(void); // past the cap; NULL: no memory
struct wane__chunk *wane__chunk_need(void); // the same; no memory is the end
void wane__chunk_give(struct wane__chunk *list);
uint64_t wane__chunk_bytes(void);      // outstanding: taken, not given back
uint64_t wane__chunk_peak_bytes(void); // its peak
void wane__chunk_stop(void);           // frees the pool
void wane__chunk_lock(void);           // around fork
void wane__chunk_unlock(void);

#endif
