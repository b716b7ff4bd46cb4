// test_law_garbage.c: L3: garbage of every shape is gone after a collection.
// SPDX-License-Identifier: MIT
//
// Each law builds one kind of garbage, drops it, collects and asks the oracle.
// What a collector does not claim to free must still be intact.

#include "law.h"

static struct wane_mutator *begin(const struct law_case *c)
{
  world_start(&c->setup);
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  return m;
}

// Nothing is referred to any more.
static void end(struct wane_mutator *m)
{
  struct world_audit audit = world_settle(m, NULL, 0, NULL, 0);
  CHECK_EQ(&world_log, audit.reachable, 0);
  wane_thread_exit(m);
  world_stop();
}

static wane_ref pair(struct wane_mutator *m)
{
  wane_ref o = world_need(m, THING_PAIR, 0);
  return o;
}

static void point(struct wane_mutator *m, wane_ref from, uint32_t slot,
                  wane_ref to)
{
  wane_store(m, from, thing_slot(from, slot), to);
}

// A ring of n pairs through slot 0; the first of them is in root `r`.
static void make_ring(struct wane_mutator *m, wane_ref *r, uint64_t n)
{
  WANE_ROOTS(m, last, 1);
  *r = last[0] = pair(m);
  for (uint64_t i = 1; i < n; i++) {
    wane_ref o = pair(m);
    point(m, last[0], 0, o);
    last[0] = o;
  }
  point(m, last[0], 0, *r);
}

static void self_edges_and_duplicates(const struct law_case *c)
{
  struct wane_mutator *m = begin(c);
  for (unsigned i = 0; i < 8; i++) {
    WANE_ROOTS(m, r, 2);
    r[0] = pair(m);
    r[1] = pair(m);
    for (uint32_t s = 0; s < THING_FIXED; s++) { // bits of i: who, whom
      point(m, r[0], s, r[i >> s & 1]);
      point(m, r[1], s, r[~i >> s & 1]);
    }
  }
  end(m);
}

static void rings(const struct law_case *c)
{
  struct wane_mutator *m = begin(c);
  for (uint64_t n = 1; n <= 40 / (c->slowness > 1 ? 4 : 1); n++) {
    WANE_ROOTS(m, r, 1);
    make_ring(m, r, n);
  }
  end(m);
}

// A ring that is kept over several collections, then dropped by a root.
static void old_ring(const struct law_case *c)
{
  struct wane_mutator *m = begin(c);
  {
    WANE_ROOTS(m, r, 1);
    make_ring(m, r, 5);
    for (int i = 0; i < 4; i++) world_settle(m, NULL, 0, r, 1);
    CHECK_EQ(&world_log, world_died(), 0);
  }
  end(m);
}

// Each ring refers to the next one; only the first is held.
static void chain_of_rings(const struct law_case *c)
{
  struct wane_mutator *m = begin(c);
  {
    WANE_ROOTS(m, r, 3);
    for (uint64_t i = 0; i < world_scaled(2000) / c->slowness + 5; i++) {
      make_ring(m, &r[1], 3);
      if (r[2]) point(m, r[2], 1, r[1]);
      if (!r[0]) r[0] = r[1];
      r[2] = r[1];
    }
    r[1] = r[2] = NULL;
    world_settle(m, NULL, 0, r, 3);
  }
  end(m);
}

// Garbage rings that refer to one live object, to leaves and to each other.
static void rings_beside_the_living(const struct law_case *c)
{
  struct wane_mutator *m = begin(c);
  {
    WANE_ROOTS(m, r, 4);
    r[0] = pair(m);
    for (int i = 0; i < 50; i++) {
      r[1] = r[2];
      make_ring(m, &r[2], 2);
      point(m, r[2], 1, r[0]);
      if (r[1]) point(m, r[2], 2, r[1]);
      wane_ref next = wane_load(thing_slot(r[2], 0));
      r[3] = next;
      wane_ref leaf = world_need(m, THING_LEAF, 0);
      point(m, r[3], 1, leaf);
    }
    r[1] = r[2] = r[3] = NULL;
    struct world_audit audit = world_settle(m, NULL, 0, r, 1);
    CHECK_EQ(&world_log, audit.reachable, 1);
  }
  end(m);
}

// Long enough for any recursion to run out of stack.
static void long_list(const struct law_case *c)
{
  struct wane_mutator *m = begin(c);
  {
    WANE_ROOTS(m, r, 1);
    for (uint64_t i = 0; i < world_scaled(200000) / (c->slowness * 20 - 19);
         i++) {
      wane_ref o = pair(m);
      wane_init(m, o, thing_slot(o, 0), r[0]);
      r[0] = o;
    }
  }
  end(m);
}

static void wide_arrays(const struct law_case *c)
{
  struct wane_mutator *m = begin(c);
  static const uint32_t lengths[] = {0, 1, 63, 64, 1000, 4090, 4091, 8181,
                                     20000};
  for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
    WANE_ROOTS(m, r, 2);
    r[0] = world_need(m, THING_WIDE, lengths[i]);
    for (uint32_t s = 0; s < lengths[i]; s += 1 + lengths[i] / 100) {
      wane_ref o = pair(m);
      point(m, r[0], s, o);
      point(m, o, 0, r[0]); // all of them refer back
    }
    world_settle(m, NULL, 0, r, 2);
  }
  end(m);
}

// Handles count: what one holds lives, and what it let go does not.
static void handles(const struct law_case *c)
{
  struct wane_mutator *m = begin(c);
  struct wane_handle *h = wane_handle_new(m, NULL);
  for (int i = 0; i < 10; i++) {
    {
      WANE_ROOTS(m, r, 1);
      make_ring(m, r, 3);
      wane_handle_set(m, h, r[0]);
    }
    wane_ref held = wane_handle_get(h);
    struct world_audit audit = world_settle(m, &held, 1, NULL, 0);
    CHECK_EQ(&world_log, audit.reachable, 3);
    CHECK_EQ(&world_log, world_id(wane_handle_get(h)), world_born() - 2);
  }
  wane_handle_free(m, h);
  end(m);
}

int main(int argc, char **argv)
{
  static const struct law laws[] = {
      {"self edges and duplicate edges", self_edges_and_duplicates},
      {"rings of 1 to 40", rings},
      {"a ring that survived collections", old_ring},
      {"a chain of rings goes at once", chain_of_rings},
      {"dead rings beside living objects", rings_beside_the_living},
      {"a long list", long_list},
      {"wide arrays, large ones too", wide_arrays},
      {"handles hold and let go", handles},
  };
  return law_main(laws, sizeof laws / sizeof laws[0], argc, argv);
}
