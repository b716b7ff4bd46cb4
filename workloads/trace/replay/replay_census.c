// replay_census.c: one walk that decides what a replay need not decide.
// SPDX-License-Identifier: MIT
//
// Which entry of which root set each root takes, and which is given back by
// whom, is settled here, in the canonical order: threads that run freely could
// not count the roots of an object together. A step is one such entry; a
// thread takes its steps one after the other, one at each ALLOC, ROOT, UNROOT
// and DROP, and one where the finaliser registry takes or gives back its root.
// Entries are given out lowest first, so that sets stay short.

#include "replay_census.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gct_roots.h"

// The entries of one root set.
struct places {
  uint64_t *used;
  size_t words, hint; // no free entry lies in a word before `hint`
  uint32_t *late;     // given back by others: free after the next barrier
  size_t n_late, room_late;
};

// What is known of a handle while the trace is walked through.
struct census_handle {
  uint32_t type, birth;
  uint8_t maker;   // mutator
  bool registered; // the finaliser registry has a root
  bool shown;      // was in a slot, or will be passed on
};

struct census {
  struct replay_plan *plan;
  const struct gct_relax *relax; // NULL unless order=relaxed
  bool many;                     // mutators that could be in each other's way
  struct census_handle *handles;
  struct gct_roots roots, registry;
  struct places places[GCT_MAX_THREADS], registry_places[GCT_MAX_THREADS];
  size_t room[GCT_MAX_THREADS], limbo[GCT_MAX_THREADS];
  uint64_t seq[GCT_MAX_THREADS], slice[GCT_MAX_THREADS]; // its first seq
  struct gct_event before[GCT_MAX_THREADS];
  uint32_t births, thread, mutator; // of the event at hand
  const char *why;                  // what is too much
};

static void raise_to(size_t *most, size_t n)
{
  if (*most < n) *most = n;
}

// ---- entries

// Returns the lowest free entry, or GCT_NIL without memory.
static uint32_t place_take(struct places *places)
{
  size_t word = places->hint;
  while (word < places->words && places->used[word] == UINT64_MAX) word++;
  places->hint = word;
  if (word == places->words) {
    size_t words = 2 * places->words + 4;
    uint64_t *grown = realloc(places->used, words * sizeof *grown);
    if (!grown) return GCT_NIL;
    memset(grown + word, 0, (words - word) * sizeof *grown);
    places->used = grown;
    places->words = words;
  }
  unsigned bit = (unsigned)__builtin_ctzll(~places->used[word]);
  places->used[word] |= UINT64_C(1) << bit;
  return (uint32_t)(64 * word + bit);
}

static void place_give(struct places *places, uint32_t index)
{
  places->used[index >> 6] &= ~(UINT64_C(1) << (index & 63));
  if (places->hint > index >> 6) places->hint = index >> 6;
}

// Under relaxed order its holder may come to use it again before the other
// thread has cleared it, so it stays taken for a while.
static bool place_give_late(struct places *places, uint32_t index)
{
  if (places->n_late == places->room_late) {
    size_t room = 2 * places->room_late + 64;
    uint32_t *grown = realloc(places->late, room * sizeof *grown);
    if (!grown) return false;
    places->late = grown;
    places->room_late = room;
  }
  places->late[places->n_late++] = index;
  return true;
}

static void places_settle(struct places *places)
{
  while (places->n_late) place_give(places, places->late[--places->n_late]);
}

static void places_free(struct places *places)
{
  free(places->used);
  free(places->late);
}

// ---- steps

static bool add_step(struct census *c, uint32_t holder, uint32_t index,
                     bool bury)
{
  struct replay_steps *steps = &c->plan->steps[c->thread];
  if (steps->n == c->room[c->thread]) {
    size_t room = 2 * steps->n + 64;
    uint32_t *grown = realloc(steps->steps, room * sizeof *grown);
    if (!grown) return false;
    steps->steps = grown;
    c->room[c->thread] = room;
  }
  steps->steps[steps->n++] =
      holder << 24 | (bury ? REPLAY_BURY : 0) | (index & REPLAY_INDEX);
  return true;
}

