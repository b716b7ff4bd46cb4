// gct_clock.c: needs in, waits out.
// SPDX-License-Identifier: MIT
//
// A thread's clock changes only where it waits, so its past is kept as a list
// of these moments; what it knew after so many events is found by bisection.
#include "gct_clock.h"

#include <stdlib.h>
#include <string.h>

bool gct__clocks_new(struct gct__clocks *clocks, uint32_t n_threads)
{
  clocks->n_threads = n_threads;
  clocks->n_needs = 0;
  memset(clocks->threads, 0, sizeof clocks->threads);
  for (uint32_t i = 0; i < n_threads; i++) {
    struct gct__clock *clock = &clocks->threads[i];
    clock->known = calloc(n_threads, sizeof *clock->known);
    if (!clock->known) return false;
  }
  return true;
}

void gct__clocks_free(struct gct__clocks *clocks)
{
  for (uint32_t i = 0; i < clocks->n_threads; i++) {
    struct gct__clock *clock = &clocks->threads[i];
    for (size_t j = 0; j < clock->n; j++) free(clock->moments[j].known);
    free(clock->moments);
    free(clock->known);
  }
}

// What a thread knew when it had executed `seq` events; NULL: nothing.
static const struct gct__moment *moment(const struct gct__clock *clock,
                                        uint64_t seq)
{
  size_t low = 0, high = clock->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (clock->moments[middle].at < seq)
      low = middle + 1;
    else
      high = middle;
  }
  return low ? &clock->moments[low - 1] : NULL;
}

void gct__clocks_need(struct gct__clocks *clocks, uint32_t thread,
                      uint32_t other, uint64_t seq, uint8_t kind)
{
  struct gct__clock *clock = &clocks->threads[thread];
  if (gct__knows(clocks, thread, other, seq)) return;
  const struct gct__moment *then = moment(&clocks->threads[other], seq);
  uint64_t depth = then ? then->depth + seq - then->at : seq;
  if (clock->depth < depth) clock->depth = depth;
  for (uint32_t i = 0; then && i < clocks->n_threads; i++)
    if (clock->known[i] < then->known[i]) clock->known[i] = then->known[i];
  clock->known[other] = (uint32_t)seq;
  // Of two needs of one thread the later is enough.
  size_t at = 0;
  while (at < clocks->n_needs && clocks->needs[at].wait.thread != other) at++;
  if (at == clocks->n_needs) clocks->n_needs++;
  clocks->needs[at] = (struct gct__need){.wait = {.at = clock->done,
                                                  .seq = (uint32_t)seq,
                                                  .thread = (uint16_t)other,
                                                  .kind = kind},
                                         .known = then ? then->known : NULL};
}

// Does another need of this event bring that one along?
static bool implied(const struct gct__clocks *clocks, size_t which)
{
  const struct gct_relax_wait *wait = &clocks->needs[which].wait;
  for (size_t i = 0; i < clocks->n_needs; i++)
    if (i != which && clocks->needs[i].known &&
        clocks->needs[i].known[wait->thread] >= wait->seq)
      return true;
  return false;
}

static bool add_wait(struct gct_relax_waits *waits,
                     const struct gct_relax_wait *wait)
{
  if (waits->n == waits->room) {
    size_t room = 2 * waits->room + 64;
    void *grown = realloc(waits->waits, room * sizeof *wait);
    if (!grown) return false;
    waits->waits = grown;
    waits->room = room;
  }
  waits->waits[waits->n++] = *wait;
  return true;
}

// Remembers what the thread knows from now on.
static bool add_moment(struct gct__clocks *clocks, struct gct__clock *clock)
{
  size_t bytes = clocks->n_threads * sizeof *clock->known;
  if (clock->n == clock->room) {
    size_t room = 2 * clock->room + 64;
    void *grown = realloc(clock->moments, room * sizeof *clock->moments);
    if (!grown) return false;
    clock->moments = grown;
    clock->room = room;
  }
  uint32_t *known = malloc(bytes);
  if (!known) return false;
  memcpy(known, clock->known, bytes);
  clock->moments[clock->n++] =
      (struct gct__moment){clock->done, clock->depth, known};
  return true;
}

bool gct__clocks_done(struct gct__clocks *clocks, uint32_t thread,
                      struct gct_relax_waits *waits)
{
  struct gct__clock *clock = &clocks->threads[thread];
  bool good = clocks->n_needs == 0 || add_moment(clocks, clock);
  for (size_t i = 0; i < clocks->n_needs && good; i++)
    if (!implied(clocks, i)) good = add_wait(waits, &clocks->needs[i].wait);
  clocks->n_needs = 0;
  clock->done++;
  clock->depth++;
  return good;
}
