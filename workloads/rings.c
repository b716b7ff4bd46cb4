// rings.c: doubly linked rings, built, walked and dropped.
// SPDX-License-Identifier: MIT
//
// The simplest cyclic garbage: counting alone frees none of it. Each mutator
// builds rings of `ring` nodes one after the other, `nodes` nodes in all (the
// last ring takes what is left), numbers the nodes 0, 1, 2, ... and adds the
// numbers up by walking each ring once before it is dropped.

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <wane/numa.h>
#include <wane/workload.h>

enum { RING, NODES, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [RING] = {.name = "ring",
              .type = WANE_OPTION_INT,
              .value = "10",
              .help = "nodes of one ring",
              .min = 1,
              .max = 1 << 30},
    [NODES] = {.name = "nodes",
               .type = WANE_OPTION_INT,
               .value = "10000000",
               .help = "nodes in all, per mutator",
               .min = 1,
               .max = 0x1p40},
};

struct ring_node {
  struct wane_object header;
  struct wane_slot next, previous;
  uint64_t number;
};

static const struct wane_type *node_type;

static struct ring_node *ring_node(wane_ref object)
{
  return (struct ring_node *)(void *)object;
}

// state: one sum per mutator.
static int prepare(struct wane_workload_run *run)
{
  run->state = calloc(run->mutators, sizeof(uint64_t));
  if (run->state) return 0;
  run->fail(run, "rings: no memory for %u mutators", run->mutators);
  return ENOMEM;
}

static void dispose(struct wane_workload_run *run)
{
  free(run->state);
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)m;
  static const uint32_t refs[] = {offsetof(struct ring_node, next),
                                  offsetof(struct ring_node, previous)};
  const struct wane_type_spec spec = {.name = "ring_node",
                                      .size = sizeof(struct ring_node),
                                      .n_refs = 2,
                                      .ref_offsets = refs};
  if (wane_type_register(&spec, &node_type) == 0) return 0;
  run->fail(run, "rings: its type could not be registered");
  return EINVAL;
}

// Builds a ring of `k` nodes numbered from `number`. Only the head needs a
// root: every other node hangs from its predecessor.
static wane_ref build(struct wane_mutator *m, uint64_t k, uint64_t number,
                      wane_ref *root)
{
  wane_ref head = wane_alloc(m, node_type);
  root[0] = head; // what was there is garbage now
  if (WANE_UNLIKELY(!head)) return NULL;
  ring_node(head)->number = number;
  wane_ref last = head;
  for (uint64_t i = 1; i < k; i++) {
    wane_ref node = wane_alloc(m, node_type);
    if (WANE_UNLIKELY(!node)) return NULL;
    ring_node(node)->number = number + i;
    wane_init(m, node, &ring_node(node)->previous, last);
    wane_store(m, last, &ring_node(last)->next, node);
    last = node;
  }
  wane_store(m, last, &ring_node(last)->next, head);
  wane_store(m, head, &ring_node(head)->previous, last);
  return head;
}

// Adds the numbers of the ring of `k` nodes at `head` to `sum`. False: it does
// not close after `k` nodes.
static bool walk(wane_ref head, uint64_t k, uint64_t *sum)
{
  wane_ref node = head;
  for (uint64_t i = 0; i < k && node; i++) {
    *sum += ring_node(node)->number;
    node = wane_load(&ring_node(node)->next);
  }
  return node == head;
}

// Tells of that walk: one read of each node.
static void tell(struct wane_mutator *m, wane_ref head, uint64_t k)
{
  wane_ref node = head;
  for (uint64_t i = 0; i < k; i++) {
    wane_access(m, node);
    node = wane_load(&ring_node(node)->next);
  }
}

// With --verify: `k` nodes in order, and each is its successor's predecessor.
static int verify(struct wane_workload_run *run, wane_ref head, uint64_t k,
                  uint64_t number)
{
  wane_ref node = head;
  for (uint64_t i = 0; i < k; i++) {
    wane_ref next = wane_load(&ring_node(node)->next);
    bool linked = next && wane_load(&ring_node(next)->previous) == node &&
                  (next == head) == (i + 1 == k);
    if (!linked || ring_node(node)->number != number + i) {
      run->fail(run, "rings: node %" PRIu64 " is %s", number + i,
                linked ? "changed" : "not linked as it was");
      return EINVAL;
    }
    node = next;
  }
  return 0;
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  uint64_t ring = (uint64_t)run->options[RING].integer;
  uint64_t nodes = (uint64_t)run->options[NODES].integer;
  uint64_t sum = 0, report = nodes / 64;
  WANE_ROOTS(m, root, 1);
  for (uint64_t number = 0; number < nodes; number += ring) {
    uint64_t k = ring < nodes - number ? ring : nodes - number;
    wane_ref head = build(m, k, number, root);
    if (!head) return ENOMEM;
    int result = run->verify ? verify(run, head, k, number) : 0;
    if (result) return result;
    if (!walk(head, k, &sum)) {
      run->fail(run, "rings: the ring of node %" PRIu64 " is not closed",
                number);
      return EINVAL;
    }
    if (wane_access_wanted(m)) tell(m, head, k);
    if (index == 0 && number >= report) {
      run->progress(run, (double)number / (double)nodes);
      report += nodes / 64 + 1;
    }
  }
  ((uint64_t *)run->state)[index] = sum;
  return 0;
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)m;
  uint64_t n = (uint64_t)run->options[NODES].integer, total = 0;
  uint64_t expected = n % 2 ? (n - 1) / 2 * n : n / 2 * (n - 1);
  for (uint32_t i = 0; i < run->mutators; i++) {
    uint64_t sum = ((uint64_t *)run->state)[i];
    if (sum != expected) {
      run->fail(run,
                "rings: mutator %u: expected the checksum %" PRIu64
                ", found %" PRIu64,
                i, expected, sum);
      return EINVAL;
    }
    total += sum;
  }
  run->note(run, "checksum=%" PRIu64, total);
  return 0;
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "rings",
    .help = "doubly linked rings, built and dropped by each mutator",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .dispose = dispose,
};
