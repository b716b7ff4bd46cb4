// test_law_weak.c: L11: weak references, ephemerons and finalizers.
// SPDX-License-Identifier: MIT
//
// Threads read weak cells as fast as they can while the targets die. What a
// cell gives is the object it was made for, alive; once one cell of an object
// has given NULL, none gives anything else (S7); each callback and each
// finalizer runs once; in the end everything is gone.

#include "law.h"

#include <sched.h>
#include <string.h>
#include <time.h>

#define READERS 3
#define HELD 4  // roots of a reader
#define PAIRS 6 // ephemerons of a reader

// A target and its cells. Where there are finalizers, a cell with a callback
// turns NULL earlier than the others: a class of its own then.
struct target {
  uint64_t id;
  bool final;
  struct wane_weak *cells[3]; // the last one has a callback
  _Atomic bool gone[3];       // of the cell's class: somebody has seen NULL
  _Atomic unsigned called;
};

static struct {
  struct target *targets;
  _Atomic size_t n; // targets before this one may be read
  size_t capacity;
  bool rings, finals;
  _Atomic bool over;
  _Atomic uint64_t hits, misses;
  uint64_t seed;
  struct wane_handle *kept; // what a finalizer made reachable again
} storm;

static unsigned class_of(unsigned cell)
{
  return storm.finals && cell == 2 ? 2 : 0;
}

static void called(struct wane_mutator *m, struct wane_weak *cell,
                   void *context)
{
  struct target *t = context;
  CHECK(&world_log, wane_weak_get(m, cell) == NULL);
  atomic_store(&t->gone[class_of(2)], true);
  atomic_fetch_add(&t->called, 1);
}

// What the cell gives, checked.
static wane_ref get(struct wane_mutator *m, struct target *t, unsigned cell)
{
  _Atomic bool *gone = &t->gone[class_of(cell)];
  bool was_gone = atomic_load(gone);
  wane_ref o = wane_weak_get(m, t->cells[cell]);
  if (!o) {
    atomic_store(gone, true);
    atomic_fetch_add(&storm.misses, 1);
    return NULL;
  }
  atomic_fetch_add(&storm.hits, 1);
  CHECK(&world_log, !was_gone);
  CHECK_EQ(&world_log, world_id(o), t->id);
  return o;
}

// --- the readers -------------------------------------------------------------

struct pair {
  struct wane_ephemeron *e;
  uint64_t key, value;
};

struct reader {
  struct wane_mutator *m;
  struct check_random random;
  wane_ref *held; // HELD of them
  struct pair pairs[PAIRS];
};

// A key and its value: while there is one there is the other.
static void check_pair(struct reader *r, const struct pair *p)
{
  if (!p->e) return;
  wane_ref key = wane_ephemeron_key(r->m, p->e);
  wane_ref value = wane_ephemeron_get(r->m, p->e);
  if (key) CHECK_EQ(&world_log, world_id(key), p->key);
  if (key) CHECK_EQ(&world_log, world_id(value), p->value);
  if (value) CHECK_EQ(&world_log, world_id(value), p->value);
}

static void renew_pair(struct reader *r, wane_ref key)
{
  WANE_ROOTS(r->m, root, 2);
  struct pair *p = &r->pairs[check_below(&r->random, PAIRS)];
  root[0] = key;
  root[1] = world_need(r->m, THING_PAIR, 0);
  check_pair(r, p);
  wane_ephemeron_free(r->m, p->e);
  // Only what finds cycles is given values that refer to their keys.
  if (storm.rings && check_below(&r->random, 2))
    wane_store(r->m, root[1], thing_slot(root[1], 0), root[0]);
  p->e = wane_ephemeron_new(r->m, root[0], root[1]);
  CHECK(&world_log, p->e != NULL);
  p->key = world_id(root[0]);
  p->value = world_id(root[1]);
}

static void use(struct reader *r, wane_ref o)
{
  wane_ref *place = &r->held[check_below(&r->random, HELD)];
  wane_ref child = wane_load(thing_slot(o, 0));
  struct wane_weak *cell;
  switch (check_below(&r->random, 8)) {
  case 0: // in a root for some time
    *place = o;
    break;
  case 1: // a part of it
    *place = child;
    if (child) world_check(child);
    break;
  case 2: // in a slot, counted
    if (*place && thing_length(*place))
      wane_store(r->m, *place, thing_slot(*place, 2), storm.rings ? o : NULL);
    break;
  case 3: // a ring or a tree is cut
    wane_store(r->m, o, thing_slot(o, 0), NULL);
    if (child) world_check(child);
    break;
  case 4: // another cell for a moment
    cell = wane_weak_new(r->m, o, NULL, NULL);
    CHECK(&world_log, wane_weak_get(r->m, cell) == o);
    wane_weak_free(r->m, cell);
    break;
  case 5:
    renew_pair(r, o);
    break;
  default: // nothing: it is valid until the next safepoint
    break;
  }
}

