// bad_collector.c: a collector whose callbacks do not come back.
// SPDX-License-Identifier: MIT
//
// For tests: counting does all the work; `where` is the callback that stalls,
// or ends the thread it is called on, or leaves a piece of work for all
// collector threads of which one does.

#include <wane/collector.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HOW, WHERE, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [HOW] = {.name = "how",
             .type = WANE_OPTION_STRING,
             .value = "stall",
             .help = "what it does there",
             .choices = "stall|die|none"},
    [WHERE] = {.name = "where",
               .type = WANE_OPTION_STRING,
               .value = "collect",
               .help = "the callback",
               .choices = "collect|young|closers|due|worker"},
};

static const char *how, *where;

static void come(const char *callback)
{
  if (strcmp(callback, where) != 0) return;
  if (strcmp(how, "die") == 0) pthread_exit(NULL);
  while (strcmp(how, "stall") == 0) pause();
}

static int start(const union wane_value *values, void **state)
{
  how = values[HOW].string;
  where = values[WHERE].string;
  *state = NULL;
  return 0;
}

// The second of two threads, so that the first waits for it.
static void work(void *context, size_t begin, size_t end)
{
  static _Atomic int inside;
  (void)begin;
  (void)end;
  bool helper = !pthread_equal(pthread_self(), *(pthread_t *)context);
  inside++;
  while (!helper && inside < 2) nanosleep(&(struct timespec){0, 1000000}, NULL);
  if (helper) come("worker");
}

static void collect(void *state, struct wane_round *round, bool full)
{
  (void)state;
  (void)round;
  (void)full;
  come("collect");
  if (strcmp(where, "worker") != 0 || wane_gc_workers() < 2) return;
  pthread_t self = pthread_self();
  wane_gc_parallel_for(2, 1, work, &self);
}

static void young(void *state, struct wane_round *round,
                  const struct wane_gc_span *spans, size_t n, uint64_t closers,
                  uint64_t born)
{
  (void)state;
  (void)round;
  (void)spans;
  (void)n;
  (void)closers;
  (void)born;
  come("young");
}

static void closers(void *state, const wane_ref *objects, size_t n)
{
  (void)state;
  (void)objects;
  (void)n;
  come("closers");
}

static bool due(void *state)
{
  (void)state;
  come("due");
  return true;
}

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "bad_collector",
    .help = "its callbacks do not come back",
    .barrier = WANE_BARRIER_RC_LOG,
    .needs = WANE_NEED_CLOSERS,
    .claims = WANE_CLAIM_ACYCLIC | WANE_CLAIM_WEAK,
    .options = options,
    .n_options = N_OPTIONS,
    .start = start,
    .closers = closers,
    .due = due,
    .young = young,
    .collect = collect,
};
