// history_operations.c: the operations of a random history.
// SPDX-License-Identifier: MIT
//
// Each does one thing to the heap through the public interface and the same
// to the model, and compares whatever it reads on the way (L7).

#include "history.h"

static uint32_t below(struct history_actor *a, uint32_t n)
{
  return (uint32_t)check_below(&a->h->random, n);
}

static uint32_t any_root(struct history_actor *a)
{
  return below(a, HISTORY_ROOTS);
}

static uint32_t id_of_root(struct history_actor *a, uint32_t i)
{
  return *history_model_root(a, i);
}

// Some slot of the object in root `i`. False: it has none.
struct place {
  wane_ref object;
  struct wane_slot *slot;
  uint32_t id, index;
  uint32_t *model;
};

static bool some_place(struct history_actor *a, struct place *p)
{
  uint32_t i = any_root(a);
  p->id = id_of_root(a, i);
  if (!p->id) return false;
  p->object = history_root(a, i);
  uint32_t n = thing_length(p->object);
  CHECK_EQ(&world_log, n, a->h->model.objects[p->id].n);
  if (!n) return false;
  p->index = below(a, n);
  p->slot = thing_slot(p->object, p->index);
  p->model = model_slot(&a->h->model, p->id, p->index);
  return true;
}

static uint32_t some_length(struct history_actor *a)
{
  switch (below(a, 64)) {
  case 0: return 200 + below(a, 200);
  case 1: return below(a, 16) ? 40 : 4500; // a large object
  default: return below(a, 10);
  }
}

// A new object in root `to`. 0: out of memory, which is a failure here.
static uint32_t create(struct history_actor *a, uint32_t to)
{
  enum thing_kind kind = below(a, THING_KINDS);
  wane_ref o = world_new(a->m, kind, some_length(a));
  if (!CHECK(&world_log, o != NULL)) return 0;
  uint32_t id = (uint32_t)thing_of(o)->id;
  model_add(&a->h->model, id, thing_length(o));
  history_set_root(a, to, o, id);
  return id;
}

static void op_create(struct history_actor *a)
{
  create(a, any_root(a));
}

// All slots of a new object are initialised from roots, itself included.
static void op_create_filled(struct history_actor *a)
{
  uint32_t to = any_root(a);
  uint32_t id = create(a, to);
  if (!id) return;
  wane_ref o = history_root(a, to);
  for (uint32_t i = 0; i < thing_length(o); i++) {
    uint32_t from = any_root(a);
    wane_init(a->m, o, thing_slot(o, i), history_root(a, from));
    *model_slot(&a->h->model, id, i) = id_of_root(a, from);
  }
}

static void op_store(struct history_actor *a)
{
  struct place p;
  uint32_t from = any_root(a);
  if (!some_place(a, &p)) return;
  wane_store(a->m, p.object, p.slot, history_root(a, from));
  *p.model = id_of_root(a, from);
}

static void op_clear(struct history_actor *a)
{
  struct place p;
  if (!some_place(a, &p)) return;
  wane_store(a->m, p.object, p.slot, NULL);
  *p.model = 0;
}

static void op_self_edge(struct history_actor *a)
{
  struct place p;
  if (!some_place(a, &p)) return;
  wane_store(a->m, p.object, p.slot, p.object);
  *p.model = p.id;
}

static void op_load(struct history_actor *a)
{
  struct place p;
  if (!some_place(a, &p)) return;
  wane_ref o = wane_load(p.slot);
  CHECK_EQ(&world_log, world_id(o), *p.model);
  history_set_root(a, any_root(a), o, *p.model);
}

static void op_exchange(struct history_actor *a)
{
  struct place p;
  uint32_t from = any_root(a);
  if (!some_place(a, &p)) return;
  uint32_t old_id = *p.model;
  *p.model = id_of_root(a, from);
  wane_ref old =
      wane_exchange(a->m, p.object, p.slot, history_root(a, from));
  CHECK_EQ(&world_log, world_id(old), old_id);
  history_set_root(a, from, old, old_id);
}

static void op_compare_exchange(struct history_actor *a)
{
  struct place p;
  uint32_t expect = any_root(a), desire = any_root(a);
  if (!some_place(a, &p)) return;
  bool right = below(a, 2);
  wane_ref expected = right ? wane_load(p.slot) : history_root(a, expect);
  bool should = right || id_of_root(a, expect) == *p.model;
  bool did = wane_compare_exchange(a->m, p.object, p.slot, &expected,
                                   history_root(a, desire));
  CHECK_EQ(&world_log, did, should);
  if (did)
    *p.model = id_of_root(a, desire);
  else
    CHECK_EQ(&world_log, world_id(expected), *p.model);
}

