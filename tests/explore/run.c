// run.c: one program under one schedule, from start to the last check.
// SPDX-License-Identifier: MIT
//
// Every object knows its number and has a canary, and a table beside the heap
// knows which have died. What is checked, at each step: an object that a
// thread looks at is alive; an object that dies is in no thread's roots; one
// whose weak reference was read as NULL is never seen again; none dies or is
// finalized twice. At the end: everything that can be reached is alive, and
// when all is let go all of it dies. The runtime's own checks and its verifier
// are on as well.

#include "run.h"

#include "cycle.h"
#include "pressure.h"
#include "round.h"

#include <wane/wane.h>

#include <string.h>

#define THINGS (1 << 14)

// Anchors beside the operations'.
enum { BETWEEN = 0x10000, AFTER, END };

#define BIG (128u << 10)  // bytes of a large object
#define HUGE (48u << 20)  // bytes of one that is several slices of a sweep
#define RETIRED 1024
#define ANSWER_TURNS 40   // given away for a handshake to come
#define EACH_COLLECTOR(X)                                                      \
  X(rc) X(trial_deletion) X(trial_deletion_stw) X(cpython)                     \
  X(concurrent_mark_sweep) X(satb_mark_sweep) X(mark_sweep_stw)

// Linked under names of their own (explore.cmake).
#define X(name) extern const struct wane_collector explore_##name;
EACH_COLLECTOR(X)
#undef X

struct thing {
  struct wane_array head;
  uint32_t id, canary;
  struct wane_slot slots[];
};

struct actor {
  const struct op_list *list;
  struct wane_mutator *m;
  wane_ref *roots;
  pthread_t pthread;
  char name[8];
  uint32_t outruns; // large objects in a row, beyond all room
  uint64_t rounds;  // ended, when it allocated the last one
};

static struct {
  const struct program *program;
  const struct wane_type *types[THING_KINDS];
  struct wane_handle *handles[PROGRAM_HANDLES];
  struct wane_weak *cells[PROGRAM_CELLS];
  uint32_t cell_of[PROGRAM_CELLS]; // the number of the cell's object
  struct wane_weak *retired[RETIRED]; // for the end
  uint32_t n_retired;
  struct wane_ephemeron *ephemerons[PROGRAM_EPHEMERONS];
  struct actor actors[PROGRAM_THREADS];
  bool dead[THINGS], finalized[THINGS], vanished[THINGS];
  wane_ref objects[THINGS]; // valid while not dead
  uint32_t born, died;
  uint64_t rounds, since; // bytes of large objects since so many had ended
  pthread_mutex_t arrays; // held by who writes to a WIDE thing
} run = {.arrays = PTHREAD_MUTEX_INITIALIZER};

