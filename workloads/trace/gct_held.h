// gct_held.h: what holds an object: roots and references, and who used them.
// SPDX-License-Identifier: MIT
//
// Private to the library (gct_relax.c): the graph once more, this time with
// references that know both their ends, when and by whom they were written,
// and which threads have relied on them since.
#ifndef WANE_GCT_HELD_H
#define WANE_GCT_HELD_H

#include "gct_clock.h"
#include "gct_roots.h"

// "After its first `seq` events thread `thread` ..."; seq 0: nobody did.
struct gct__place {
  uint32_t seq;
  uint16_t thread;
};

// The last time that each of some threads did something: a list.
struct gct__use {
  uint32_t next;
  struct gct__place last;
};

struct gct__edge {
  uint32_t owner, target; // target GCT_NIL: the slot is empty
  uint32_t before, after; // references to the same target; GCT_NIL
  uint32_t uses;          // as part of a witness
  struct gct__place written;
};

struct gct__object {
  uint64_t birth;
  uint32_t *edges; // by slot: index, GCT_NIL when never written
  uint32_t n_slots;
  uint32_t held_by;         // references to it: the first edge
  uint32_t touches, writes; // uses of all kinds; writes to its slots
  struct gct__place sized, weak, finalizer, freed;
  uint32_t stamp; // of the last search that met it
  uint16_t maker; // thread
};

struct gct__held {
  struct gct_roots roots; // root.mine: its uses + 1
  struct gct__object *objects;
  uint32_t max_handles;
  struct gct__edge *edges;
  uint32_t n_edges, room_edges, unused_edge;
  struct gct__use *uses;
  uint32_t n_uses, room_uses, unused_use;
  uint32_t stamp;
  uint32_t *queue, *via; // of a search; via: by handle, an edge
  uint32_t *path;        // the witness: edges, from the object up
  uint32_t n_path;
  uint32_t top; // and the root it hangs on
  bool full;    // no memory
};

bool gct__held_new(struct gct__held *held, uint32_t max_handles);
void gct__held_free(struct gct__held *held);

// Notes that `thread` was there with its event number seq - 1.
void gct__held_note(struct gct__held *held, uint32_t *uses, uint32_t thread,
                    uint64_t seq);
void gct__held_forget(struct gct__held *held, uint32_t *uses);

// The edge of a slot, made if need be. NULL without memory.
struct gct__edge *gct__held_slot(struct gct__held *held, uint32_t owner,
                                 uint32_t slot);
// Lets it lead elsewhere; GCT_NIL: nowhere.
void gct__held_point(struct gct__held *held, struct gct__edge *edge,
                     uint32_t target);
// The object's end: neither from it nor to it leads anything.
void gct__held_bury(struct gct__held *held, uint32_t handle);

// Finds a witness for a use by `thread`: path, n_path, top. Prefers what the
// thread knows to be there. False: nothing that is rooted leads to the object,
// or it was not found.
bool gct__held_climb(struct gct__held *held, const struct gct__clocks *clocks,
                     uint32_t thread, uint32_t handle);

#endif
