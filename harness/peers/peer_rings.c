// peer_rings.c: workloads/rings.c in plain C.
// SPDX-License-Identifier: MIT

#include "peer.h"

enum { RING, NODES, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [RING] = {.name = "ring",
              .type = WANE_OPTION_INT,
              .value = "10",
              .min = 1,
              .max = 1 << 30},
    [NODES] = {.name = "nodes",
               .type = WANE_OPTION_INT,
               .value = "10000000",
               .min = 1,
               .max = 0x1p40},
};

struct node {
  struct node *next, *previous;
  uint64_t number;
};

// NULL: out of memory (what was built is leaked: the program ends).
static struct node *build(uint64_t k, uint64_t number)
{
  struct node *head = peer_new(sizeof *head);
  if (!head) return NULL;
  head->number = number;
  struct node *last = head;
  for (uint64_t i = 1; i < k; i++) {
    struct node *node = peer_new(sizeof *node);
    if (!node) return NULL;
    node->number = number + i;
    node->previous = last;
    last->next = node;
    last = node;
  }
  last->next = head;
  head->previous = last;
  return head;
}

static bool walk(const struct node *head, uint64_t k, uint64_t *sum)
{
  const struct node *node = head;
  for (uint64_t i = 0; i < k && node; i++) {
    *sum += node->number;
    node = node->next;
  }
  return node == head;
}

static void drop(struct node *head, uint64_t k)
{
#if PEER_FREES
  for (uint64_t i = 0; i < k; i++) {
    struct node *next = head->next;
    peer_free(head);
    head = next;
  }
#else
  (void)head, (void)k;
#endif
}

static bool body(struct peer_run *run, unsigned index, uint64_t *checksum)
{
  (void)index;
  uint64_t ring = (uint64_t)run->options[RING].integer;
  uint64_t nodes = (uint64_t)run->options[NODES].integer;
  for (uint64_t number = 0; number < nodes; number += ring) {
    uint64_t k = ring < nodes - number ? ring : nodes - number;
    struct node *head = build(k, number);
    if (!head || !walk(head, k, checksum)) return false;
    drop(head, k);
  }
  return true;
}

const struct peer_program peer_program = {
    .name = "rings", .options = options, .n_options = N_OPTIONS, .body = body};