const struct wane_collector *run_collector(const char *name)
{
#define X(collector)                                                           \
  if (!strcmp(name, #collector)) return &explore_##collector;
  EACH_COLLECTOR(X)
#undef X
  return NULL;
}

#define FAIL(...) sched_fail(SCHED_FAILED, __VA_ARGS__)

// --- things ------------------------------------------------------------------

static struct thing *thing_of(wane_ref o)
{
  return (struct thing *)(void *)o;
}

static uint32_t canary_of(uint32_t id)
{
  return id * 2654435761u ^ 0x57616e65u;
}

static void look(wane_ref o, const char *who, const char *what)
{
  struct thing *t = thing_of(o);
  if (!o) return;
  if (!t->id || t->id >= THINGS || t->canary != canary_of(t->id))
    FAIL("%s: %s is no object", who, what);
  if (run.dead[t->id])
    FAIL("%s: %s is object %u, which was freed", who, what, t->id);
  if (run.vanished[t->id])
    FAIL("%s: %s is object %u, but its weak reference was NULL already", who,
         what, t->id);
}

// Which actor has the object in a root?
static const struct actor *holder_of(uint32_t id)
{
  for (uint32_t i = 0; i < PROGRAM_THREADS; i++)
    for (uint32_t r = 0; run.actors[i].roots && r < PROGRAM_ROOTS; r++) {
      wane_ref o = run.actors[i].roots[r];
      if (o && thing_of(o)->id == id) return &run.actors[i];
    }
  return NULL;
}

static void on_death(wane_ref o)
{
  struct thing *t = thing_of(o);
  if (!t->id || t->id >= THINGS || t->canary != canary_of(t->id))
    FAIL("something dies that is no object");
  if (run.dead[t->id]) FAIL("object %u dies twice", t->id);
  const struct actor *holder = holder_of(t->id);
  if (holder) FAIL("object %u dies in a root of %s", t->id, holder->name);
  run.dead[t->id] = true;
  run.died++;
}

static void on_finalize(struct wane_mutator *m, wane_ref o)
{
  look(o, "finalizer", "its object");
  uint32_t id = thing_of(o)->id;
  if (run.finalized[id]) FAIL("object %u is finalized twice", id);
  run.finalized[id] = true;
  sched_point('o', __builtin_return_address(0));
  wane_safepoint(m);
  sched_point('o', __builtin_return_address(0));
  if (run.program->resurrects) wane_handle_set(m, run.handles[2], o);
}

static void register_types(bool weak)
{
  enum { HEAD = sizeof(struct thing), WORD = sizeof(struct wane_slot) };
  static const uint32_t offsets[PROGRAM_SLOTS] = {HEAD, HEAD + WORD,
                                                  HEAD + 2 * WORD};
  struct wane_type_spec pair = {.name = "pair",
                                .size = HEAD + PROGRAM_SLOTS * WORD,
                                .n_refs = PROGRAM_SLOTS,
                                .ref_offsets = offsets,
                                .death = on_death};
  struct wane_type_spec specs[THING_KINDS] = {
      [THING_PAIR] = pair,
      [THING_WIDE] = {.name = "wide",
                      .size = HEAD,
                      .array_offset = HEAD,
                      .death = on_death},
      [THING_LEAF] = {.name = "leaf",
                      .size = HEAD,
                      .acyclic = true,
                      .death = on_death},
      [THING_WEAK] = pair,
      [THING_FINAL] = pair,
  };
  specs[THING_WEAK].name = "weak";
  specs[THING_WEAK].weakable = weak;
  specs[THING_FINAL].name = "final";
  specs[THING_FINAL].weakable = weak;
  if (weak) specs[THING_FINAL].finalize = on_finalize;
  for (int i = 0; i < THING_KINDS; i++)
    if (wane_type_register(&specs[i], &run.types[i]))
      FAIL("the type %s was refused", specs[i].name);
}

static wane_ref new_thing(struct wane_mutator *m, uint32_t kind, uint32_t slots,
                          size_t tail)
{
  wane_ref o = kind == THING_WIDE
                   ? wane_alloc_array(m, run.types[kind], slots, tail)
                   : wane_alloc(m, run.types[kind]);
  if (!o) FAIL("out of memory");
  struct thing *t = thing_of(o);
  t->id = ++run.born;
  if (t->id >= THINGS) FAIL("more than %d objects", THINGS);
  t->canary = canary_of(t->id);
  run.objects[t->id] = o;
  t->head.aux = kind;
  if (kind != THING_WIDE)
    t->head.length = kind == THING_LEAF ? 0 : PROGRAM_SLOTS;
  for (uint32_t i = 0; i < t->head.length; i++)
    if (wane_load(&t->slots[i])) FAIL("slot %u of a new object is in use", i);
  return o;
}

// --- operations --------------------------------------------------------------

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
  if (array) pthread_mutex_lock(&run.arrays);
  if (compared) {
    wane_ref expected = wane_load(s);
    (void)wane_compare_exchange(a->m, into, s, &expected, o);
  } else {
    wane_store(a->m, into, s, o);
  }
  if (array) pthread_mutex_unlock(&run.arrays);
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
  pthread_mutex_lock(&run.arrays);
  // What is moved into must be NULL or part of what is moved.
  wane_store(a->m, array, &s[how == 0 ? 2 : to[how]], NULL);
  wane_array_move(a->m, array, &s[to[how]], &s[from[how]], n);
  pthread_mutex_unlock(&run.arrays);
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
    pthread_mutex_lock(&run.arrays);
    wane_store(a->m, array, &thing_of(array)->slots[i], o[0]);
    pthread_mutex_unlock(&run.arrays);
  }
}

