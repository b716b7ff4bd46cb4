// wide_array.c: wide arrays whose elements move while collectors look.
// SPDX-License-Identifier: MIT
//
// Each mutator has an array of a million references to objects of their own:
// marking one object makes a million grey. Then elements are taken out and put
// in elsewhere, the ones between them move up by one (an insertion sort does
// that), and every second one is replaced by a new object on the way. Another
// mutator's array is read meanwhile: what it gives must be whole, although it
// may be overwritten or moved at that moment.
//
// The checksum depends on each element's place.

#include "crew.h"
#include "sealed.h"

enum { WIDTH, OPS, WINDOW, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [WIDTH] = {.name = "width",
               .type = WANE_OPTION_INT,
               .value = "1m",
               .help = "elements of each mutator's array",
               .min = 2,
               .max = 1 << 28},
    [OPS] = {.name = "ops",
             .type = WANE_OPTION_INT,
             .value = "500k",
             .help = "elements that each mutator moves",
             .min = 0,
             .max = 0x1p40},
    [WINDOW] = {.name = "window",
                .type = WANE_OPTION_INT,
                .value = "256",
                .help = "how far at most",
                .min = 2,
                .max = 1 << 28},
};

static const struct wane_type *node_type, *table_type;

static uint64_t option(const struct wane_workload_run *run, int i)
{
  return (uint64_t)run->options[i].integer;
}

// r[0]: the array of arrays; r[1]: this mutator's; r[2]: an element.
struct mover {
  struct wane_workload_run *run;
  struct wane_mutator *m;
  wane_ref *r;
  uint64_t first; // number of its first element
  uint64_t random;
  uint32_t index;
};

static int fill(struct mover *w)
{
  uint64_t n = option(w->run, WIDTH);
  w->r[1] = wane_alloc_array(w->m, table_type, (uint32_t)n, 0);
  if (!w->r[1]) return ENOMEM;
  wane_store(w->m, w->r[0], &array_slots(w->r[0])[w->index], w->r[1]);
  for (uint64_t i = 0; i < n; i++) {
    wane_ref o = sealed_new(w->m, node_type, w->first + i);
    if (!o) return ENOMEM;
    wane_store(w->m, w->r[1], &array_slots(w->r[1])[i], o);
  }
  return 0;
}

// The element in place `from` goes to place `to`.
static int move(struct mover *w, uint64_t from, uint64_t to, bool renew)
{
  struct wane_slot *slots = array_slots(w->r[1]);
  w->r[2] = wane_exchange(w->m, w->r[1], &slots[from], NULL);
  if (!sealed_whole(w->r[2]) ||
      sealed(w->r[2])->number - w->first >= option(w->run, WIDTH))
    return crew_fail(w->run,
                     "wide_array: element %" PRIu64 " of array %u is not whole",
                     from, w->index);
  if (renew) {
    uint64_t number = sealed(w->r[2])->number;
    w->r[2] = sealed_new(w->m, node_type, number);
    if (!w->r[2]) return ENOMEM;
  }
  if (from < to)
    wane_array_move(w->m, w->r[1], &slots[from], &slots[from + 1], to - from);
  else
    wane_array_move(w->m, w->r[1], &slots[to + 1], &slots[to], from - to);
  wane_store(w->m, w->r[1], &slots[to], w->r[2]);
  return 0;
}

// Reads one element of the next mutator's array: NULL for a moment, or whole.
static int peek(struct mover *w)
{
  uint32_t other = (w->index + 1) % w->run->mutators;
  uint64_t n = option(w->run, WIDTH);
  wane_ref array = wane_load(&array_slots(w->r[0])[other]);
  wane_ref o = wane_load(&array_slots(array)[random_below(&w->random, n)]);
  if (!o || (sealed_whole(o) && sealed(o)->number - other * n < n)) return 0;
  return crew_fail(w->run, "wide_array: an element of array %u is not whole",
                   other);
}

static int moves(struct mover *w, struct crew_share *share)
{
  uint64_t n = option(w->run, OPS), width = option(w->run, WIDTH);
  uint64_t window = option(w->run, WINDOW), start = now_ns();
  if (window > width) window = width;
  for (uint64_t i = 0; i < n; i++) {
    uint64_t low = random_below(&w->random, width - window + 1);
    uint64_t from = low + random_below(&w->random, window);
    uint64_t to = low + random_below(&w->random, window);
    int result = move(w, from, to, i % 2);
    if (!result) result = peek(w);
    if (result) return result;
    wane_safepoint(w->m);
    uint64_t end = now_ns();
    crew_request(w->run, share, start, end);
    start = end;
    if (w->index == 0 && i % 1024 == 0)
      w->run->progress(w->run, (double)i / (double)n);
  }
  return 0;
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  struct crew_share *share = &crew_of(run)->share[index];
  WANE_ROOTS(m, r, 3);
  struct mover mover = {.run = run,
                        .m = m,
                        .r = r,
                        .first = index * option(run, WIDTH),
                        .random = run->seed + index,
                        .index = index};
  r[0] = crew_array(run);
  int result = crew_end(run, fill(&mover));
  if (!result) result = crew_meet(run, m);
  if (!result) share->built = sealed_sum(mover.first, option(run, WIDTH));
  if (!result) result = moves(&mover, share);
  return crew_end(run, result);
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  const struct wane_type_spec spec = {.name = "element"};
  crew_begin(run);
  int result = sealed_array_type(run, &table_type);
  if (!result) result = sealed_type(run, &spec, 1, 0, &node_type);
  return result ? result
                : crew_array_new(run, m, table_type, run->mutators);
}

// Each number once, in one array: `seen` is the sum, `placed` weighs places.
static int count(struct wane_workload_run *run, struct wane_mutator *m,
                 wane_ref array, uint32_t index, uint64_t *placed)
{
  uint64_t n = option(run, WIDTH), first = index * n;
  for (uint64_t i = 0; i < n; i++) {
    wane_ref o = wane_load(&array_slots(array)[i]);
    if (!sealed_whole(o) || sealed(o)->number - first >= n || sealed(o)->aux)
      return crew_fail(run,
                       "wide_array: element %" PRIu64
                       " of array %u is not whole, or there twice",
                       i, index);
    sealed(o)->aux = 1;
    crew_of(run)->share[index].seen += sealed(o)->number;
    *placed += (i + 1) * (sealed(o)->number + 1);
    wane_safepoint(m);
  }
  return 0;
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  uint64_t placed = 0;
  int result = 0;
  WANE_ROOTS(m, r, 1);
  r[0] = crew_array(run);
  for (uint32_t i = 0; i < run->mutators && !result; i++)
    result = count(run, m, wane_load(&array_slots(r[0])[i]), i, &placed);
  if (result) return result;
  crew_of(run)->share[0].built += placed;
  crew_of(run)->share[0].seen += placed;
  return crew_check(run);
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "wide_array",
    .help = "wide arrays whose elements are moved and replaced",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = crew_prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .finish = crew_finish,
    .dispose = crew_dispose,
};
