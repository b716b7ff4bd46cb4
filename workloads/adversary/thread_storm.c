// thread_storm.c: threads that make shared objects and exit at once.
// SPDX-License-Identifier: MIT
//
// Each mutator starts some threads, waits for them, starts the next ones. A
// thread puts new objects into random places of a table that all share, makes
// what it finds there refer to its own, and exits: its log, its young objects
// and its number are left behind, and the next thread gets its number.
//
// A request is the life of one lot of threads.

#include "crew.h"
#include "sealed.h"

enum { THREADS, OBJECTS, TOGETHER, TABLE, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [THREADS] = {.name = "threads",
                 .type = WANE_OPTION_INT,
                 .value = "4k",
                 .help = "threads that live and die, per mutator",
                 .min = 1,
                 .max = 1e9},
    [OBJECTS] = {.name = "objects",
                 .type = WANE_OPTION_INT,
                 .value = "250",
                 .help = "objects that each of them makes",
                 .min = 1,
                 .max = 1e9},
    [TOGETHER] = {.name = "together",
                  .type = WANE_OPTION_INT,
                  .value = "8",
                  .help = "of a mutator's threads alive at once",
                  .min = 1,
                  .max = 64},
    [TABLE] = {.name = "table",
               .type = WANE_OPTION_INT,
               .value = "1k",
               .help = "places that all threads share",
               .min = 1,
               .max = 1 << 24},
};

static const struct wane_type *node_type, *table_type;

struct visitor {
  struct wane_workload_run *run;
  uint64_t number; // of the thread, in the whole run
  pthread_t thread;
  uint64_t built, seen;
  int result;
};

static uint64_t option(const struct wane_workload_run *run, int i)
{
  return (uint64_t)run->options[i].integer;
}

static int visit(struct visitor *v, struct wane_mutator *m)
{
  struct wane_workload_run *run = v->run;
  uint64_t n = option(run, OBJECTS), random = run->seed + v->number;
  WANE_ROOTS(m, r, 1);
  r[0] = crew_array(run);
  for (uint64_t i = 0; i < n; i++) {
    wane_ref o = sealed_new(m, node_type, v->number * n + i);
    if (!o) return ENOMEM;
    v->built += sealed(o)->number;
    uint64_t at = random_below(&random, option(run, TABLE));
    wane_ref old = wane_exchange(m, r[0], &array_slots(r[0])[at], o);
    if (!old) continue;
    if (!sealed_whole(old))
      return crew_fail(
          run, "thread_storm: what was in place %" PRIu64 " is not whole", at);
    v->seen += sealed(old)->number;
    sealed_store(m, old, 0, o); // a dying object of another thread
  }
  return 0;
}

static void *visitor_main(void *argument)
{
  struct visitor *v = argument;
  struct wane_mutator *m = wane_thread_start("visitor");
  v->result = crew_end(v->run, m ? visit(v, m) : ENOMEM);
  if (m) wane_thread_exit(m);
  return NULL;
}

// Starts `n` threads with the numbers `first` and on, and waits for them.
static int lot(struct wane_workload_run *run, struct wane_mutator *m,
               struct crew_share *share, uint64_t first, uint64_t n)
{
  struct visitor v[64];
  uint64_t started = 0;
  int result = 0;
  wane_detach(m);
  for (; started < n && !result; started++) {
    v[started] = (struct visitor){.run = run, .number = first + started};
    result =
        pthread_create(&v[started].thread, NULL, visitor_main, &v[started]);
    if (result) break;
  }
  for (uint64_t i = 0; i < started; i++) {
    pthread_join(v[i].thread, NULL);
    share->built += v[i].built;
    share->seen += v[i].seen;
  }
  wane_attach(m);
  if (result)
    return crew_fail(run, "thread_storm: a thread could not be created");
  return crew_stopped(run);
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  struct crew_share *share = &crew_of(run)->share[index];
  uint64_t all = option(run, THREADS), together = option(run, TOGETHER);
  uint64_t start = now_ns();
  for (uint64_t done = 0; done < all;) {
    uint64_t n = together < all - done ? together : all - done;
    int result = lot(run, m, share, index * all + done, n);
    if (result) return crew_end(run, result);
    done += n;
    uint64_t end = now_ns();
    crew_request(run, share, start, end);
    start = end;
    if (index == 0) run->progress(run, (double)done / (double)all);
  }
  return 0;
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  const struct wane_type_spec spec = {.name = "visited"};
  crew_begin(run);
  int result = sealed_array_type(run, &table_type);
  if (!result) result = sealed_type(run, &spec, 1, 0, &node_type);
  return result ? result
                : crew_array_new(run, m, table_type, option(run, TABLE));
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)m;
  wane_ref o = crew_array(run);
  for (uint64_t i = 0; i < option(run, TABLE); i++) {
    wane_ref left = wane_load(&array_slots(o)[i]);
    if (!left) continue;
    if (!sealed_whole(left))
      return crew_fail(
          run, "thread_storm: what is left in place %" PRIu64 " is not whole",
          i);
    crew_of(run)->share[0].seen += sealed(left)->number;
  }
  return crew_check(run);
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "thread_storm",
    .help = "threads that make shared objects and exit at once",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = crew_prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .finish = crew_finish,
    .dispose = crew_dispose,
};
