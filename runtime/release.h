// release.h: what dies by count, its children, its cells.
// SPDX-License-Identifier: MIT
//
// One thread at a time: the coordinator, inside a round.

#ifndef WANE__RELEASE_H
#define WANE__RELEASE_H

#include "heap.h"
#include "vector.h"

#include <wane/collector.h>

struct wane_round {
  struct wane__vector zero; // mature, count zero, not in the table
  struct wane__vector zct;  // mature, count zero, rooted: looked at each round
  struct wane__vector purple;
  bool want_purple;
  bool reclaiming; // false: the collector never frees (nogc)
  uint64_t young_objects, young_bytes; // died young, this round
  uint64_t old_objects, old_bytes;     // died mature, by count, this round
  uint64_t cycle_objects, cycle_bytes; // by the plugin, this round
  uint64_t cascade;                    // decrements of dead parents' children
  uint64_t candidates, traced, edges;  // as the plugin reports
  // Mature, over all rounds; what dies mature is subtracted at a round's end.
  uint64_t live_objects, live_bytes;
};

// A count reached zero outside a cascade (log, plugin).
void wane__release_zero(struct wane_round *r, wane_ref o);
// Looks at every object of the zero-count table again.
void wane__release_zct(struct wane_round *r);
// Frees what is in `zero` and everything that dies with it.
void wane__release_drain(struct wane_round *r);
// Looks at the young objects of cells [begin, end), newest first: each dies or
// becomes mature.
void wane__release_span(struct wane_round *r, uint32_t block, uint32_t begin,
                        uint32_t end);

#endif
