// wane.h: the runtime as a program sees it.
// SPDX-License-Identifier: MIT
//
//   wane_start(&config, error, sizeof error);
//   struct wane_mutator *m = wane_thread_start("main");
//   ... wane_alloc, wane_store, wane_load, WANE_ROOTS ...
//   wane_thread_exit(m);
//   wane_stop();
//
// Thread states: a thread is *attached* (may touch the heap, must reach a
// safepoint soon) or *detached* (blocked; touches nothing; a handshake is
// answered on its behalf). Every call that may block belongs between
// wane_detach and wane_attach.

#ifndef WANE_WANE_H
#define WANE_WANE_H

#include <wane/alloc.h>
#include <wane/barrier.h>
#include <wane/event.h>
#include <wane/histogram.h>
#include <wane/mutator.h>
#include <wane/numa.h>
#include <wane/object.h>
#include <wane/option.h>
#include <wane/pacing.h>
#include <wane/roots.h>
#include <wane/weak.h>

struct wane_collector;

// How a process runs. Zero-initialise; 0 means the default in brackets.
struct wane_config {
  const struct wane_collector *collector; // NULL: counting only
  const char *collector_options;          // "k=v,k=v"
  uint64_t heap_limit;      // bytes of blocks [no limit but the reservation]
  const char *pacing;       // when tracing cycles start, "NAME,k=v,k=v"
                            // (wane/pacing.h) ["balance"]
  uint32_t workers;         // threads that collect, coordinator included [1]
  uint64_t young_bytes;     // a round every so many bytes allocated [4 MiB]
  uint64_t log_bytes;       // or so many bytes of decrement log [4 MiB]
  uint64_t deferred_bytes;  // or this estimate of dead bytes [64 MiB]
  uint64_t round_ms;        // or this long after the last, if anything is
                            // pending [100]
  uint32_t poll_timeout_ms; // a thread that does not poll for so long is
                            // reported by name [5000]
  uint32_t event_ring;      // records per thread [4096]
  uint32_t verify;          // after every n-th round that collects the world is
                            // stopped and the heap verified; what was freed is
                            // not used again before that [off; in checked
                            // builds 64, and used again; UINT32_MAX: off]
  const struct wane_numa_config *numa; // NULL: nodes are not looked at
  // Test knobs.
  uint32_t log_chunk;      // entries per log chunk [1022, 4 at least]
  uint32_t local_limit;    // biased counts below this [2^30, 2 at least]
  uint32_t shared_limit;   // shared counts saturate here [2^30]
  uint32_t stress_alloc;   // request a round every n-th allocation [off]
  uint32_t stress_workers; // a parallel job begins when a second worker is
                           // there, or so many microseconds are over: most are
                           // so short that there would never be one [0]
  uint32_t stress_slices;  // a trace begins when it was put off so many times,
                           // and is swept in so many slices, twice [off]
  uint64_t mark_bytes; // most bytes of a marker's packets; past it marking
                       // looks into blocks again [1 GiB]
  uint64_t mark_slice; // least bytes of objects that marking looks at before
                       // it lets a round pass [4 MiB]
  uint64_t log_pool_bytes; // most bytes of log chunks; an ack goes past it,
                           // by two chunks at the most [1 GiB]
  // The coordinator calls it when the world has stopped, and again (false)
  // before it lets it go on: for a host that counts what happens meanwhile.
  void (*on_stop)(bool stopped, void *context);
  void *on_stop_context;
  // Where sentences for people go [stderr]. Called from any thread.
  void (*report)(const char *sentence, void *context);
  void *report_context;
};

// Starts the runtime: heap, coordinator, workers, plugin. One at a time per
// process. 0, or -errno and one sentence in `error`.
WANE_API int wane_start(const struct wane_config *config, char *error,
                        size_t error_size);
// Ends it. No thread may be attached or detached any more.
WANE_API void wane_stop(void);

// Makes the calling thread a mutator, attached. `name` (15 bytes are kept) is
// what reports call it. NULL: no memory, or 2^20 - 1 threads are alive.
WANE_API struct wane_mutator *wane_thread_start(const char *name);
// Ends it: attached, shadow stack empty. `m` is gone afterwards.
WANE_API void wane_thread_exit(struct wane_mutator *m);

// Around everything that may block. Not nested.
WANE_API void wane_detach(struct wane_mutator *m);
WANE_API void wane_attach(struct wane_mutator *m);

WANE_API void wane__safepoint_slow(struct wane_mutator *m);

// Answers a pending handshake, if any. Loops without allocation need it.
// Note [poll]: relaxed; a late answer is only late. wane__safepoint_slow
// acquires what the request published.
static inline void wane_safepoint(struct wane_mutator *m)
{
  if (WANE_UNLIKELY(atomic_load_explicit(&m->poll, memory_order_relaxed)))
    wane__safepoint_slow(m);
}

// Waits, detached, until everything that was garbage at the call is freed
// (cycles too where the collector finds them), but for what finalizers have
// yet to see: that is queued for them, wane_finalizers_wait waits for it, and
// another collection frees what they left alone. A safepoint.
WANE_API void wane_collect(struct wane_mutator *m);

// The same for a thread that is no mutator.
WANE_API void wane_collect_foreign(void);

// Calls `each` for every object not known to be dead, with the world stopped;
// objects that wait for their memory to be returned are included. From a
// thread that is no mutator. For verifiers: slow.
WANE_API void wane_heap_walk(void (*each)(wane_ref object, size_t cell_bytes,
                                          void *context),
                             void *context);

// The registered type of an object; the count it has now (racy unless the
// caller excludes stores).
WANE_API const struct wane_type *wane_type_of(wane_ref object);
WANE_API int64_t wane_count_of(wane_ref object);

// Finds a plugin: a name in the build or install tree's folder for `kind`
// ("collectors", "workloads"), or a path (anything with a slash). `symbol` is
// what it must export. Returns the symbol's address, checked to begin with
// {size, abi} as given; the handle stays open for the life of the process.
// NULL and one sentence in `error` otherwise.
WANE_API const void *wane_plugin_open(const char *kind, const char *name,
                                      const char *symbol, uint32_t abi,
                                      uint32_t min_size, char *error,
                                      size_t error_size);
// Calls `each` with the name and path of every plugin in that folder.
WANE_API void wane_plugin_list(const char *kind,
                               void (*each)(const char *name, const char *path,
                                            void *context),
                               void *context);

// Loads and checks a collector (wane_plugin_open, then its declared needs).
WANE_API const struct wane_collector *
wane_collector_open(const char *name, char *error, size_t error_size);

// "measure", "checked", "tsan" or "bare".
WANE_API const char *wane_variety(void);
// "biased", or "atomic" where no count is biased.
WANE_API const char *wane_counting(void);

#endif