static void wipe(struct actor *a, wane_ref array)
{
  if (!is_wide(array)) return;
  look(array, a->name, "the array that it clears");
  pthread_mutex_lock(&run.arrays);
  wane_array_clear(a->m, array, thing_of(array)->slots,
                   thing_of(array)->head.length);
  pthread_mutex_unlock(&run.arrays);
}

// Until it has answered so many handshakes, or nobody asks.
static void answer(struct actor *a, uint32_t n)
{
  uint64_t until = a->m->counts.safepoint_slow + n;
  for (uint32_t i = 0; i < ANSWER_TURNS * n; i++) {
    wane_safepoint(a->m);
    if (a->m->counts.safepoint_slow >= until) return;
    sched_yield_turn();
  }
}

static uint32_t cell_number(const struct actor *a, uint32_t cell)
{
  if (cell < PROGRAM_SHARED_CELLS) return cell;
  return PROGRAM_SHARED_CELLS + (uint32_t)(a - run.actors);
}

static void weak_new(struct actor *a, uint32_t cell, wane_ref o)
{
  if (!is_weakable(o)) return;
  uint32_t i = cell_number(a, cell);
  struct wane_weak *new = wane_weak_new(a->m, o, NULL, NULL);
  // Somebody may be reading the old one.
  if (run.cells[i] && run.n_retired < RETIRED)
    run.retired[run.n_retired++] = run.cells[i];
  run.cells[i] = new;
  run.cell_of[i] = thing_of(o)->id;
}

static wane_ref weak_get(struct actor *a, uint32_t cell)
{
  uint32_t i = cell_number(a, cell);
  if (!run.cells[i]) return NULL;
  uint32_t id = run.cell_of[i];
  wane_ref o = wane_weak_get(a->m, run.cells[i]);
  look(o, a->name, "what a weak reference gives");
  if (o || run.cell_of[i] != id) return o;
  const struct actor *holder = holder_of(id);
  if (holder)
    FAIL("%s: the weak reference of object %u is NULL, but %s has it in a root",
         a->name, id, holder->name);
  run.vanished[id] = true;
  return NULL;
}

// The program frees none before its end, so they may be read at any time.
static void ephemeron_new(struct actor *a, uint32_t i, wane_ref key,
                          wane_ref value)
{
  if (!is_weakable(key) || run.ephemerons[i]) return;
  run.ephemerons[i] = wane_ephemeron_new(a->m, key, value);
}

static wane_ref ephemeron_get(struct actor *a, uint32_t i)
{
  if (!run.ephemerons[i]) return NULL;
  wane_ref o = wane_ephemeron_get(a->m, run.ephemerons[i]);
  look(o, a->name, "what an ephemeron gives");
  return o;
}

static void ephemeron_set(struct actor *a, uint32_t i, wane_ref value)
{
  if (run.ephemerons[i])
    (void)wane_ephemeron_set(a->m, run.ephemerons[i], value);
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
    if (ended != run.rounds) run.since = 0;
    a->outruns = before && outruns_a_cycle() && ended == a->rounds
                     ? a->outruns + 1
                     : 0;
    a->rounds = ended;
    if (a->outruns >= 3)
      FAIL("%s: a cycle is outrun, and nobody waits for a round", a->name);
    run.rounds = ended;
    run.since += BIG;
    if (run.program->young && wane__round_counts() &&
        run.since > 32 * (uint64_t)run.program->young +
                        2 * PROGRAM_THREADS * (uint64_t)BIG)
      FAIL("%s: %u KiB allocated, and no round has ended", a->name,
           (unsigned)(run.since >> 10));
  }
}

