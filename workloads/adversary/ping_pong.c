// ping_pong.c: objects that everybody hands on and everybody changes.
// SPDX-License-Identifier: MIT
//
// A ball is made by one thread and put into a box by an exchange; what was in
// the box is that thread's now. It gives the ball a child of its own in the
// place of another thread's, and plays it on into a random box until it has
// been passed on `hops` times. So each ball is stored by one thread and
// overwritten by another, its count has units of many threads, and its child
// is dropped by a thread that did not make it. With boxes=1 all write into
// one slot. With migrate=yes threads go from processor to processor, so that
// what one of them ran and another frees has little to do with who owns it.

#include "crew.h"
#include "sealed.h"

#include <sched.h>

enum { BALLS, BOXES, HOPS, MIGRATE, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [BALLS] = {.name = "balls",
               .type = WANE_OPTION_INT,
               .value = "1m",
               .help = "objects each mutator makes",
               .min = 1,
               .max = 0x1p40},
    [BOXES] = {.name = "boxes",
               .type = WANE_OPTION_INT,
               .value = "8",
               .help = "slots that all mutators exchange",
               .min = 1,
               .max = 1 << 24},
    [HOPS] = {.name = "hops",
              .type = WANE_OPTION_INT,
              .value = "4",
              .help = "times a ball is passed on",
              .min = 0,
              .max = 1000},
    [MIGRATE] = {.name = "migrate",
                 .type = WANE_OPTION_BOOL,
                 .value = "no",
                 .help = "threads change the processor all the time"},
};
#define CHILD ((uint64_t)1 << 63) // a child's number has it
enum { SWITCH = 256 };            // balls on one processor

static const struct wane_type *node_type, *table_type;

static uint64_t option(const struct wane_workload_run *run, int i)
{
  return (uint64_t)run->options[i].integer;
}

// The next of the processors the thread may use, after `cpu`. What cannot be
// had is done without.
static int migrate(const cpu_set_t *allowed, int cpu)
{
  cpu_set_t one;
  do cpu = (cpu + 1) % CPU_SETSIZE;
  while (!CPU_ISSET(cpu, allowed));
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  (void)sched_setaffinity(0, sizeof one, &one);
  return cpu;
}

// r[0]: the array of boxes; r[1], r[2]: a ball and what it met.
struct player {
  struct wane_workload_run *run;
  struct wane_mutator *m;
  struct crew_share *share;
  wane_ref *r;
  uint64_t random;
};

// Gives the ball in r[1] a new child and checks the old one.
static int adopt(struct player *p, uint64_t number)
{
  wane_ref child = sealed_new(p->m, node_type, number | CHILD);
  if (!child) return ENOMEM;
  wane_ref old = wane_exchange(p->m, p->r[1], sealed(p->r[1])->ref, child);
  if (!old || (sealed_whole(old) && sealed(old)->number & CHILD)) return 0;
  return crew_fail(p->run,
                   "ping_pong: the child of ball %" PRIu64 " is not whole",
                   sealed(p->r[1])->number);
}

// Plays r[1] and whatever it meets until a box was empty or a ball has made
// all its hops. Whoever takes a ball out of a box has it alone.
static int play(struct player *p, uint64_t number)
{
  while (p->r[1]) {
    int result = adopt(p, number);
    if (result) return result;
    uint64_t at = random_below(&p->random, option(p->run, BOXES));
    p->r[2] = wane_exchange(p->m, p->r[0], &array_slots(p->r[0])[at], p->r[1]);
    p->r[1] = p->r[2];
    p->r[2] = NULL;
    if (!p->r[1]) return 0;
    if (!sealed_whole(p->r[1]) || sealed(p->r[1])->number & CHILD)
      return crew_fail(
          p->run, "ping_pong: the ball in box %" PRIu64 " is not whole", at);
    if (sealed(p->r[1])->aux-- > 0) continue;
    p->share->seen += sealed(p->r[1])->number;
    p->r[1] = NULL;
  }
  return 0;
}

static int games(struct player *p, uint32_t index)
{
  uint64_t n = option(p->run, BALLS), start = now_ns();
  bool moves = p->run->options[MIGRATE].boolean;
  cpu_set_t allowed;
  int cpu = (int)index;
  if (moves && sched_getaffinity(0, sizeof allowed, &allowed)) moves = false;
  for (uint64_t i = 0; i < n; i++) {
    uint64_t number = index * n + i;
    p->r[1] = sealed_new(p->m, node_type, number);
    if (!p->r[1]) return ENOMEM;
    sealed(p->r[1])->aux = option(p->run, HOPS);
    p->share->built += number;
    int result = play(p, number);
    if (result) return result;
    uint64_t end = now_ns();
    crew_request(p->run, p->share, start, end);
    start = end;
    if (moves && i % SWITCH == 0) cpu = migrate(&allowed, cpu);
    if (index == 0 && i % 4096 == 0)
      p->run->progress(p->run, (double)i / (double)n);
  }
  return 0;
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  WANE_ROOTS(m, r, 3);
  struct player player = {.run = run,
                          .m = m,
                          .share = &crew_of(run)->share[index],
                          .r = r,
                          .random = run->seed + index};
  r[0] = crew_array(run);
  return crew_end(run, games(&player, index));
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  const struct wane_type_spec spec = {.name = "ball"};
  crew_begin(run);
  int result = sealed_array_type(run, &table_type);
  if (!result) result = sealed_type(run, &spec, 1, 0, &node_type);
  return result ? result
                : crew_array_new(run, m, table_type, option(run, BOXES));
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)m;
  wane_ref o = crew_array(run);
  for (uint64_t i = 0; i < option(run, BOXES); i++) {
    wane_ref ball = wane_load(&array_slots(o)[i]);
    if (!ball) continue;
    if (!sealed_whole(ball) || !sealed_whole(sealed_load(ball, 0)))
      return crew_fail(
          run, "ping_pong: the ball left in box %" PRIu64 " is not whole", i);
    crew_of(run)->share[0].seen += sealed(ball)->number;
  }
  return crew_check(run);
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "ping_pong",
    .help = "objects that threads exchange, change and drop for each other",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = crew_prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .finish = crew_finish,
    .dispose = crew_dispose,
};
