// kill_nodes.c: nodes: where blocks go, and who is counted where.
// SPDX-License-Identifier: MIT
//
// Mutants 61 to 65, on models of machines.

#include "stage.h"

#include "heap.h"
#include "numa.h"
#include "space.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define MIB ((uint64_t)1 << 20)

struct piece {
  struct wane_object header;
  struct wane_slot next;
  char rest[4000];
};
static const struct wane_type *piece_type;

static struct puppet *alice, *bob;

static void start(const char *source, const char *memory, uint64_t heap_limit)
{
  static struct wane_numa_config numa = {.model = true, .count = true};
  static const uint32_t offset = offsetof(struct piece, next);
  const struct wane_type_spec pieces = {.name = "piece",
                                        .size = sizeof(struct piece),
                                        .n_refs = 1,
                                        .ref_offsets = &offset};
  char error[256];
  struct wane_topology *t = wane_topology_open(source, error, sizeof error);
  if (!t || wane_memory_parse(t, memory, &numa.objects, error, sizeof error))
    fail("%s", error);
  numa.topology = t;
  numa.placement =
      wane_placement_plan(t, "per-node", 8, 1, error, sizeof error);
  if (!numa.placement) fail("%s", error);
  stage_start(
      &(struct wane_config){.numa = &numa, .heap_limit = heap_limit});
  if (wane_type_register(&pieces, &piece_type)) fail("no type");
}

static void stand_on(uint32_t node)
{
  char error[256];
  if (wane_place(node, error, sizeof error)) fail("%s", error);
}

static void on_node_1(struct puppet *p)
{
  (void)p;
  stand_on(1);
}

static void on_node_2(struct puppet *p)
{
  (void)p;
  stand_on(2);
}

static uint64_t births(uint32_t from, uint32_t to)
{
  uint64_t cells[25];
  wane_numa_matrix(WANE_NUMA_ALLOC_OBJECTS, cells);
  return cells[from * wane_numa_rows() + to];
}

// Thirteen blocks of garbage.
static void make_garbage(struct puppet *p)
{
  for (int i = 0; i < 200; i++)
    if (!wane_alloc(p->m, piece_type)) fail("the heap is full of garbage");
}

// The same, and the first root holds it.
static void make_list(struct puppet *p)
{
  for (int i = 0; i < 200; i++) {
    wane_ref o = wane_alloc(p->m, piece_type);
    if (!o) fail("memory that lies idle is not given after %d pieces", i);
    wane_init(p->m, o, &((struct piece *)(void *)o)->next, p->root[0]);
    p->root[0] = o;
  }
}

// --- where blocks go ---------------------------------------------------------

static void what_is_freed_goes_home(uint64_t seed)
{
  (void)seed;
  start("synthetic:numa:4 pu:1", "local", 64 * MIB);
  alice = puppet_start("alice");
  puppet_call(alice, on_node_2);
  for (int turn = 0; turn < 30; turn++) {
    puppet_call(alice, make_garbage);
    settle();
  }
  if (wane__heap_peak() > 60 * WANE_BLOCK_BYTES)
    fail("13 blocks in use became %u",
         (unsigned)(wane__heap_peak() >> WANE_BLOCK_SHIFT));
  stage_stop();
}

static void what_went_back_has_no_home(uint64_t seed)
{
  (void)seed;
  start("synthetic:numa:4 pu:1", "first-touch", 64 * MIB);
  alice = puppet_start("alice");
  puppet_call(alice, on_node_2);
  puppet_call(alice, make_garbage);
  puppet_stop(alice);
  for (int i = 0; i < 64; i++) one_round(); // all goes back
  if (wane__heap_committed()) fail("blocks did not go back");
  bob = puppet_start("bob");
  puppet_call(bob, on_node_1);
  puppet_call(bob, make_garbage);
  puppet_stop(bob);
  settle();
  if (births(1, 1) != 200 || births(1, 2))
    fail("%u objects are at home where nobody touched them first",
         (unsigned)births(1, 2));
  stage_stop();
}

static void who_is_full_takes_what_others_have_idle(uint64_t seed)
{
  (void)seed;
  start("synthetic:numa:4 pu:1", "local", 1 * MIB);
  alice = puppet_start("alice");
  puppet_call(alice, on_node_2);
  puppet_call(alice, make_garbage);
  puppet_stop(alice);
  settle();
  bob = puppet_start("bob");
  puppet_call(bob, on_node_1);
  puppet_call(bob, make_list); // fails if it cannot
  puppet_call(bob, drop_roots);
  stage_stop();
}

static void a_run_over_several_homes_has_one(uint64_t seed)
{
  (void)seed;
  start("synthetic:numa:2 pu:1", "local", 4 * MIB);
  uint32_t n = 1;
  for (; wane__space_fresh() + n < wane__space_blocks(); n++)
    wane__heap_free_run(wane__heap_take_run(n, n % 2));
  uint32_t run = wane__heap_take_run(n + 8, 1);
  if (run == WANE__NO_BLOCK) fail("free neighbours are not joined");
  for (uint32_t i = 0; i < n + 8; i++)
    if (wane__numa_home_at(wane__block_base(run + i)) != 1)
      fail("block %u of a run on node 1 is not there", i);
  stage_stop();
}

// --- who is counted ----------------------------------------------------------

static _Atomic bool away, back;

static void make_three_and_leave(struct puppet *p)
{
  for (int i = 0; i < 3; i++) wane_alloc(p->m, piece_type);
  wane_detach(p->m);
  atomic_store(&away, true);
  while (!atomic_load(&back)) continue;
  wane_attach(p->m);
}

static void who_is_away_is_counted_for_its_node(uint64_t seed)
{
  (void)seed;
  start("synthetic:numa:4 pu:1", "local", 64 * MIB);
  alice = puppet_start("alice");
  puppet_call(alice, on_node_2);
  puppet_post(alice, make_three_and_leave);
  while (!atomic_load(&away)) continue;
  one_round();
  if (births(2, 2) != 3)
    fail("of 3 objects %u are counted", (unsigned)births(2, 2));
  atomic_store(&back, true);
  puppet_wait(alice);
  stage_stop();
}

#define SCENARIO(name) {#name, name}

const struct scenario kill_nodes[] = {
    SCENARIO(what_is_freed_goes_home),
    SCENARIO(what_went_back_has_no_home),
    SCENARIO(who_is_full_takes_what_others_have_idle),
    SCENARIO(a_run_over_several_homes_has_one),
    SCENARIO(who_is_away_is_counted_for_its_node),
    {NULL, NULL},
};
