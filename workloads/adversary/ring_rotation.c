// ring_rotation.c: the only reference from outside moves round a ring.
// SPDX-License-Identifier: MIT
//
// After the attack on collectors of cycles that count at one time and look at
// edges at another (that of AF_UNIX sockets in Linux was one): a ring is held
// by one reference, which goes from node to node while garbage makes the
// collector work, so that at no node a collector sees a reference from outside
// if it looks at the right time. With hold=root it is in a root, with slot in
// an object's slot, with both it goes to and fro between the two.
//
// With tear=yes the ring is not whole either while it is looked at: the edge
// out of each node is moved (x = a.f; a.f = NULL; b.g = x) into another slot
// of the node, where it stays, or into the holder's and back. Each `hop` steps
// the rings go to the next thread.

#include "crew.h"
#include "sealed.h"

#include <string.h>

enum { NODES, STEPS, HOP, HOLD, TEAR, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [NODES] = {.name = "nodes",
               .type = WANE_OPTION_INT,
               .value = "1000",
               .help = "nodes of a ring; each mutator has one",
               .min = 3,
               .max = 1 << 30},
    [STEPS] = {.name = "steps",
               .type = WANE_OPTION_INT,
               .value = "8m",
               .help = "nodes each mutator goes on",
               .min = 1,
               .max = 0x1p40},
    [HOP] = {.name = "hop",
             .type = WANE_OPTION_INT,
             .value = "10000",
             .help = "steps until the ring goes to the next mutator",
             .min = 1,
             .max = 0x1p40},
    [HOLD] = {.name = "hold",
              .type = WANE_OPTION_STRING,
              .value = "both",
              .help = "where the reference is",
              .choices = "root|slot|both"},
    [TEAR] = {.name = "tear",
              .type = WANE_OPTION_BOOL,
              .value = "yes",
              .help = "the ring is cut and mended at each step"},
};
enum { NEXT, SIDE };              // slots of a node, one of them NULL
enum { GARBAGE = 8, LITTER = 3 }; // each so many steps a ring of so many nodes

static const struct wane_type *node_type, *table_type;

// r[0]: the node, unless it is in slot 0 of the holder r[1]; r[2]: the array
// of rings; r[3]: garbage.
struct walker {
  struct wane_workload_run *run;
  struct wane_mutator *m;
  wane_ref *r;
  uint64_t first; // number of the ring's first node
  uint64_t at;    // the node's place in the ring
  bool in_slot, in_root, tear;
};

static wane_ref node_of(const struct walker *w)
{
  return w->r[0] ? w->r[0] : sealed_load(w->r[1], 0);
}

static int wrong(struct walker *w, const char *what)
{
  return crew_fail(w->run, "ring_rotation: %s %" PRIu64 " is not there", what,
                   w->first + w->at);
}

// Moves the only reference to `o`, into a root or a slot.
static void hold(struct walker *w, wane_ref o, uint64_t step)
{
  bool slot = w->in_slot && !(w->in_root && step & 1);
  if (!slot) w->r[0] = o;
  if (slot || sealed_load(w->r[1], 0))
    sealed_store(w->m, w->r[1], 0, slot ? o : NULL);
  if (slot) w->r[0] = NULL;
}

static int litter(struct walker *w)
{
  bool made = sealed_ring(w->m, node_type, LITTER, 0, &w->r[3]);
  w->r[3] = NULL;
  return made ? 0 : ENOMEM;
}

// Moves the edge out of `a` and back, or into the other slot. `x`, what it
// leads to, is held by nothing else when the garbage is made.
static int tear(struct walker *w, uint64_t i)
{
  wane_ref a = node_of(w);
  uint32_t from = sealed_load(a, NEXT) ? NEXT : SIDE, to = NEXT + SIDE - from;
  wane_ref b = i % 2 ? w->r[1] : a;
  wane_ref x = sealed_load(a, from);
  sealed_store(w->m, a, from, NULL);
  sealed_store(w->m, b, b == a ? to : 1, x);
  int result = i % GARBAGE < 2 ? litter(w) : 0;
  if (result || b == a) return result;
  a = node_of(w);
  sealed_store(w->m, a, from, sealed_load(w->r[1], 1));
  sealed_store(w->m, w->r[1], 1, NULL);
  return 0;
}

// From a node to the one after it, in a ring of `n`.
static int step(struct walker *w, uint64_t i, uint64_t n)
{
  if (!sealed_is(node_of(w), w->first + w->at)) return wrong(w, "node");
  int result = 0;
  if (w->tear)
    result = tear(w, i);
  else if (i % GARBAGE == 0)
    result = litter(w);
  if (result) return result;
  wane_ref a = node_of(w), x = sealed_load(a, NEXT);
  if (!x) x = sealed_load(a, SIDE);
  w->at = (w->at + 1) % n;
  if (!sealed_is(x, w->first + w->at)) return wrong(w, "node");
  hold(w, x, i);
  wane_safepoint(w->m);
  return 0;
}