static void rest(struct wane_mutator *m)
{
  const struct timespec while_ns = {.tv_nsec = 50000};
  wane_detach(m);
  nanosleep(&while_ns, NULL);
  wane_attach(m);
}

static void read_cells(struct wane_mutator *m, void *argument)
{
  WANE_ROOTS(m, held, HELD);
  struct reader r = {
      .m = m, .random = {storm.seed + (uintptr_t)argument}, .held = held};
  while (!atomic_load(&storm.over)) {
    size_t n = atomic_load(&storm.n);
    if (n) { // mostly young ones: they are about to die
      size_t back = check_below(&r.random, check_below(&r.random, 4) ? 16 : n);
      struct target *t = &storm.targets[n - 1 - (back < n ? back : n - 1)];
      wane_ref o = get(m, t, (unsigned)check_below(&r.random, 3));
      if (o) use(&r, o);
    }
    for (int i = 0; i < HELD; i++)
      if (held[i]) world_check(held[i]);
    check_pair(&r, &r.pairs[check_below(&r.random, PAIRS)]);
    if (!check_below(&r.random, 8)) held[check_below(&r.random, HELD)] = NULL;
    if (!check_below(&r.random, 32)) rest(m); // the others want to run, too
    wane_safepoint(m);
  }
  for (int i = 0; i < PAIRS; i++) {
    check_pair(&r, &r.pairs[i]);
    wane_ephemeron_free(m, r.pairs[i].e);
  }
}

// --- the maker ---------------------------------------------------------------

static void point(struct wane_mutator *m, wane_ref from, wane_ref to)
{
  wane_store(m, from, thing_slot(from, 0), to);
}

// One target in r[0]: alone, with a tail, or in a ring; perhaps the tail is
// weakly reachable too, as the target before.
static void make_target(struct wane_mutator *m, wane_ref *r, size_t i)
{
  struct target *t = &storm.targets[i];
  t->final = storm.finals && i % 5 == 4;
  r[0] = world_need(m, t->final ? THING_FINAL : THING_WEAK, 0);
  t->id = world_id(r[0]);
  if (i % 4) {
    wane_ref tail = r[2] = world_need(m, THING_PAIR, 0);
    point(m, r[0], tail);
    if (i % 4 == 2 && r[1]) point(m, tail, r[1]);
    if (i % 4 == 3 && storm.rings) point(m, tail, r[0]);
    r[2] = NULL;
  }
  for (int k = 0; k < 3; k++) {
    t->cells[k] = wane_weak_new(m, r[0], k == 2 ? called : NULL, t);
    CHECK(&world_log, t->cells[k] != NULL);
  }
  r[1] = r[0];
  atomic_store(&storm.n, i + 1);
}

static void make_targets(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 3);
  for (size_t i = 0; i < storm.capacity - 1; i++) {
    make_target(m, r, i);
    r[0] = NULL;
    if (i % 7 == 0) r[1] = NULL;
    if (i % (storm.capacity / 8 + 1) == 0) wane_collect(m);
  }
  make_target(m, r, storm.capacity - 1);
  while (!atomic_load(&storm.hits)) { // the last one lives until it is read
    wane_safepoint(m);
    sched_yield();
  }
}

// A finalizer may make its object reachable again; the one before lets go.
static void resurrect(struct wane_mutator *m, wane_ref o)
{
  WANE_ROOTS(m, r, 2);
  r[0] = o;
  if (thing_of(o)->id % 3 == 0) wane_handle_set(m, storm.kept, o);
  for (int i = 0; i < 4; i++) r[1] = world_need(m, THING_PAIR, 0);
  wane_weak_free(m, wane_weak_new(m, r[0], NULL, NULL));
  wane_detach(m); // as if it blocked
  wane_attach(m);
  world_check(r[0]);
}

static void check_targets(struct wane_mutator *m)
{
  for (size_t i = 0; i < storm.capacity; i++) {
    struct target *t = &storm.targets[i];
    for (unsigned k = 0; k < 3; k++) {
      if (world.acyclic) CHECK(&world_log, get(m, t, k) == NULL);
      wane_weak_free(m, t->cells[k]);
    }
    CHECK_EQ(&world_log, atomic_load(&t->called), world.acyclic);
    CHECK_EQ(&world_log, world_finalized(t->id), world.acyclic && t->final);
  }
}

