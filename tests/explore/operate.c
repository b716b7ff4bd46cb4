// operate.c: what the operations of a program do.
// SPDX-License-Identifier: MIT

#include "world.h"

#include "cycle.h"
#include "pressure.h"
#include "round.h"

#define BIG (128u << 10) // bytes of a large object
#define HUGE (48u << 20) // bytes of one that is several slices of a sweep
#define ANSWER_TURNS 40  // given away for a handshake to come

static bool has_slots(wane_ref o)
{
  return o && thing_of(o)->head.length;
}

// Slots are named 0 to 2; other names are the last one's.
static struct wane_slot *slot_of(wane_ref o, uint32_t slot)
{
  uint32_t last = thing_of(o)->head.length - 1;
  return &thing_of(o)->slots[slot < PROGRAM_SLOTS ? slot : last];
}

static bool is_weakable(wane_ref o)
{
  return o && (thing_of(o)->head.aux == THING_WEAK ||
               thing_of(o)->head.aux == THING_FINAL);
}

static void store(struct actor *a, wane_ref into, uint32_t slot, wane_ref o,
                  bool compared)
{
  if (!has_slots(into)) return;
  struct wane_slot *s = slot_of(into, slot);
  bool array = thing_of(into)->head.aux == THING_WIDE;
  look(into, a->name, "what it stores into");
  look(o, a->name, "what it stores");
  if (array) pthread_mutex_lock(&world.arrays);
  if (compared) {
    wane_ref expected = wane_load(s);
    (void)wane_compare_exchange(a->m, into, s, &expected, o);
  } else {
    wane_store(a->m, into, s, o);
  }
  if (array) pthread_mutex_unlock(&world.arrays);
}

static bool is_wide(wane_ref o)
{
  return o && thing_of(o)->head.aux == THING_WIDE;
}

static void move(struct actor *a, wane_ref array, uint32_t how)
{
  if (!is_wide(array)) return;
  look(array, a->name, "the array in which it moves");
  struct wane_slot *s = thing_of(array)->slots;
  uint32_t last = thing_of(array)->head.length - 1;
  uint32_t to[] = {1, 0, 0, last}, from[] = {0, 1, last, 0};
  uint32_t n = how < 2 ? 2 : 1;
  how %= 4;
  pthread_mutex_lock(&world.arrays);
  // What is moved into must be NULL or part of what is moved.
  wane_store(a->m, array, &s[how == 0 ? 2 : to[how]], NULL);
  wane_array_move(a->m, array, &s[to[how]], &s[from[how]], n);
  pthread_mutex_unlock(&world.arrays);
}

static wane_ref new_pair(struct actor *a, wane_ref behind)
{
  wane_ref o = new_thing(a->m, THING_PAIR, 0, 0);
  if (behind) wane_init(a->m, o, &thing_of(o)->slots[0], behind);
  return o;
}

// Not found by a safepoint on the way: the pairs are in no root.
static void fill(struct actor *a, wane_ref array, uint32_t behind)
{
  if (!is_wide(array)) return;
  for (uint32_t i = 0; i < thing_of(array)->head.length; i++) {
    WANE_ROOTS(a->m, o, 1);
    for (uint32_t n = 0; n <= behind; n++) o[0] = new_pair(a, o[0]);
    pthread_mutex_lock(&world.arrays);
    wane_store(a->m, array, &thing_of(array)->slots[i], o[0]);
    pthread_mutex_unlock(&world.arrays);
  }
}

static void wipe(struct actor *a, wane_ref array)
{
  if (!is_wide(array)) return;
  look(array, a->name, "the array that it clears");
  pthread_mutex_lock(&world.arrays);
  wane_array_clear(a->m, array, thing_of(array)->slots,
                   thing_of(array)->head.length);
  pthread_mutex_unlock(&world.arrays);
}

void answer(struct wane_mutator *m, uint32_t n)
{
  uint64_t until = m->counts.safepoint_slow + n;
  for (uint32_t i = 0; i < ANSWER_TURNS * n; i++) {
    wane_safepoint(m);
    if (m->counts.safepoint_slow >= until) return;
    sched_yield_turn();
  }
}

static uint32_t cell_number(const struct actor *a, uint32_t cell)
{
  if (cell < PROGRAM_SHARED_CELLS) return cell;
  return PROGRAM_SHARED_CELLS + (uint32_t)(a - world.actors);
}

static void weak_new(struct actor *a, uint32_t cell, wane_ref o)
{
  if (!is_weakable(o)) return;
  uint32_t i = cell_number(a, cell);
  struct wane_weak *new = wane_weak_new(a->m, o, NULL, NULL);
  // Somebody may be reading the old one.
  if (world.cells[i] && world.n_retired < RETIRED)
    world.retired[world.n_retired++] = world.cells[i];
  world.cells[i] = new;
  world.cell_of[i] = thing_of(o)->id;
}

static wane_ref weak_get(struct actor *a, uint32_t cell)
{
  uint32_t i = cell_number(a, cell);
  if (!world.cells[i]) return NULL;
  uint32_t id = world.cell_of[i];
  wane_ref o = wane_weak_get(a->m, world.cells[i]);
  look(o, a->name, "what a weak reference gives");
  if (o || world.cell_of[i] != id) return o;
  const struct actor *holder = holder_of(id);
  if (holder)
    FAIL("%s: the weak reference of object %u is NULL, but %s has it in a root",
         a->name, id, holder->name);
  world.vanished[id] = true;
  return NULL;
}

