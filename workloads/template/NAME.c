// NAME.c: a table of pairs that refer to each other, replaced in turn.
// SPDX-License-Identifier: MIT
//
// A complete workload to start from. Counting alone does not free a pair. Each
// thread looks at it again before it drops it: so a free too early is noticed.

#include <errno.h>
#include <wane/workload.h> // all that a workload may use of Wane

enum { PAIRS, OPS, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [PAIRS] = {"pairs", WANE_OPTION_INT, "10000", "pairs alive, per thread",
               .min = 1, .max = 1 << 30},
    [OPS] = {"ops", WANE_OPTION_INT, "1000000", "replacements, per thread",
             .min = 1, .max = 0x1p40},
};

// Objects begin with a header; references to other objects are slots.
struct node {
  struct wane_object header;
  struct wane_slot other;
  int64_t number;
};
#define NODE(object) ((struct node *)(void *)(object))
static const struct wane_type *node_type, *table_type;

// Before the clock runs. A type says where in its objects the slots are.
static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)m;
  static const uint32_t refs[] = {offsetof(struct node, other)};
  const uint32_t head = sizeof(struct wane_array); // as many slots follow it
  const struct wane_type_spec pair = {"node", sizeof(struct node), 1, refs,
                                      .acyclic = false};
  const struct wane_type_spec table = {"table", head, .array_offset = head};
  if (!wane_type_register(&pair, &node_type) &&
      !wane_type_register(&table, &table_type))
    return 0;
  run->fail(run, "NAME: its types could not be registered");
  return EINVAL;
}

// Allocation is a safepoint: only what is in a root, or can be reached from
// one, is still there afterwards. NULL: the heap is full.
static wane_ref new_pair(struct wane_mutator *m, int64_t number)
{
  WANE_ROOTS(m, root, 1);
  wane_ref a = root[0] = wane_alloc(m, node_type);
  wane_ref b = a ? wane_alloc(m, node_type) : NULL;
  if (!b) return NULL;
  NODE(a)->number = NODE(b)->number = number;
  wane_store(m, a, &NODE(a)->other, b); // never write one by hand
  wane_store(m, b, &NODE(b)->other, a);
  return a;
}

// The measured part, on each of run->mutators threads. One that serves requests
// tells of each (run->request): latencies are worked out of them.
static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  int64_t pairs = run->options[PAIRS].integer, ops = run->options[OPS].integer;
  WANE_ROOTS(m, root, 1);
  wane_ref table = root[0] = wane_alloc_array(m, table_type, pairs, 0);
  if (!table) return ENOMEM;
  struct wane_slot *slots = (void *)((struct wane_array *)(void *)table + 1);
  for (int64_t i = 0, gone = -pairs; i < ops; i++, gone++) {
    wane_ref pair = new_pair(m, i), old = wane_load(&slots[i % pairs]);
    if (!pair) return ENOMEM;
    if (old && (NODE(old)->number != gone ||
                NODE(wane_load(&NODE(old)->other))->number != gone)) {
      run->fail(run, "NAME: pair %ld of thread %u has changed", gone, index);
      return EINVAL;
    }
    wane_store(m, table, &slots[i % pairs], pair); // the old one is garbage now
  }
  return 0;
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "NAME", // as the file: NAME.so
    .help = "pairs that refer to each other, replaced in turn",
    .options = options,
    .n_options = N_OPTIONS,
    .setup = setup,
    .body = body,
};