static void operate(struct actor *a, const struct op *op)
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
    r[op->a] = wane_handle_get(run.handles[op->b]);
    look(r[op->a], a->name, "what a handle gives");
    break;
  case OP_HSET: wane_handle_set(a->m, run.handles[op->a], r[op->b]); break;
  case OP_HCLEAR: wane_handle_set(a->m, run.handles[op->a], NULL); break;
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
  case OP_ANSWER: answer(a, op->a); break;
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

// `then`: what names the decisions that come after them.
static void act(struct actor *a, const struct op_list *list, uint32_t times,
                uint32_t then)
{
  for (uint32_t turn = 0; turn < times; turn++)
    for (uint32_t i = 0; i < list->n; i++) {
      sched_anchor(PROGRAM_ANCHOR(turn, list->ops[i].id));
      sched_point('o', __builtin_return_address(0));
      operate(a, &list->ops[i]);
      if (!list->ops[i].quiet) wane_safepoint(a->m);
    }
  sched_anchor(then);
}

static void *live(void *argument)
{
  struct actor *a = argument;
  sched_anchor(0);
  a->m = wane_thread_start(a->name);
  if (!a->m) return NULL; // it may be refused while no log chunk can be had
  {
    WANE_ROOTS(a->m, roots, PROGRAM_ROOTS);
    a->roots = roots;
    act(a, a->list, run.program->times, AFTER);
    a->roots = NULL;
  }
  wane_thread_exit(a->m);
  return NULL;
}

// --- the whole ---------------------------------------------------------------

static void push(wane_ref *stack, uint32_t *n, wane_ref o, bool *seen)
{
  look(o, "at the end", "what can be reached");
  if (!o || seen[thing_of(o)->id]) return;
  seen[thing_of(o)->id] = true;
  stack[(*n)++] = o;
}

// What can be reached from `o` and was not seen yet; each is looked at.
static void reach(wane_ref o, bool *seen)
{
  static wane_ref stack[THINGS]; // each comes onto it once
  uint32_t n = 0;
  push(stack, &n, o, seen);
  while (n) {
    struct thing *t = thing_of(stack[--n]);
    for (uint32_t i = 0; i < t->head.length; i++)
      push(stack, &n, wane_load(&t->slots[i]), seen);
  }
}

static void look_at_all(struct actor *a)
{
  static bool seen[THINGS];
  for (uint32_t i = 0; i < PROGRAM_ROOTS; i++) reach(a->roots[i], seen);
  for (uint32_t i = 0; i < PROGRAM_HANDLES; i++)
    reach(wane_handle_get(run.handles[i]), seen);
}

// What a saturated count has made immortal is no leak, nor what it holds.
static void look_for_leaks(struct wane_mutator *m)
{
  static bool excused[THINGS];
  for (uint32_t id = 1; id <= run.born; id++)
    if (!run.dead[id] &&
        atomic_load(&run.objects[id]->own) & WANE_IMMORTAL)
      reach(run.objects[id], excused);
  // An ephemeron's value is held by its key; and the next one's by that.
  for (uint32_t i = 0; i < PROGRAM_EPHEMERONS * PROGRAM_EPHEMERONS; i++) {
    struct wane_ephemeron *e = run.ephemerons[i % PROGRAM_EPHEMERONS];
    wane_ref key = e ? wane_ephemeron_key(m, e) : NULL;
    if (key && excused[thing_of(key)->id])
      reach(wane_ephemeron_get(m, e), excused);
  }
  for (uint32_t id = 1; id <= run.born; id++)
    if (!run.dead[id] && !excused[id])
      FAIL("leak: object %u of %u is left after a collection at the end", id,
           run.born);
}

