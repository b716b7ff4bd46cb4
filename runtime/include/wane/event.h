// event.h: what the runtime tells the harness: events and totals.
// SPDX-License-Identifier: MIT
//
// The second shelf. Each thread writes fixed-size records into a ring of its
// own, allocated in advance; a full ring counts losses instead of waiting.
// The harness drains them when the clock is stopped.

#ifndef WANE_EVENT_H
#define WANE_EVENT_H

#include <wane/mutator.h>

enum wane_event_kind {
  WANE_EVENT_CYCLE,   // one round, request to last free
  WANE_EVENT_PAUSE,   // a mutator's ack, or its stop for a stopped world
  WANE_EVENT_PHASE,   // a part of a round; `phase` says which
  WANE_EVENT_STALL,   // a mutator waiting for the collector
  WANE_EVENT_ASSIST,  // collector work done on a mutator thread
  WANE_EVENT_TRIGGER, // instant: somebody asked for a round; `cause`
};
enum wane_event_phase {
  WANE_PHASE_NONE,
  WANE_PHASE_HANDSHAKE, // request to last ack
  WANE_PHASE_DECREMENT, // last round's log applied, the dead found
  WANE_PHASE_YOUNG,     // young objects and zero-count table examined
  WANE_PHASE_RELEASE,   // dead objects' children, cells returned
  WANE_PHASE_COLLECT,   // the plugin's part
  WANE_PHASE_MARK,      // of COLLECT: one slice of marking; cpu_ns and objects
                        // are those of all workers
  WANE_PHASE_SWEEP,     // of COLLECT: one slice of sweeping
  WANE_PHASE_STOPPED,   // last mutator's stop to the first one's release;
                        // cpu_ns is that of the whole process
};
enum wane_event_role {
  WANE_ROLE_MUTATOR,
  WANE_ROLE_COORDINATOR,
  WANE_ROLE_WORKER,
};
enum wane_cause {
  WANE_CAUSE_NONE,
  WANE_CAUSE_ALLOC_BYTES, // young bytes passed their threshold
  WANE_CAUSE_DEC_BACKLOG, // bytes of unapplied log
  WANE_CAUSE_DEFERRED,    // estimated bytes of deferred garbage
  WANE_CAUSE_HEAP_FULL,   // the heap limit is near or reached
  WANE_CAUSE_USER,        // wane_collect
  WANE_CAUSE_STRESS,
  WANE_CAUSE_DRAIN, // wane_stop, or the harness's end of measurement
  WANE_CAUSE_CYCLE, // a cycle that spans several rounds is under way
};

struct wane_event {
  uint64_t t_request_ns; // CLOCK_MONOTONIC; 0 where there is no request
  uint64_t t_begin_ns;
  uint64_t t_end_ns;
  uint64_t cpu_ns; // CPU time in the interval: of the thread; of rounds and
                   // phases that of all collector threads
  uint64_t gc_id;  // round number
  uint64_t used_before_bytes, used_after_bytes;
  uint64_t freed_objects, freed_bytes;
  uint64_t objects, edges; // traced
  uint64_t items;          // log entries, young objects, candidates ...
  uint8_t kind, phase, cause, role;
  uint16_t stw; // 1: the world was stopped
  uint16_t cpu; // where it ended
  // Of a mutator: its number, by which threads that share a name differ. A
  // later thread may have it again. 0: no mutator.
  uint32_t owner;
  char thread[16];
};

// Calls `each` for every record not drained yet, ring by ring, and returns
// how many records were lost since the last drain. Any thread, at any time;
// one drain at a time.
WANE_API uint64_t wane_events_drain(void (*each)(const struct wane_event *,
                                                 void *context),
                                    void *context);

// What it costs a thread to write one record, without what is in it: measured
// now, in microseconds of time. NaN: no memory.
WANE_API double wane_event_cost_ns(void);

WANE_API const char *wane_event_kind_name(int kind);
WANE_API const char *wane_event_phase_name(int phase);
WANE_API const char *wane_event_role_name(int role);
WANE_API const char *wane_cause_name(int cause);

// Totals since wane_start or wane_stats_reset.
struct wane_stats {
  struct wane_counts mutators; // sum over threads, as of their last ack
  uint64_t rounds, cycle_collections, full_collections, world_stops;
  uint64_t decs_applied, decs_cascade; // from the log; from dead parents
  uint64_t freed_objects_rc, freed_bytes_rc;
  uint64_t freed_objects_cycle, freed_bytes_cycle;
  uint64_t cycle_candidates, cycle_traced, cycle_edges;
  uint64_t roots_scanned;
  uint64_t heap_used_bytes;      // cells of objects not yet known dead
  uint64_t heap_used_peak_bytes; // its peak at round ends
  uint64_t heap_committed_bytes, heap_committed_peak_bytes; // blocks
  uint64_t meta_peak_bytes; // logs, side tables, worker stacks
  uint64_t live_objects;    // not yet known dead
  // CPU time of the coordinator and workers since start, at this moment.
  uint64_t collector_cpu_ns;
  uint64_t handshake_max_ns, ack_max_ns, stall_max_ns;
  uint64_t events_lost;
  // Weak references and finalizers (wane/weak.h).
  uint64_t condemned_sets, rescued_sets; // found dead once; and not again
  uint64_t weak_rescued; // reads of weak references that brought a set back
  uint64_t weak_cleared; // cells and ephemerons whose target died
  uint64_t finalized;    // finalizers that have run
};
WANE_API void wane_stats_read(struct wane_stats *stats);
WANE_API void wane_stats_reset(void);

// The heap at this moment, for those who look again and again: two locks that
// are held for a few instructions, and no thread is asked. Any thread.
struct wane_heap_sizes {
  uint64_t used_bytes;     // cells of objects not known dead; births are told
                           // in pieces of 64 KiB a thread; blocks, if nothing
                           // is ever freed
  uint64_t reserved_bytes; // blocks of objects, in use or pooled
  uint64_t meta_bytes;     // logs
};
WANE_API void wane_heap_now(struct wane_heap_sizes *sizes);

#endif
