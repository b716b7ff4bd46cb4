// test_law_memory.c: L5 out of memory, L10 full counts, logs without chunks.
// SPDX-License-Identifier: MIT

#include "law.h"

#define LIMIT (world_scaled((uint64_t)4 << 20))

static struct wane_mutator *begin(const struct law_case *c,
                                  const struct wane_config *more)
{
  struct world_setup setup = c->setup;
  setup.config.heap_limit = more->heap_limit;
  if (more->shared_limit) setup.config.shared_limit = more->shared_limit;
  if (more->local_limit) setup.config.local_limit = more->local_limit;
  if (more->log_pool_bytes) {
    setup.config.log_pool_bytes = more->log_pool_bytes;
    setup.config.log_chunk = more->log_chunk;
  }
  world_start(&setup);
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  return m;
}

static void end(struct wane_mutator *m)
{
  wane_thread_exit(m);
  world_stop();
}

// A list of things behind *r until memory runs out. How many there are.
static uint64_t fill(struct wane_mutator *m, wane_ref *r, uint32_t slots)
{
  for (uint64_t n = 0;; n++) {
    wane_ref o = world_new(m, THING_WIDE, slots);
    if (!o) return n;
    wane_store(m, o, thing_slot(o, 0), *r);
    *r = o;
  }
}

static void full_heap(const struct law_case *c)
{
  struct wane_config more = {.heap_limit = LIMIT};
  // Filling a heap one collection at a time takes for ever.
  if (c->slowness > 1) more.heap_limit = 256 << 10;
  struct wane_mutator *m = begin(c, &more);
  for (uint32_t slots = 4; slots < 40000; slots *= 9) {
    uint64_t n = 0;
    {
      WANE_ROOTS(m, r, 1);
      n = fill(m, r, slots);
      uint64_t bytes = n * (40 + 8 * (uint64_t)slots);
      // Half of the limit at least is the program's; a large object may miss
      // by its own size.
      if (slots < 4000) CHECK(&world_log, bytes > more.heap_limit / 2);
      CHECK(&world_log, bytes <= more.heap_limit);
      uint64_t seen = 0;
      for (wane_ref o = r[0]; o; o = wane_load(thing_slot(o, 0))) {
        world_check(o);
        seen++;
      }
      CHECK_EQ(&world_log, seen, n);
    }
    if (!world.acyclic) break; // it has no more memory, ever
    // Everything is dropped: as much fits again, of another size too.
    wane_collect(m);
    WANE_ROOTS(m, r, 1);
    uint64_t again = fill(m, r, slots);
    CHECK(&world_log, again >= n - n / 8);
  }
  end(m);
}

// Garbage is collected before NULL is returned.
static void full_of_garbage(const struct law_case *c)
{
  struct wane_config more = {.heap_limit = LIMIT};
  struct wane_mutator *m = begin(c, &more);
  uint64_t n = 3 * LIMIT / 64 / (c->slowness > 1 ? 64 : 1);
  for (uint64_t i = 0; world.acyclic && i < n; i++) {
    WANE_ROOTS(m, r, 1);
    r[0] = world_new(m, THING_PAIR, 0);
    if (!CHECK(&world_log, r[0] != NULL)) break;
    if (world.complete) wane_store(m, r[0], thing_slot(r[0], 0), r[0]);
  }
  world_settle(m, NULL, 0, NULL, 0);
  end(m);
}

// Many references to one object, from two threads, with small limits: it may
// become immortal, and must not be freed while one reference is left.
struct pile {
  struct wane_handle *target, *pile[2];
  uint32_t n;
};

static void pile_up(struct wane_mutator *m, void *argument)
{
  struct pile *p = argument;
  wane_ref pile = wane_handle_get(p->pile[1]);
  for (uint32_t i = 0; i < p->n; i++) {
    wane_store(m, pile, thing_slot(pile, i), wane_handle_get(p->target));
    wane_safepoint(m);
    pile = wane_handle_get(p->pile[1]);
  }
}

static void saturated_counts(const struct law_case *c)
{
  struct wane_config more = {.shared_limit = 16, .local_limit = 4};
  struct wane_mutator *m = begin(c, &more);
  struct pile p = {.n = 200};
  struct world_thread t = {
      .name = "other", .body = pile_up, .argument = &p};
  p.target = wane_handle_new(m, NULL);
  wane_ref o = world_new(m, THING_PAIR, 0);
  uint64_t id = thing_of(o)->id;
  wane_handle_set(m, p.target, o);
  for (int i = 0; i < 2; i++)
    p.pile[i] = wane_handle_new(m, world_new(m, THING_WIDE, p.n));
  world_hold(id);
  world_spawn(&t);
  wane_ref pile = wane_handle_get(p.pile[0]);
  for (uint32_t i = 0; i < p.n; i++) {
    wane_store(m, pile, thing_slot(pile, i), wane_handle_get(p.target));
    if (i % 16 == 0) wane_collect(m);
  }
  world_join(m, &t);
  wane_handle_set(m, p.target, NULL);
  for (int i = 0; i < 2; i++) { // all references but one go away
    pile = wane_handle_get(p.pile[i]);
    wane_array_clear(m, pile, thing_slot(pile, 0), p.n - !i);
    wane_collect(m);
    wane_collect(m);
  }
  pile = wane_handle_get(p.pile[0]);
  CHECK_EQ(&world_log, world_id(wane_load(thing_slot(pile, p.n - 1))), id);
  world_let_go(id);
  for (int i = 0; i < 2; i++) wane_handle_free(m, p.pile[i]);
  wane_handle_free(m, p.target);
  wane_collect(m);
  // At most the one object leaks.
  if (world.acyclic) CHECK(&world_log, world_born() - world_died() <= 1);
  end(m);
}

// The pool of log chunks is far too small for what is overwritten and closed.
static void exhausted_log(const struct law_case *c)
{
  struct wane_config more = {.log_pool_bytes = 1024, .log_chunk = 4};
  struct wane_mutator *m = begin(c, &more);
  uint64_t n = world_scaled(4000) / c->slowness + 50;
  {
    WANE_ROOTS(m, r, 2);
    r[0] = world_new(m, THING_WIDE, 64);
    for (uint64_t i = 0; i < n; i++) {
      r[1] = world_new(m, THING_PAIR, 0);
      // 64 stores without a safepoint: more than the pool has room for.
      for (uint32_t s = 0; i % 8 == 0 && s < 64; s++)
        wane_store(m, r[0], thing_slot(r[0], s), r[1]);
      wane_store(m, r[1], thing_slot(r[1], 0), r[1]);
    }
    wane_ref last = wane_load(thing_slot(r[0], 0));
    if (last) world_check(last);
    world_audit(m, NULL, 0, r, 2);
  }
  wane_collect(m);
  wane_collect(m);
  struct wane_stats stats;
  wane_stats_read(&stats);
  // Nothing leaks but what became immortal, and what that refers to (itself).
  if (world.complete)
    CHECK(&world_log, world_born() - world_died() <= stats.mutators.stuck);
  end(m);
}

int main(int argc, char **argv)
{
  static const struct law laws[] = {
      {"a full heap gives NULL, and all of it again", full_heap},
      {"garbage is collected before NULL is given", full_of_garbage},
      {"saturated counts leak but never free", saturated_counts},
      {"an exhausted log pool loses nothing", exhausted_log},
  };
  return law_main(laws, sizeof laws / sizeof laws[0], argc, argv);
}