static void begin(struct census *c, struct gct_roots *roots,
                  struct places *places, size_t *most, uint32_t handle)
{
  uint32_t root = gct_roots_begin(roots, handle, c->mutator, c->seq[c->thread]);
  uint32_t index = root == GCT_NIL ? GCT_NIL : place_take(&places[c->mutator]);
  if (index == GCT_NIL || !add_step(c, c->mutator, index, false)) {
    c->why = "no memory";
    return;
  }
  if (index > REPLAY_INDEX) c->why = "more than 8388608 roots of a thread";
  roots->pool[root].mine = index;
  raise_to(&most[c->mutator], index + (size_t)1);
}

// Must the root be given up the counted way (replay_roots.h)? `needed`: the
// object, or what it refers to, may be used again.
static bool must_bury(const struct census *c, const struct gct_root *root,
                      bool registry, bool needed)
{
  if (!c->many) return false;
  if (root->thread != c->mutator) return true;
  if (c->relax) return needed && !registry && c->relax->relied[root->number];
  return needed && root->seq < c->slice[c->thread];
}

static void end(struct census *c, struct gct_roots *roots,
                struct places *places, uint32_t handle, bool needed)
{
  uint32_t index = gct_roots_end(roots, handle, c->mutator);
  const struct gct_root *root = &roots->pool[index];
  bool good = true;
  if (c->relax && root->thread != c->mutator)
    good = place_give_late(&places[root->thread], root->mine);
  else
    place_give(&places[root->thread], root->mine);
  if (!good || !add_step(c, root->thread, root->mine,
                         must_bury(c, root, roots == &c->registry, needed)))
    c->why = "no memory";
}

// ---- uses

// Threads may hand references to each other through slots and handles only
// (P6, runtime/DESIGN.md). In the recorded program that was so: in memory the
// recorder does not see, a thread's stack. So what one thread made, and another
// uses before it was in any slot, is passed on by its maker at birth
// (replay_events.c).
static void count_use(struct census *c, uint32_t handle)
{
  if (handle == GCT_NIL) return;
  struct census_handle *h = &c->handles[handle];
  if (h->shown || h->maker == c->mutator) return;
  c->plan->passed[h->birth] = h->shown = true;
}

static void count_uses(struct census *c, const struct gct_event *event)
{
  switch (event->op) {
  case GCT_WRITE:
    count_use(c, event->handle);
    count_use(c, event->target);
    if (event->target != GCT_NIL) c->handles[event->target].shown = true;
    return;
  case GCT_WEAK:
    count_use(c, event->target);
    __attribute__((fallthrough));
  case GCT_ROOT:
  case GCT_UNROOT:
  case GCT_DROP:
  case GCT_FREE:
  case GCT_FINALIZER:
    count_use(c, event->handle);
    return;
  default:
    return;
  }
}

// In the end one thread stores whatever is rooted (keep_roots). Under relaxed
// order a slot does not show an object to those that found it elsewhere: all
// that others name is passed on.
static void count_passed(struct census *c)
{
  const struct gct_info *info = c->plan->info;
  if (!c->many) return;
  for (uint32_t i = 0; i < info->max_handles; i++)
    if (c->roots.newest[i] != GCT_NIL || c->registry.newest[i] != GCT_NIL)
      c->plan->passed[c->handles[i].birth] |= c->relax || !c->handles[i].shown;
  for (uint64_t i = 0; i < info->n_births && c->relax; i++)
    c->plan->passed[i] |= c->relax->shared[i];
}

// ---- events

static void count_birth(struct census *c, const struct gct_event *event)
{
  struct replay_plan *plan = c->plan;
  uint32_t birth = c->births++;
  plan->handle[birth] = event->handle;
  plan->type[birth] = (uint16_t)event->type;
  c->handles[event->handle] = (struct census_handle){
      .type = event->type, .birth = birth, .maker = (uint8_t)c->mutator};
  if (plan->slots[birth]) plan->leaf[event->type] = false;
  begin(c, &c->roots, c->places, plan->roots, event->handle);
}

