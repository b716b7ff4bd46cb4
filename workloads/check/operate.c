// operate.c: the operations of a history, on the heap and on the model.
// SPDX-License-Identifier: MIT
//
// In turns the model does the same, and whatever is read must be what it says.
// When all act at once there is no model; then each reference that is read must
// lead to a living thing.

#include "histories.h"

#include <stdio.h>

// --- registers ---------------------------------------------------------------

static uint32_t *model_register(struct actor *a, uint32_t i)
{
  return &a->h->model.roots[a->index * PROGRAM_REGISTERS + i];
}

static uint32_t *model_handle(struct actor *a, uint32_t i)
{
  return &a->h->model
              .roots[a->h->run->mutators * PROGRAM_REGISTERS + i];
}

// What was read, and what the model says.
static void expect(struct actor *a, wane_ref o, uint32_t id, const char *what)
{
  struct history *h = a->h;
  char where[128];
  program_print(&h->program, (size_t)(a->operation - h->program.operations),
                where, sizeof where);
  uint64_t found = things_id(o, where);
  if (h->turns && found != id)
    things_fail("%s: %s is object %u, found %u", where, what, id,
                 (uint32_t)found);
}

wane_ref actor_get(struct actor *a, uint32_t i)
{
  return i < PROGRAM_STACK ? a->stack[i]
                           : atomic_load(&a->refs[i - PROGRAM_STACK]);
}

void actor_set(struct actor *a, uint32_t i, wane_ref o)
{
  if (i < PROGRAM_STACK)
    a->stack[i] = o;
  else
    atomic_store(&a->refs[i - PROGRAM_STACK], o);
}

// A register after it was checked.
static wane_ref get(struct actor *a, uint32_t i)
{
  wane_ref o = actor_get(a, i);
  expect(a, o, a->h->turns ? *model_register(a, i) : 0, "a register");
  return o;
}

static uint32_t id_of(struct actor *a, uint32_t i)
{
  return a->h->turns ? *model_register(a, i) : 0;
}

static void set(struct actor *a, uint32_t i, wane_ref o, uint32_t id)
{
  actor_set(a, i, o);
  if (a->h->turns) *model_register(a, i) = id;
}

// Slot n of the thing in register a; false if there is none.
struct place {
  wane_ref object;
  struct wane_slot *slot;
  uint32_t id, index, length;
};

static bool find(struct actor *a, const struct operation *o, struct place *p)
{
  p->object = get(a, o->a);
  if (!p->object) return false;
  p->id = id_of(a, o->a);
  p->length = thing_of(p->object)->head.length;
  if (!p->length) return false;
  p->index = o->n % p->length;
  p->slot = &thing_of(p->object)->slots[p->index];
  return true;
}

static uint32_t *model_at(struct actor *a, const struct place *p, uint32_t i)
{
  return model_slot(&a->h->model, p->id, i);
}

static uint32_t slot_id(struct actor *a, const struct place *p)
{
  return a->h->turns ? *model_at(a, p, p->index) : 0;
}

static void set_slot_id(struct actor *a, const struct place *p, uint32_t id)
{
  if (a->h->turns) *model_at(a, p, p->index) = id;
}

// --- operations --------------------------------------------------------------

static bool create(struct actor *a, uint32_t to, enum thing_kind kind,
                   uint32_t n)
{
  wane_ref o = things_new(a->m, kind, n);
  if (!o) return false;
  uint32_t id = (uint32_t)thing_of(o)->id;
  if (a->h->turns) model_add(&a->h->model, id, thing_of(o)->head.length);
  set(a, to, o, id);
  return true;
}

static bool fill(struct actor *a, const struct operation *o)
{
  if (!create(a, o->a, o->b, o->n)) return false;
  struct place p;
  if (!find(a, o, &p)) return true;
  for (p.index = 0; p.index < p.length; p.index++) {
    uint32_t from = (o->c + p.index * 5) % PROGRAM_REGISTERS;
    p.slot = &thing_of(p.object)->slots[p.index];
    wane_init(a->m, p.object, p.slot, get(a, from));
    set_slot_id(a, &p, id_of(a, from));
  }
  return true;
}

static void store(struct actor *a, const struct place *p, wane_ref value,
                  uint32_t id)
{
  wane_store(a->m, p->object, p->slot, value);
  set_slot_id(a, p, id);
}

static void fill_all(struct actor *a, const struct operation *o,
                     const struct place *p)
{
  struct place at = *p;
  wane_ref value = get(a, o->b);
  for (at.index = 0; at.index < p->length; at.index++) {
    at.slot = &thing_of(p->object)->slots[at.index];
    store(a, &at, value, id_of(a, o->b));
    if (at.index % 8 == 7) wane_safepoint(a->m); // the pool may be small
  }
}