// The program frees none before its end, so they may be read at any time.
static void ephemeron_new(struct actor *a, uint32_t i, wane_ref key,
                          wane_ref value)
{
  if (!is_weakable(key) || world.ephemerons[i]) return;
  world.ephemerons[i] = wane_ephemeron_new(a->m, key, value);
}

static wane_ref ephemeron_get(struct actor *a, uint32_t i)
{
  if (!world.ephemerons[i]) return NULL;
  wane_ref o = wane_ephemeron_get(a->m, world.ephemerons[i]);
  look(o, a->name, "what an ephemeron gives");
  return o;
}

static void ephemeron_set(struct actor *a, uint32_t i, wane_ref value)
{
  if (world.ephemerons[i])
    (void)wane_ephemeron_set(a->m, world.ephemerons[i], value);
}

// Past twice the room that a tracing cycle gets, who allocates waits each time
// until a round has ended (runtime/pressure.c); with three times there is no
// question of which bytes were told.
static bool outruns_a_cycle(void)
{
  return (!wane__round_counts() || wane__round_busy()) &&
         wane__cycle_overrun(wane__pressure_used()) >= 2;
}

// Who allocates faster than rounds end waits for one at the latest when there
// are 16 times young_bytes since the last began (runtime/pressure.c); so many
// before it began, as many until it ended, and one object for each thread.
static void outrun(struct actor *a, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++) {
    bool before = outruns_a_cycle();
    (void)new_thing(a->m, THING_WIDE, PROGRAM_SLOTS, BIG - 4096);
    uint64_t ended = wane__round_ended();
    if (ended != world.rounds) world.since = 0;
    a->outruns = before && outruns_a_cycle() && ended == a->rounds
                     ? a->outruns + 1
                     : 0;
    a->rounds = ended;
    if (a->outruns >= 3)
      FAIL("%s: a cycle is outrun, and nobody waits for a round", a->name);
    world.rounds = ended;
    world.since += BIG;
    if (world.program->young && wane__round_counts() &&
        world.since > 32 * (uint64_t)world.program->young +
                        2 * PROGRAM_THREADS * (uint64_t)BIG)
      FAIL("%s: %u KiB allocated, and no round has ended", a->name,
           (unsigned)(world.since >> 10));
  }
}

void operate(struct actor *a, const struct op *op)
{
  wane_ref *r = a->roots;
  switch (op->kind) {
  case OP_ALLOC:
    r[op->a] = new_thing(a->m, op->b, program_width(op->c), 0);
    break;
  case OP_LOAD:
    look(r[op->b], a->name, "what it loads from");
    r[op->a] = has_slots(r[op->b])
                   ? wane_load(slot_of(r[op->b], op->c))
                   : NULL;
    look(r[op->a], a->name, "what it loads");
    break;
  case OP_STORE: store(a, r[op->a], op->c, r[op->b], false); break;
  case OP_CAS: store(a, r[op->a], op->c, r[op->b], true); break;
  case OP_CLEAR: store(a, r[op->a], op->b, NULL, false); break;
  case OP_DROP: r[op->a] = NULL; break;
  case OP_COPY: r[op->a] = r[op->b]; break;
  case OP_HGET:
    r[op->a] = wane_handle_get(world.handles[op->b]);
    look(r[op->a], a->name, "what a handle gives");
    break;
  case OP_HSET: wane_handle_set(a->m, world.handles[op->a], r[op->b]); break;
  case OP_HCLEAR: wane_handle_set(a->m, world.handles[op->a], NULL); break;
  case OP_MOVE: move(a, r[op->a], op->b); break;
  case OP_WNEW: weak_new(a, op->a, r[op->b]); break;
  case OP_WGET: r[op->a] = weak_get(a, op->b); break;
  case OP_NAP:
    wane_detach(a->m);
    sched_point('o', __builtin_return_address(0));
    wane_attach(a->m);
    break;
  case OP_ASK: wane__round_request(WANE_CAUSE_STRESS); break;
  case OP_COLLECT: wane_collect(a->m); break;
  case OP_BURST:
    for (uint32_t i = 0; i < op->a; i++)
      (void)new_thing(a->m, op->b, PROGRAM_SLOTS, 0);
    break;
  case OP_LOOK: look(r[op->a], a->name, "its root"); break;
  case OP_BIG: outrun(a, op->a); break;
  case OP_ANSWER: answer(a->m, op->a); break;
  case OP_FILL: fill(a, r[op->a], op->b); break;
  case OP_WIPE: wipe(a, r[op->a]); break;
  case OP_CHAIN:
    for (uint32_t i = 0; i < op->b * 32u; i++)
      r[op->a] = new_pair(a, i ? r[op->a] : NULL);
    break;
  case OP_HUGE:
    r[op->a] = new_thing(a->m, THING_WIDE, PROGRAM_SLOTS, HUGE);
    break;
  case OP_ENEW: ephemeron_new(a, op->a, r[op->b], r[op->c]); break;
  case OP_EGET: r[op->a] = ephemeron_get(a, op->b); break;
  case OP_ESET: ephemeron_set(a, op->a, r[op->b]); break;
  default: wane_safepoint(a->m);
  }
}
