// micro.h: micro-benchmarks: what the files of `wane micro` share.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_MICRO_H
#define WANE_HARNESS_MICRO_H

#include "gbench.h"

#include <wane/wane.h>

#include <pthread.h>
#include <stdio.h>

// --- the benchmarks -------------------------------------------------------

#define MICRO_BASELINES 4

// One benchmark. Those with baselines get lines in the table; the others are
// baselines. `function` is handed the case itself.
struct micro_case {
  const char *name; // [a-z0-9_/]+
  void (*function)(struct gbench_state *state, const struct micro_case *self);
  int64_t arg;                            // what varies within a family
  const char *baselines[MICRO_BASELINES]; // names, up to the first NULL
  bool (*available)(void);                // NULL: always
};

struct micro_cases {
  const struct micro_case *cases;
  size_t n;
};

extern const struct micro_cases micro_counts; // increments, decrements
extern const struct micro_cases micro_stores;
extern const struct micro_cases micro_allocs;
extern const struct micro_cases micro_rounds; // logs, polls, handshakes

// --- the command ----------------------------------------------------------

// `wane micro`; argv[0] is "micro". Returns what `wane` exits with.
int wane_cmd_micro(int argc, char **argv);

// The same over benchmarks of the caller's choice, printing to `out`.
int micro_command(const struct micro_cases *const *families, size_t n, int argc,
                  char **argv, FILE *out);

// --- results (micro_rows.c, micro_print.c) ---------------------------------

// One repetition of one benchmark, in ns per operation: the wall clock, CPU of
// the measuring thread, CPU of the whole process with the drain at the end.
// NaN: not measured.
struct micro_row {
  char *name;
  int repetition;
  char *error; // NULL: it went well
  double iterations, wall_ns, thread_ns, process_ns, rounds;
};

struct micro_rows {
  struct micro_row *rows;
  size_t n;
  char *library; // "debug" or "release": what the library says of itself
};

// Reads the library's JSON. Returns 0, -ENOMEM, or -EINVAL with a sentence.
int micro_rows_parse(struct micro_rows *rows, const char *json, char *error,
                     size_t error_size);
void micro_rows_free(struct micro_rows *rows);

enum micro_column { MICRO_WALL, MICRO_THREAD, MICRO_PROCESS, MICRO_ROUNDS };

// The median over the good repetitions of `name`, how many there are in *n.
// NaN when there is none.
double micro_median(const struct micro_rows *rows, const char *name,
                    enum micro_column column, size_t *n);

// The selected cases of a run, in the order of the table.
struct micro_chosen {
  const struct micro_case **cases;
  size_t n;
};

// One line per repetition; the columns do not depend on what ran.
void micro_print_csv(FILE *out, const struct micro_rows *rows,
                     const struct micro_chosen *chosen);
// One line per benchmark and baseline.
void micro_print_table(FILE *out, const struct micro_rows *rows,
                       const struct micro_chosen *chosen);

// --- for the functions of benchmarks (micro_runtime.c) ----------------------

// Objects in the order in which a benchmark goes through them.
struct micro_set {
  void **order;
  size_t n; // a power of 2
};
enum { MICRO_HOT = 1, MICRO_L1 = 256, MICRO_RANDOM = 8 << 20 };
#define MICRO_CELL 32 // bytes per object: MICRO_RANDOM of them are 256 MiB

// How many operations are done between two looks at the clock or the poll.
enum { MICRO_BATCH = 1024 };
// MICRO_APART: a drain after so many batches. 256 Ki references, 2 MiB of log:
// half of what asks for a round by itself.
enum { MICRO_APART_BATCHES = 256 };

bool micro_set_alloc(struct micro_set *set, size_t n);
void micro_set_shuffle(struct micro_set *set);
void micro_set_free(struct micro_set *set);

// Cells of MICRO_CELL zeroed bytes from the C library, shuffled, kept until
// the process ends. False after gbench_skip.
bool micro_plain_set(struct gbench_state *state, size_t n,
                     struct micro_set *set);

// A running runtime, counting only, with the calling thread as a mutator.
struct micro_runtime {
  struct wane_mutator *m;
  wane_ref *roots;                // 4 of them
  const struct wane_type *node;   // MICRO_CELL bytes, one slot
  const struct wane_type *holder; // an array of references
};
#define MICRO_SLOT(o)                                                          \
  ((struct wane_slot *)(void *)((char *)(o) + sizeof(struct wane_object)))
#define MICRO_ELEMENTS(o)                                                      \
  ((struct wane_slot *)(void *)((char *)(o) + sizeof(struct wane_array)))

// Starts it; `config` NULL: the default. False after gbench_skip.
bool micro_begin(struct gbench_state *state, struct micro_runtime *runtime,
                 const struct wane_config *config);
// Drops the roots, drains and ends it.
void micro_end(struct micro_runtime *runtime);

// `n` nodes of the calling mutator `m`, each held by one slot of a holder
// array that becomes *root. False after gbench_skip.
bool micro_nodes(struct gbench_state *state, struct wane_mutator *m,
                 const struct micro_runtime *runtime, size_t n, wane_ref *root,
                 struct micro_set *set);

// How the collector of a benchmark that only logs goes about its work.
enum micro_pace {
  MICRO_AT_ONCE, // as it does: rounds while the loop runs, on the same objects
  MICRO_APART,   // rounds only while the clock stands still
};
// Starts it for that pace.
bool micro_begin_paced(struct gbench_state *state,
                       struct micro_runtime *runtime, enum micro_pace pace);
// After every MICRO_BATCH operations, of which *batches were done: polls, or
// stops the clock and drains when it is time to.
void micro_drain_slow(struct gbench_state *state, struct wane_mutator *m);
static inline void micro_batch_done(struct gbench_state *state,
                                    struct wane_mutator *m,
                                    enum micro_pace pace, unsigned *batches)
{
  if (!m) return;
  wane_safepoint(m);
  if (pace == MICRO_APART && ++*batches % MICRO_APART_BATCHES == 0)
    micro_drain_slow(state, m);
}

// What a run cost the whole process, collector included, beside its wall time.
struct micro_meter {
  uint64_t cpu_ns, rounds;
};
void micro_meter_start(struct micro_meter *meter, struct wane_mutator *m);
// Drains first (m != NULL). Reports process_ns per operation, and rounds.
void micro_meter_stop(struct micro_meter *meter, struct gbench_state *state,
                      struct wane_mutator *m);

// Another thread that works until it is told to stop. `m` is NULL unless it
// was asked to be a mutator.
struct micro_helper {
  void (*work)(struct micro_helper *helper, struct wane_mutator *m);
  void *context;
  bool mutator;
  _Atomic bool stop;  // for work that looks at it in a loop
  bool ready, failed; // under `lock`
  pthread_mutex_t lock;
  pthread_cond_t changed;
  pthread_t thread;
};
// Starts it and waits until its work says that it is ready, detached where
// `m` is given. False: it could not be started, or said that it failed.
bool micro_helper_start(struct micro_helper *helper, struct wane_mutator *m);
void micro_helper_end(struct micro_helper *helper, struct wane_mutator *m);
// For the work: the measuring may begin (`ok`), or cannot.
void micro_helper_ready(struct micro_helper *helper, bool ok);
// For the work: sleeps until the end, detached where `m` is given.
void micro_helper_sleep(struct micro_helper *helper, struct wane_mutator *m);

#endif