// The registry's root: taken at most once, given back at the end of the life.
static void count_registry(struct census *c, const struct gct_event *event)
{
  bool *registered = &c->handles[event->handle].registered;
  bool begins = event->op == GCT_FINALIZER && !(event->flags & GCT_ENDS);
  if (*registered == begins) return;
  *registered = begins;
  if (begins)
    begin(c, &c->registry, c->registry_places, c->plan->registry,
          event->handle);
  else
    end(c, &c->registry, c->registry_places, event->handle, true);
}

static void count_roots(struct census *c, const struct gct_event *event)
{
  const struct census_handle *h = &c->handles[event->handle];
  switch (event->op) {
  case GCT_ALLOC:
    count_birth(c, event);
    return;
  case GCT_ROOT:
    begin(c, &c->roots, c->places, c->plan->roots, event->handle);
    return;
  case GCT_UNROOT:
    end(c, &c->roots, c->places, event->handle, true);
    return;
  case GCT_DROP: // a leaf that is not mentioned again is needed by nobody
    end(c, &c->roots, c->places, event->handle, c->plan->slots[h->birth] != 0);
    count_registry(c, event);
    return;
  case GCT_FREE:
  case GCT_FINALIZER:
    count_registry(c, event);
    return;
  case GCT_WEAK:
    if (event->target != GCT_NIL)
      c->plan->weakable[c->handles[event->target].type] = true;
    return;
  default:
    return;
  }
}

static void count_limbo(struct census *c, const struct gct_event *event)
{
  if (replay_settles(c->plan, event, &c->before[c->thread]))
    c->limbo[c->mutator] = 0;
  c->limbo[c->mutator] += 2; // at most
  raise_to(&c->plan->limbo[c->mutator], c->limbo[c->mutator]);
}

static void count_event(struct census *c, const struct gct_event *event,
                        bool barrier)
{
  count_limbo(c, event);
  if (!c->relax) count_uses(c, event);
  count_roots(c, event);
  for (uint32_t i = 0; i < c->plan->n_mutators && barrier; i++) {
    places_settle(&c->places[i]);
    places_settle(&c->registry_places[i]);
  }
  c->before[c->thread] = *event;
  c->seq[c->thread]++;
}

static int walk_through(struct census *c, struct gct_error *error)
{
  struct gct_walk *walk = gct_walk_open(c->plan->file, error);
  uint32_t thread;
  if (!walk) return ENOMEM;
  c->thread = GCT_NIL;
  for (const struct gct_event *e;
       !c->why && (e = gct_walk_next(walk, &thread));) {
    if (c->thread != thread) c->slice[thread] = c->seq[thread];
    c->thread = thread;
    c->mutator = c->plan->n_mutators == 1 ? 0 : thread;
    count_event(c, e, gct_walk_checkpoint(walk));
  }
  if (c->why) gct_walk_fail(walk, error, c->why);
  gct_walk_close(walk);
  if (c->why) return EBADMSG;
  count_passed(c);
  return 0;
}

int replay_census(struct replay_plan *plan, const struct gct_relax *relax,
                  struct gct_error *error)
{
  struct census *c = calloc(1, sizeof *c);
  uint32_t n = plan->info->max_handles;
  int status = ENOMEM;
  if (!c) return status;
  c->plan = plan;
  c->relax = relax;
  c->many = plan->n_mutators > 1;
  c->handles = calloc(n + (size_t)1, sizeof *c->handles);
  if (c->handles &&
      gct_roots_new(&c->roots, n) && gct_roots_new(&c->registry, n))
    status = walk_through(c, error);
  for (uint32_t i = 0; i < plan->n_mutators; i++) {
    places_free(&c->places[i]);
    places_free(&c->registry_places[i]);
  }
  gct_roots_free(&c->roots);
  gct_roots_free(&c->registry);
  free(c->handles);
  free(c);
  return status;
}