// Moves `n` slots by some distance; what the target covers must be empty.
static void move(struct history_actor *a, const struct place *p, uint32_t to,
                 uint32_t from, uint32_t n)
{
  uint32_t *slots = a->h->model.objects[p->id].slots;
  for (uint32_t i = to; i < to + n; i++) {
    if (i >= from && i < from + n) continue;
    wane_store(a->m, p->object, thing_slot(p->object, i), NULL);
    slots[i] = 0;
  }
  wane_array_move(a->m, p->object, thing_slot(p->object, to),
                  thing_slot(p->object, from), n);
  for (uint32_t k = 0; k < n; k++) {
    uint32_t i = to < from ? k : n - 1 - k;
    slots[to + i] = slots[from + i];
    if (to != from) slots[from + i] = 0;
  }
  for (uint32_t i = 0; i < a->h->model.objects[p->id].n; i++)
    CHECK_EQ(&world_log, world_id(wane_load(thing_slot(p->object, i))),
             slots[i]);
}

static void op_move(struct history_actor *a)
{
  struct place p;
  if (!some_place(a, &p) || thing_of(p.object)->head.aux != THING_WIDE) return;
  uint32_t length = thing_length(p.object);
  uint32_t n = 1 + below(a, length);
  move(a, &p, below(a, length - n + 1), below(a, length - n + 1), n);
}

static void op_clear_range(struct history_actor *a)
{
  struct place p;
  if (!some_place(a, &p)) return;
  uint32_t n = below(a, thing_length(p.object) - p.index + 1);
  wane_array_clear(a->m, p.object, p.slot, n);
  for (uint32_t i = 0; i < n; i++) p.model[i] = 0;
}

static void op_drop(struct history_actor *a)
{
  history_set_root(a, any_root(a), NULL, 0);
}

static void op_copy_root(struct history_actor *a)
{
  uint32_t from = any_root(a), to = any_root(a);
  history_set_root(a, to, history_root(a, from), id_of_root(a, from));
}

static uint32_t *model_handle(struct history_actor *a, uint32_t i)
{
  return &a->h->model.roots[a->h->threads * HISTORY_ROOTS + i];
}

static void op_handle_set(struct history_actor *a)
{
  uint32_t i = below(a, HISTORY_HANDLES), from = any_root(a);
  wane_handle_set(a->m, a->h->handle[i], history_root(a, from));
  *model_handle(a, i) = id_of_root(a, from);
}

static void op_handle_get(struct history_actor *a)
{
  uint32_t i = below(a, HISTORY_HANDLES);
  wane_ref o = wane_handle_get(a->h->handle[i]);
  CHECK_EQ(&world_log, world_id(o), *model_handle(a, i));
  history_set_root(a, any_root(a), o, *model_handle(a, i));
}

static void op_handle_renew(struct history_actor *a)
{
  uint32_t i = below(a, HISTORY_HANDLES), from = any_root(a);
  struct wane_handle *old = a->h->handle[i];
  a->h->handle[i] = wane_handle_new(a->m, history_root(a, from));
  *model_handle(a, i) = id_of_root(a, from);
  wane_handle_free(a->m, old);
}

// A ring of pairs behind root `to`; the thread may be interrupted anywhere.
static void op_ring(struct history_actor *a)
{
  uint32_t n = 1 + below(a, 5);
  uint32_t to = 0;
  WANE_ROOTS(a->m, r, 2); // first and last of the chain
  uint32_t first = 0, last = 0;
  for (uint32_t i = 0; i < n; i++) {
    wane_ref o = world_new(a->m, below(a, 2) ? THING_PAIR : THING_TRACED, 0);
    if (!CHECK(&world_log, o != NULL)) return;
    uint32_t id = (uint32_t)thing_of(o)->id;
    model_add(&a->h->model, id, THING_FIXED);
    if (i) {
      wane_store(a->m, o, thing_slot(o, 1), r[1]);
      *model_slot(&a->h->model, id, 1) = last;
    } else {
      r[0] = o;
      first = id;
    }
    r[1] = o;
    last = id;
  }
  wane_store(a->m, r[0], thing_slot(r[0], 1), r[1]);
  *model_slot(&a->h->model, first, 1) = last;
  to = any_root(a);
  if (below(a, 2)) history_set_root(a, to, r[0], first);
}

static void op_safepoint(struct history_actor *a)
{
  wane_safepoint(a->m);
}

static void op_blink(struct history_actor *a)
{
  wane_detach(a->m);
  wane_attach(a->m);
}

static void op_collect(struct history_actor *a)
{
  if (below(a, 16)) return;
  wane_collect(a->m);
  history_check(a, true);
}

static void op_check(struct history_actor *a)
{
  if (below(a, 16) == 0) history_check(a, false);
}

void history_operate(struct history_actor *a)
{
  static void (*const operations[])(struct history_actor *) = {
      op_create,      op_create,       op_create_filled, op_create_filled,
      op_store,       op_store,        op_store,         op_store,
      op_store,       op_clear,        op_clear,         op_self_edge,
      op_load,        op_load,         op_load,          op_load,
      op_exchange,    op_exchange,     op_compare_exchange,
      op_compare_exchange,             op_move,          op_clear_range,
      op_drop,        op_drop,         op_drop,          op_copy_root,
      op_handle_set,  op_handle_get,   op_handle_renew,  op_ring,
      op_safepoint,   op_blink,        op_collect,       op_check,
  };
  uint32_t n = sizeof operations / sizeof operations[0];
  operations[below(a, n)](a);
}
