// sampler.h: the sizes of the heap over time, by a thread that looks at them.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SAMPLER_H
#define WANE_HARNESS_SAMPLER_H

#include <wane/event.h>
#include <wane/workload.h>

#include <pthread.h>
#include <sched.h>

struct heap_sample {
  uint64_t t_ns; // CLOCK_MONOTONIC
  struct wane_heap_sizes heap;
  uint64_t rss_bytes; // 0: unknown
};

struct sampler {
  uint64_t period_ns; // 0: nothing is sampled
  // The thread's while it runs, else the host's.
  struct heap_sample *samples;
  size_t n, room;
  uint64_t lost;   // for lack of memory
  uint64_t cpu_ns; // of the thread, after sampler_end
  int statm;       // its descriptor, or -1
  cpu_set_t cpus;  // those of the process
  pthread_t thread;
  pthread_mutex_t lock; // of `stop`
  pthread_cond_t changed;
  bool started, stop;
  bool blind; // there was no thread: only the ends of the run are seen
};

// Before any thread is placed: its own thread will run wherever the process
// may, and not where a mutator is pinned.
void sampler_open(struct sampler *sampler, uint64_t period_ns);
void sampler_close(struct sampler *sampler);

// Forgets all samples, takes one, and begins to take more. Returns 0 or -errno:
// there will be no more than the first and the last.
int sampler_begin(struct sampler *sampler);
// Ends that, and takes the last one.
void sampler_end(struct sampler *sampler);
// One more, when it does not run.
void sampler_take(struct sampler *sampler);

// Used bytes over the time from begin to end, in B.s: straight lines from
// sample to sample, and the nearest one beyond them. NaN: no sample, or not all
// that there should have been.
double sampler_auc(const struct sampler *sampler, uint64_t begin_ns,
                   uint64_t end_ns);
// The rows of heap_samples.csv of one iteration, without invocation_id, through
// `row` one by one. `lives`: what was alive then, or NULL. Times are relative
// to begin_ns. Returns 0, or -ENOMEM: rows are missing.
int sampler_rows(const struct sampler *sampler, uint32_t iteration,
                 uint64_t begin_ns, const struct wane_lives *lives,
                 void (*row)(const char *text, void *context), void *context);

#endif