static void load(struct actor *a, const struct operation *o,
                 const struct place *p)
{
  wane_ref value = wane_load(p->slot);
  expect(a, value, slot_id(a, p), "the slot");
  set(a, o->b, value, slot_id(a, p));
}

static void exchange(struct actor *a, const struct operation *o,
                     const struct place *p)
{
  uint32_t old_id = slot_id(a, p);
  wane_ref old = wane_exchange(a->m, p->object, p->slot, get(a, o->b));
  set_slot_id(a, p, id_of(a, o->b));
  expect(a, old, old_id, "what was exchanged");
  set(a, o->b, old, old_id);
}

static void compare(struct actor *a, const struct operation *o,
                    const struct place *p)
{
  wane_ref was = get(a, o->b);
  bool did = wane_compare_exchange(a->m, p->object, p->slot, &was,
                                   get(a, o->c));
  if (!did) {
    expect(a, was, slot_id(a, p), "what was compared");
    return;
  }
  if (a->h->turns && slot_id(a, p) != id_of(a, o->b))
    things_fail("a comparison of different objects succeeded");
  set_slot_id(a, p, id_of(a, o->c));
}

// `n` slots move by some distance; what they come to cover must be empty.
static void move(struct actor *a, const struct operation *o,
                 const struct place *p)
{
  if (thing_of(p->object)->head.aux != THING_WIDE) return;
  uint32_t n = 1 + (o->n >> 8) % p->length, room = p->length - n + 1;
  uint32_t to = (o->n >> 16) % room, from = (o->n >> 24) % room;
  struct wane_slot *slots = thing_of(p->object)->slots;
  for (uint32_t i = to; i < to + n; i++) {
    if (i >= from && i < from + n) continue;
    wane_store(a->m, p->object, &slots[i], NULL);
    *model_at(a, p, i) = 0;
  }
  wane_array_move(a->m, p->object, &slots[to], &slots[from], n);
  for (uint32_t k = 0; k < n && to != from; k++) {
    uint32_t i = to < from ? k : n - 1 - k;
    *model_at(a, p, to + i) = *model_at(a, p, from + i);
    *model_at(a, p, from + i) = 0;
  }
  for (uint32_t i = 0; i < p->length; i++)
    expect(a, wane_load(&slots[i]), *model_at(a, p, i), "a slot that moved");
}

static void clear_range(struct actor *a, const struct operation *o,
                        const struct place *p)
{
  uint32_t n = (o->n >> 16) % (p->length - p->index + 1);
  wane_array_clear(a->m, p->object, p->slot, n);
  for (uint32_t i = 0; i < n; i++) *model_at(a, p, p->index + i) = 0;
}

// Pairs, each of which refers to the one before, and the first to the last.
static bool ring(struct actor *a, const struct operation *o)
{
  WANE_ROOTS(a->m, r, 2); // first and last
  uint32_t first = 0, last = 0;
  for (uint32_t i = 0; i < o->n; i++) {
    wane_ref new = things_new(a->m, i % 2 ? THING_TRACED : THING_PAIR, 0);
    if (!new) return false;
    uint32_t id = (uint32_t)thing_of(new)->id;
    if (a->h->turns) model_add(&a->h->model, id, THING_FIXED);
    struct place p = {new, &thing_of(new)->slots[1], id, 1, THING_FIXED};
    if (i)
      store(a, &p, r[1], last);
    else
      r[0] = new, first = id;
    r[1] = new;
    last = id;
  }
  struct place p = {r[0], &thing_of(r[0])->slots[1], first, 1, THING_FIXED};
  store(a, &p, r[1], last);
  if (o->b % 2) set(a, o->a, r[0], first);
  return true;
}

// --- other threads -----------------------------------------------------------

struct guest {
  struct history *h;
  uint32_t handle, id;
  bool stored;
};

// A thread that lives for one store into what another has made.
static void *visit(void *argument)
{
  struct guest *g = argument;
  struct wane_mutator *m = wane_thread_start("guest");
  if (!m) return NULL;
  {
    WANE_ROOTS(m, r, 2);
    r[0] = wane_handle_get(g->h->handle[g->handle]);
    if (things_id(r[0], "a guest") && thing_of(r[0])->head.length) {
      r[1] = things_new(m, THING_PAIR, 0);
      if (r[1]) {
        g->id = (uint32_t)thing_of(r[1])->id;
        wane_store(m, r[0], &thing_of(r[0])->slots[0], r[1]);
        g->stored = true;
      }
    }
  }
  wane_thread_exit(m);
  return NULL;
}

