// gbench.h: Google Benchmark 1.7 for C: no C++ type crosses it.
// SPDX-License-Identifier: MIT
//
// What the library does that its caller must know:
// - A function is called several times: with growing iteration counts until
//   one run is long enough, then once per repetition. All on the calling
//   thread.
// - Between the first and the last gbench_keep_running the clock runs. A
//   function that returns earlier, or never calls it, aborts the process,
//   unless it has called gbench_skip.
// - An error (gbench_skip) does not change the library's exit status: it is in
//   the JSON, and nowhere else.
// - Its CSV has the columns of the first benchmark and aborts at the first new
//   counter: JSON is the only record.

#ifndef WANE_HARNESS_GBENCH_H
#define WANE_HARNESS_GBENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gbench_state; // of one run; valid inside the benchmark's function only

typedef void (*gbench_function)(struct gbench_state *state, void *user);

struct gbench_spec {
  const char *name; // copied
  gbench_function function;
  void *user;
};

// Adds a benchmark, timed by the wall clock, in ns; in the JSON its run_name
// is the name and "/real_time". 0, -EINVAL or -ENOMEM.
int gbench_register(const struct gbench_spec *spec);

// Forgets all benchmarks.
void gbench_clear(void);

// A fact for the "context" of the JSON. The first value of a key stays.
void gbench_context(const char *key, const char *value);

// Runs everything registered. `argv`, NULL-ended, argv[0] is the program:
// flags of the library (--benchmark_...). *json is the library's report, the
// caller frees it. Returns the number of benchmarks, -EINVAL for a flag the
// library does not know (it prints which), or -ENOMEM. Main thread.
int gbench_run(int argc, char **argv, char **json);

// --- inside a benchmark's function ----------------------------------------

// The loop: while (gbench_keep_running(state, n)) { n operations }. `n` > 0.
bool gbench_keep_running(struct gbench_state *state, int64_t n);

// Stops and restarts the clock: about 0.3 us together.
void gbench_pause(struct gbench_state *state);
void gbench_resume(struct gbench_state *state);

// The run failed. Return soon.
void gbench_skip(struct gbench_state *state, const char *why);
bool gbench_skipped(const struct gbench_state *state);

// A number of this run, under its own name in the JSON.
void gbench_counter(struct gbench_state *state, const char *name, double value);

// Operations done so far.
int64_t gbench_iterations(const struct gbench_state *state);

// Makes the compiler believe that `x` and all of memory were used.
#define GBENCH_KEEP(x) __asm__ __volatile__("" : : "r,m"(x) : "memory")

#ifdef __cplusplus
}
#endif

#endif