static void let_go(struct actor *a, const struct wane_collector *collector)
{
  struct wane_mutator *m = a->m;
  memset(a->roots, 0, PROGRAM_ROOTS * sizeof *a->roots);
  for (uint32_t turn = 0; turn < 3; turn++) { // finalizers may bring some back
    for (uint32_t i = 0; i < PROGRAM_HANDLES; i++)
      wane_handle_set(m, run.handles[i], NULL);
    wane_collect(m);
    wane_finalizers_wait(m);
  }
  if (collector->claims & WANE_CLAIM_COMPLETE) look_for_leaks(m);
  for (uint32_t i = 0; i < PROGRAM_CELLS; i++)
    if (run.cells[i]) wane_weak_free(m, run.cells[i]);
  for (uint32_t i = 0; i < run.n_retired; i++)
    wane_weak_free(m, run.retired[i]);
  for (uint32_t i = 0; i < PROGRAM_EPHEMERONS; i++)
    if (run.ephemerons[i]) wane_ephemeron_free(m, run.ephemerons[i]);
  for (uint32_t i = 0; i < PROGRAM_HANDLES; i++)
    wane_handle_free(m, run.handles[i]);
}

static void run_main(struct actor *a, const struct wane_collector *collector)
{
  const struct program *p = run.program;
  WANE_ROOTS(a->m, roots, PROGRAM_ROOTS);
  a->roots = roots;
  for (uint32_t i = 0; i < PROGRAM_HANDLES; i++)
    run.handles[i] = wane_handle_new(a->m, NULL);
  act(a, &p->lists[0], 1, BETWEEN);
  sched_arm(true);
  for (uint32_t i = 1; i < PROGRAM_THREADS; i++) {
    struct actor *other = &run.actors[i];
    other->list = &p->lists[i + 1];
    snprintf(other->name, sizeof other->name, "%c", 'A' + (char)i - 1);
    if (other->list->n && pthread_create(&other->pthread, NULL, live, other))
      FAIL("no thread");
  }
  act(a, &p->lists[1], p->times, AFTER);
  for (uint32_t i = 1; i < PROGRAM_THREADS; i++) {
    if (!run.actors[i].list->n) continue;
    wane_detach(a->m);
    pthread_join(run.actors[i].pthread, NULL);
    wane_attach(a->m);
  }
  sched_arm(false);
  sched_anchor(END);
  look_at_all(a);
  let_go(a, collector);
  a->roots = NULL;
}

_Noreturn void run_program(const struct program *p,
                           const struct sched_setup *setup)
{
  static const char *const pacings[] = {NULL, "go,least=1m,step=1m"};
  char error[256];
  const struct wane_collector *collector = run_collector(p->collector);
  struct wane_config config = {.collector = collector,
                               .collector_options = p->options,
                               .pacing = pacings[p->pacing % 2],
                               .round_ms = UINT64_MAX,
                               .young_bytes = p->young,
                               .workers = p->workers,
                               .verify = p->verify,
                               .log_chunk = p->log_chunk,
                               .local_limit = p->local_limit,
                               .shared_limit = p->shared_limit,
                               .stress_alloc = p->stress_alloc,
                               .mark_slice = p->mark_slice,
                               .mark_bytes = p->mark_bytes,
                               .log_pool_bytes = p->log_pool,
                               .heap_limit = (uint64_t)256 << 20,
                               .event_ring = 16};
  run.program = p;
  sched_start(setup);
  if (!collector) FAIL("no collector is called %s", p->collector);
  if (wane_start(&config, error, sizeof error)) FAIL("%s", error);
  register_types(collector->claims & WANE_CLAIM_WEAK);
  struct actor *a = &run.actors[0];
  snprintf(a->name, sizeof a->name, "main");
  a->m = wane_thread_start(a->name);
  if (!a->m) FAIL("no thread");
  run_main(a, collector);
  wane_thread_exit(a->m);
  wane_stop();
  sched_pass();
}