// Gives the ring to the next mutator and takes the one of the mutator before.
// All have gone the same number of steps, so the place in the ring stays.
static int hand_on(struct walker *w, uint32_t index, uint64_t *ring)
{
  uint32_t n = w->run->mutators;
  struct wane_slot *slots = array_slots(w->r[2]);
  wane_store(w->m, w->r[2], &slots[(index + 1) % n], node_of(w));
  w->r[0] = NULL;
  sealed_store(w->m, w->r[1], 0, NULL);
  int result = crew_meet(w->run, w->m);
  if (result) return result;
  slots = array_slots(w->r[2]);
  hold(w, wane_exchange(w->m, w->r[2], &slots[index], NULL), 0);
  *ring = (*ring + n - 1) % n;
  w->first = *ring * (uint64_t)w->run->options[NODES].integer;
  return crew_meet(w->run, w->m);
}

static int walk(struct walker *w, struct crew_share *share, uint32_t index)
{
  uint64_t steps = (uint64_t)w->run->options[STEPS].integer;
  uint64_t hop = (uint64_t)w->run->options[HOP].integer;
  uint64_t n = (uint64_t)w->run->options[NODES].integer;
  uint64_t ring = index, start = now_ns();
  for (uint64_t i = 0; i < steps; i++) {
    int result = step(w, i, n);
    if (result) return result;
    uint64_t end = now_ns();
    crew_request(w->run, share, start, end);
    start = end;
    share->seen += w->first + w->at;
    if (i % hop != hop - 1) continue;
    result = hand_on(w, index, &ring);
    if (result) return result;
    if (index == 0) w->run->progress(w->run, (double)i / (double)steps);
    start = now_ns();
  }
  return 0;
}

// The sum of the numbers of the nodes that mutator `index` goes to.
static uint64_t expected(const struct wane_workload_run *run, uint32_t index)
{
  uint64_t steps = (uint64_t)run->options[STEPS].integer;
  uint64_t hop = (uint64_t)run->options[HOP].integer;
  uint64_t n = (uint64_t)run->options[NODES].integer;
  uint64_t sum = 0, ring = index, at = 0;
  for (uint64_t done = 0; done < steps;) {
    uint64_t k = hop < steps - done ? hop : steps - done;
    for (uint64_t i = 0; i < k; i++) {
      at = (at + 1) % n;
      sum += ring * n + at;
    }
    done += k;
    ring = (ring + run->mutators - 1) % run->mutators;
  }
  return sum;
}

// All nodes once more, from where the ring is held.
static int look_through(struct walker *w, uint64_t n)
{
  wane_ref o = node_of(w), head = o;
  for (uint64_t i = 0; i < n; i++) {
    if (!sealed_is(o, w->first + (w->at + i) % n)) return wrong(w, "near node");
    wane_ref next = sealed_load(o, NEXT);
    o = next ? next : sealed_load(o, SIDE);
  }
  return o == head ? 0 : wrong(w, "the way back to node");
}

static int begin(struct walker *w, uint64_t n)
{
  w->r[1] = sealed_new(w->m, node_type, UINT64_MAX);
  w->r[2] = crew_array(w->run);
  if (!w->r[1]) return ENOMEM;
  return sealed_ring(w->m, node_type, n, w->first, w->r) ? 0 : ENOMEM;
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  const char *where = run->options[HOLD].string;
  uint64_t n = (uint64_t)run->options[NODES].integer;
  struct crew_share *share = &crew_of(run)->share[index];
  WANE_ROOTS(m, r, 4);
  struct walker w = {.run = run,
                     .m = m,
                     .r = r,
                     .first = index * n,
                     .in_slot = strcmp(where, "root") != 0,
                     .in_root = strcmp(where, "slot") != 0,
                     .tear = run->options[TEAR].boolean};
  int result = begin(&w, n);
  if (!result) result = walk(&w, share, index);
  if (!result) result = look_through(&w, n);
  return crew_end(run, result);
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  const struct wane_type_spec spec = {.name = "rotated"};
  crew_begin(run);
  int result = sealed_array_type(run, &table_type);
  if (!result) result = sealed_type(run, &spec, 2, 0, &node_type);
  return result ? result
                : crew_array_new(run, m, table_type, run->mutators);
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)m;
  for (uint32_t i = 0; i < run->mutators; i++)
    crew_of(run)->share[i].built = expected(run, i);
  return crew_check(run);
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "ring_rotation",
    .help = "the only reference from outside moves round a ring",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = crew_prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .finish = crew_finish,
    .dispose = crew_dispose,
};