static void receive_guest(struct actor *a, const struct operation *o)
{
  struct guest g = {.h = a->h, .handle = o->n % PROGRAM_HANDLES};
  pthread_t thread;
  wane_detach(a->m);
  bool came = pthread_create(&thread, NULL, visit, &g) == 0;
  if (came) pthread_join(thread, NULL);
  wane_attach(a->m);
  if (!a->h->turns || !g.id) return;
  model_add(&a->h->model, g.id, THING_FIXED);
  if (g.stored)
    *model_slot(&a->h->model, *model_handle(a, g.handle), 0) = g.id;
}

static void handle_get(struct actor *a, const struct operation *o)
{
  uint32_t i = o->n % PROGRAM_HANDLES;
  uint32_t id = a->h->turns ? *model_handle(a, i) : 0;
  wane_ref value = wane_handle_get(a->h->handle[i]);
  expect(a, value, id, "the handle");
  set(a, o->a, value, id);
}

static bool handle_set(struct actor *a, const struct operation *o)
{
  uint32_t i = o->n % PROGRAM_HANDLES;
  struct wane_handle *old = a->h->handle[i];
  if (o->op == OP_HANDLE_NEW) {
    struct wane_handle *new = wane_handle_new(a->m, get(a, o->a));
    if (!new) return false;
    a->h->handle[i] = new;
    wane_handle_free(a->m, old);
  } else {
    wane_handle_set(a->m, old, get(a, o->a));
  }
  if (a->h->turns) *model_handle(a, i) = id_of(a, o->a);
  return true;
}

// --- weak cells --------------------------------------------------------------

static bool weak_new(struct actor *a, const struct operation *o)
{
  struct history *h = a->h;
  uint32_t i = o->n % PROGRAM_CELLS;
  wane_ref target = get(a, o->a);
  if (!target || thing_of(target)->head.aux != THING_WEAK) return true;
  if (h->cell[i]) wane_weak_free(a->m, h->cell[i]);
  h->cell[i] = wane_weak_new(a->m, target, NULL, NULL);
  h->cell_id[i] = id_of(a, o->a);
  h->cell_gone[i] = false;
  return h->cell[i];
}

// Garbage may be gone or not; but once it is, for ever.
static void weak_get(struct actor *a, const struct operation *o)
{
  struct history *h = a->h;
  uint32_t i = o->n % PROGRAM_CELLS;
  if (!h->cell[i]) return;
  wane_ref target = wane_weak_get(a->m, h->cell[i]);
  if (target && h->cell_gone[i])
    things_fail("a weak cell of object %u gave NULL, and then %u",
                 h->cell_id[i], (uint32_t)things_id(target, "a weak cell"));
  if (!target) {
    model_judge(&h->model);
    if (h->model.objects[h->cell_id[i]].reachable)
      things_fail("a weak cell gives NULL, but object %u is reachable",
                   h->cell_id[i]);
    h->cell_gone[i] = true;
  }
  if (target) expect(a, target, h->cell_id[i], "the weak cell's object");
  set(a, o->a, target, target ? h->cell_id[i] : 0);
}

// -----------------------------------------------------------------------------

static bool operate_on_slot(struct actor *a, const struct operation *o)
{
  struct place p;
  if (!find(a, o, &p)) return true;
  switch (o->op) {
  case OP_STORE: store(a, &p, get(a, o->b), id_of(a, o->b)); break;
  case OP_CLEAR: store(a, &p, NULL, 0); break;
  case OP_SELF: store(a, &p, p.object, p.id); break;
  case OP_FILL: fill_all(a, o, &p); break;
  case OP_LOAD: load(a, o, &p); break;
  case OP_EXCHANGE: exchange(a, o, &p); break;
  case OP_COMPARE: compare(a, o, &p); break;
  case OP_MOVE: move(a, o, &p); break;
  case OP_CLEAR_RANGE: clear_range(a, o, &p); break;
  }
  return true;
}

bool history_operate(struct actor *a, const struct operation *o)
{
  a->operation = o;
  switch (o->op) {
  case OP_NEW: return create(a, o->a, o->b, o->n);
  case OP_NEW_FILLED: return fill(a, o);
  case OP_DROP: set(a, o->a, NULL, 0); return true;
  case OP_COPY: set(a, o->b, get(a, o->a), id_of(a, o->a)); return true;
  case OP_HANDLE_SET:
  case OP_HANDLE_NEW: return handle_set(a, o);
  case OP_HANDLE_GET: handle_get(a, o); return true;
  case OP_RING: return ring(a, o);
  case OP_GUEST: receive_guest(a, o); return true;
  case OP_WEAK_NEW: return weak_new(a, o);
  case OP_WEAK_GET: weak_get(a, o); return true;
  case OP_SAFEPOINT: wane_safepoint(a->m); return true;
  case OP_BLINK: wane_detach(a->m), wane_attach(a->m); return true;
  case OP_COLLECT:
    wane_collect(a->m);
    if (a->h->turns) history_judge(a->h, true, "after a collection");
    return true;
  default: return operate_on_slot(a, o);
  }
}
