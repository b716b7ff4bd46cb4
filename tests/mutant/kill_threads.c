// kill_threads.c: threads that are away, threads that left, all at once.
// SPDX-License-Identifier: MIT
//
// Mutant 12, and two scenarios that no single mutant is made for.

#include "stage.h"

#include <stdlib.h>

static struct puppet *alice, *bob;
static struct wane_handle *shared;
static struct gate away;

// --- roots of a thread that is away ------------------------------------------

static void go_away(struct puppet *p)
{
  _Atomic(wane_ref) refs[1];
  struct wane_root_set set = {.refs = refs, .n = 1};
  make_node(p, 0, "v");
  atomic_init(&refs[0], make_node(p, 1, "w"));
  p->root[1] = NULL;
  wane_root_set_add(p->m, &set);
  wane_detach(p->m);
  gate_park(&away);
  wane_attach(p->m);
  wane_root_set_remove(p->m, &set);
}

static void a_detached_thread_keeps_its_roots(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_post(alice, go_away);
  gate_await(&away);
  one_round();
  expect_live("v");
  expect_live("w");
  collect();
  expect_live("v");
  expect_live("w");
  gate_open(&away);
  puppet_wait(alice);
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  stage_stop();
}

// --- a thread that left ------------------------------------------------------

static void publish_pair(struct puppet *p)
{
  wane_ref x = make_node(p, 0, "x"), y = make_node(p, 1, "y");
  wane_store(p->m, x, &node(x)->a, y);
  shared = wane_handle_new(p->m, x);
  drop_roots(p);
}

static void drop_y(struct puppet *p)
{
  wane_ref x = wane_handle_get(shared);
  wane_store(p->m, x, &node(x)->a, NULL);
}

static void free_shared(struct puppet *p)
{
  wane_handle_free(p->m, shared);
}

static void a_leaving_thread_leaves_its_log(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  bob = puppet_start("bob");
  puppet_call(alice, publish_pair);
  puppet_stop(alice); // young objects, not yet handed over
  settle();
  expect_count("x", 1);
  expect_count("y", 1);
  puppet_call(bob, drop_y);
  puppet_stop(bob); // a decrement, not yet handed over
  collect();
  expect_dead("y");
  expect_count("x", 1);
  puppet_call(puppet_start("carol"), free_shared);
  collect();
  expect_nothing_left();
  stage_stop();
}

// --- all at once -------------------------------------------------------------
//
// Three threads rewire the nodes of one table at random while rounds follow
// each other; then every count is compared with a walk of the heap.

#define OPERATIONS 20000
#define BURST 200 // operations, then a round

static uint64_t next(uint64_t *state) // splitmix64
{
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

static struct wane_slot *any_slot(uint64_t *random, wane_ref o)
{
  struct wane_slot *of[] = {&node(o)->a, &node(o)->b, &node(o)->c};
  return of[next(random) % 3];
}

static void make_table(struct puppet *p)
{
  shared = wane_handle_new(p->m, make_array(p, 0, "table"));
  drop_roots(p);
}

static void rewire(struct puppet *p)
{
  uint64_t *random = p->context;
  for (int i = 0; i < OPERATIONS; i++) {
    if (i % BURST == 0) wait_for_a_round(p);
    wane_safepoint(p->m);
    wane_ref table = wane_handle_get(shared);
    struct wane_slot *to = &array(table)->slots[next(random) % STAGE_SLOTS];
    wane_ref x = wane_load(to);
    wane_ref y = wane_load(&array(table)->slots[next(random) % STAGE_SLOTS]);
    uint64_t dice = next(random) % 8;
    if (!x || dice == 0) {
      p->root[0] = table;
      x = make_nameless(p);
      wane_store(p->m, table, to, x);
    } else if (dice == 1) {
      wane_store(p->m, table, to, NULL);
    } else if (dice == 2) {
      wane_store(p->m, x, any_slot(random, x), NULL);
    } else if (dice == 3) {
      wane_ref deeper = wane_load(any_slot(random, x));
      if (deeper) wane_store(p->m, table, to, deeper);
    } else if (y) {
      wane_store(p->m, x, any_slot(random, x), y);
    }
  }
  drop_roots(p);
}

static struct {
  wane_ref *objects, *targets;
  size_t n_objects, n_targets;
} audit;

static void note(wane_ref **list, size_t *n, wane_ref o)
{
  *list = realloc(*list, (*n + 1) * sizeof(wane_ref));
  if (!*list) fail("no memory for the audit");
  (*list)[(*n)++] = o;
}

static void note_target(struct wane_slot *slot, void *context)
{
  (void)context;
  wane_ref o = wane_load(slot);
  if (o) note(&audit.targets, &audit.n_targets, o);
}

static void note_object(wane_ref o, size_t bytes, void *context)
{
  (void)bytes;
  note(&audit.objects, &audit.n_objects, o);
  wane_each_slot(o, wane_type_of(o), note_target, context);
}

static void check_counts(void)
{
  wane_ref table = wane_handle_get(shared);
  wane_heap_walk(note_object, NULL);
  for (size_t i = 0; i < audit.n_objects; i++) {
    wane_ref o = audit.objects[i];
    int64_t references = o == table;
    for (size_t j = 0; j < audit.n_targets; j++)
      references += audit.targets[j] == o;
    if (wane_count_of(o) != references)
      fail("an object has the count %lld, but %lld references",
           (long long)wane_count_of(o), (long long)references);
  }
  free(audit.objects);
  free(audit.targets);
}

static void a_free_for_all_keeps_every_count(uint64_t seed)
{
  stage_start(&(struct wane_config){.log_chunk = 4, .local_limit = 4});
  struct puppet *p[3] = {puppet_start("alice"), puppet_start("bob"),
                         puppet_start("carol")};
  uint64_t random[3] = {seed, seed + 1, seed + 2};
  puppet_call(p[0], make_table);
  for (int i = 0; i < 3; i++) {
    p[i]->context = &random[i];
    puppet_post(p[i], rewire);
  }
  while (atomic_load(&p[0]->act) || atomic_load(&p[1]->act) ||
         atomic_load(&p[2]->act)) {
    one_round();
    collect();
  }
  collect();
  check_counts();
  puppet_call(p[0], free_shared);
  collect();
  expect_nothing_left();
  stage_stop();
}

const struct scenario kill_threads[] = {
    {"a_detached_thread_keeps_its_roots", a_detached_thread_keeps_its_roots},
    {"a_leaving_thread_leaves_its_log", a_leaving_thread_leaves_its_log},
    {"a_free_for_all_keeps_every_count", a_free_for_all_keeps_every_count},
    {NULL, NULL},
};