static uint64_t events(void)
{
  struct wane_stats stats;
  wane_stats_read(&stats);
  return world_died() + stats.finalized;
}

// Starts the world; a collector that knows no weak references is skipped.
static struct wane_mutator *begin(const struct law_case *c)
{
  world_start(&c->setup);
  if (!world.weak) {
    world_stop();
    skip();
  }
  return wane_thread_start("maker");
}

static void run_storm(const struct law_case *c, bool rings, bool finals)
{
  if (rings && !c->cycles) return;
  struct world_thread readers[READERS];
  struct wane_mutator *m = begin(c);
  memset(&storm, 0, sizeof storm);
  storm.capacity = world_scaled(300) / c->slowness + 24;
  storm.targets = calloc(storm.capacity, sizeof *storm.targets);
  storm.rings = rings;
  storm.finals = finals;
  storm.seed = check_seed(1);
  storm.kept = wane_handle_new(m, NULL);
  world_on_finalize(resurrect);
  for (uintptr_t i = 0; i < READERS; i++) {
    readers[i] = (struct world_thread){
        .name = "reader", .body = read_cells, .argument = (void *)i};
    world_spawn(&readers[i]);
  }
  make_targets(m);
  for (int i = 0; i < 4; i++) wane_collect(m);
  atomic_store(&storm.over, true);
  for (int i = 0; i < READERS; i++) world_join(m, &readers[i]);
  wane_collect(m);
  wane_finalizers_wait(m);
  world_on_finalize(NULL);
  wane_handle_free(m, storm.kept);
  // A target that is to be finalized may hold others that are: as long as
  // something happens there is more to come.
  for (uint64_t before = UINT64_MAX, now; (now = events()) != before;) {
    before = now;
    wane_collect(m);
    wane_finalizers_wait(m);
  }
  check_targets(m);
  world_settle(m, NULL, 0, NULL, 0);
  wane_thread_exit(m);
  world_stop();
  free(storm.targets);
}

static void single(const struct law_case *c)
{
  run_storm(c, false, false);
}

static void rings(const struct law_case *c)
{
  run_storm(c, true, false);
}

static void finalizers(const struct law_case *c)
{
  run_storm(c, c->cycles, true);
}

// --- ephemerons --------------------------------------------------------------

#define CHAIN 60

// value 0 <- key 1 = value 1 <- key 2 ...: the last key holds them all. The
// ring closes the chain: garbage that no count shows.
static void make_chain(struct wane_mutator *m, struct wane_ephemeron **e,
                       wane_ref *r, bool ring)
{
  WANE_ROOTS(m, s, 2);
  s[0] = s[1] = world_need(m, THING_WEAK, 0);
  for (int i = 0; i < CHAIN; i++) {
    r[0] = world_need(m, THING_WEAK, 0);
    e[i] = wane_ephemeron_new(m, r[0], s[0]);
    s[0] = r[0];
  }
  if (ring) wane_store(m, s[1], thing_slot(s[1], 1), r[0]);
}

static void ephemerons(const struct law_case *c)
{
  struct wane_ephemeron *e[CHAIN];
  struct wane_mutator *m = begin(c);
  for (int turn = 0; turn < 4; turn++) {
    {
      WANE_ROOTS(m, r, 1);
      make_chain(m, e, r, c->cycles && turn & 1);
      struct world_audit audit = world_settle(m, NULL, 0, r, 1);
      CHECK_EQ(&world_log, audit.reachable, CHAIN + 1);
      for (int i = 0; i < CHAIN; i++)
        CHECK(&world_log, wane_ephemeron_get(m, e[i]) != NULL);
      if (turn & 2) { // another value for the key in the middle
        CHECK(&world_log, wane_ephemeron_set(m, e[CHAIN / 2], r[0]) == true);
        if (!c->cycles) (void)wane_ephemeron_set(m, e[CHAIN / 2], NULL);
        world_settle(m, NULL, 0, r, 1);
      }
    }
    world_settle(m, NULL, 0, NULL, 0);
    for (int i = 0; i < CHAIN; i++) {
      CHECK(&world_log, !world.acyclic == !!wane_ephemeron_key(m, e[i]));
      wane_ephemeron_free(m, e[i]);
    }
  }
  world_settle(m, NULL, 0, NULL, 0);
  wane_thread_exit(m);
  world_stop();
}

int main(int argc, char **argv)
{
  static const struct law laws[] = {
      {"weak references to dying trees, read all the time", single},
      {"weak references to dying rings, read all the time", rings},
      {"the same with finalizers that bring some back", finalizers},
      {"chains and rings of ephemerons", ephemerons},
  };
  return law_main(laws, sizeof laws / sizeof laws[0], argc, argv);
}
