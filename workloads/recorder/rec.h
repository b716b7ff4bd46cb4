// rec.h: the recorder's view of the recorded heap, and who changes it.
// SPDX-License-Identifier: MIT
//
// Private to the recorder. Everything here is touched only with the
// interpreter's lock held. The recorder keeps a *shadow* of the heap: what the
// trace says at this moment. Stores only mark what may differ from it; at a
// safepoint (rec_sync.c) what is marked is read again, and the differences
// become events. Objects, blocks and edges are named by numbers, 0 being none.
//
// From death to burial: when CPython calls an object's destructor, the object
// is *dying*: its references count no longer. When its memory is freed its
// address is forgotten. The next safepoint buries it: it writes FREE, after
// the events of those who took over what it held.
#ifndef WANE_REC_H
#define WANE_REC_H

#define Py_BUILD_CORE 1
#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

#include "gct_writer.h"

// ---- growing arrays of numbers

struct rec_list {
  uint32_t *items;
  size_t n, room;
};

void rec_push(struct rec_list *list, uint32_t item);

// Prints one sentence and ends the process with exit code 3.
_Noreturn void rec_give_up(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
// Zeroed memory, mapped but not yet there, for a table that grows in place.
void *rec_map(size_t bytes, const char *what);

// ---- rec_stores.c

// As memset, but no store that anybody is told of.
void rec_fill(void *to, int byte, size_t n);

// ---- rec_region.c: one stretch of addresses for all of Python's memory

#define REC_REGION ((uintptr_t)0x100000000000)
#define REC_REGION_BYTES ((size_t)64 << 30)

struct rec_block {
  uintptr_t address;
  size_t bytes;     // as asked for; 0: not allocated
  uint32_t object;  // that lives in it
  uint32_t owner;   // the object whose buffer it is
  uint32_t low, high; // offsets of the stores since the last safepoint
  uint32_t base;      // stores below this offset hit no references
  bool dirty;         // is on rec_dirty_buffers
  bool stored;        // of a deque: has changed since it was read
  uint32_t place;     // of a deque: which of its pieces
};

void rec_region_open(void);
void *rec_region_alloc(size_t bytes); // zeroed; NULL when full
void rec_region_free(struct rec_block *block);
size_t rec_region_room(const struct rec_block *block);
// The block that an address lies in, or NULL.
struct rec_block *rec_block_at(uintptr_t address);
uint32_t rec_block_number(const struct rec_block *block);
struct rec_block *rec_block(uint32_t number);

static inline bool rec_in_region(uintptr_t address)
{
  return address - REC_REGION < REC_REGION_BYTES;
}

// ---- rec_memory.c: Python's allocators on the region

void rec_memory_install(void);

// ---- objects

enum {
  REC_CONTAINER = 1,   // may hold references
  REC_FINALIZES = 2,   // its type has a finalizer
  REC_DYING = 4,       // its destructor was called
  REC_DOOMED = 8,      // found to be garbage by CPython's collector
  REC_SUSPECT = 16,    // found unreachable, may still be resurrected
  REC_READ_AGAIN = 32, // is on rec_dirty_objects
  REC_COUNT_AGAIN = 64, // is on rec_dirty_counts
  REC_READ = 128,       // was read once, at least
  REC_WHOLE = 256,      // next time read all of it, not what was stored to
  REC_REGISTERED = 512, // its finalizer is registered and has not run
  REC_GUARDED = 1024,   // has a root of its own for the rest of this safepoint
  REC_BY_CYCLE = 2048   // dies because CPython's collector clears garbage
};

// A thread's share of the references to an object that no object holds.
struct rec_hold {
  uint32_t thread, count; // count 0: does not hold it
};

struct rec_object {
  PyObject *op;
  struct rec_block *block;
  uint32_t handle, type, flags;
  // The shadow of its slots: edge numbers.
  uint32_t *slots;
  uint32_t n_slots, room;
  // Edges to it: a list; all of them; those whose owners still count.
  uint32_t first_in, n_in, n_counted;
  uint32_t weak; // the object it refers to weakly
  size_t buffers, told; // bytes of its buffers; of those in the trace
  // What the last reading of a buffer covered, and stores to it since.
  uintptr_t buffer;
  uint32_t n_buffer, low, high;
  // The first edge that this safepoint (its number) took from it.
  uint32_t taken_at, taken_owner, taken_slot;
  struct rec_piece *pieces; // of a deque
  uint32_t n_pieces;
  // Who holds it besides objects, and how many threads do.
  struct rec_hold hold, *more_holds;
  uint32_t n_more_holds, n_roots;
  int64_t external; // sum of the counts
};

struct rec_edge {
  uint32_t owner, slot, target;
  uint32_t next, before; // in the list of edges to `target`
  uint32_t since;        // safepoint that made it
};

extern struct rec_object *rec_objects; // index 0 is not used
extern uint32_t rec_n_objects;
extern struct rec_edge *rec_edges;
extern struct rec_list rec_dirty_objects, rec_dirty_counts, rec_dirty_buffers;
extern struct rec_list rec_dying; // to be buried
extern bool rec_recording;        // else events go nowhere
extern uint32_t rec_safepoint;    // its number

// The object that begins at p, if it is one of the region's, and not dying.
uint32_t rec_object_of(const void *p);
void rec_read_again(uint32_t id);
void rec_count_again(uint32_t id);

// ---- rec_object.c: lives

void rec_born(PyObject *op);
void rec_dies(PyObject *op);      // its destructor is called
void rec_die(uint32_t id);        // the same, once nothing can stop it
void rec_unmap(uint32_t id);      // its memory is freed
void rec_move(struct rec_block *from, struct rec_block *to);
void rec_finalizer(PyObject *op); // is called
void rec_bury(void);
// Makes ALLOC events of all that is alive: the trace begins.
void rec_objects_begin(void);
void rec_edges_begin(void);

// ---- rec_edge.c: the shadow of the slots

struct rec_write {
  uint32_t owner, slot, target;
  bool first; // the owner was not read before
};
extern struct rec_write *rec_writes; // of this safepoint
extern size_t rec_n_writes;
extern struct rec_list rec_unheld; // had neither edge nor root for a moment

void rec_set_slot(uint32_t owner, uint32_t slot, uint32_t target);
void rec_cut_edge(uint32_t edge); // without an event
void rec_uncount_edges(uint32_t owner); // those from it
void rec_recount_edges(uint32_t owner);

// ---- rec_read.c, rec_deque.c, rec_diff.c: slots from memory

extern struct rec_list rec_found; // what was read, as object numbers

void rec_read(uint32_t id);
// The slots low .. are rec_found; the object has n slots.
void rec_diff_at(uint32_t id, uint32_t low, uint32_t n);
// The object's slots are rec_found, in any order.
void rec_diff_set(uint32_t id);
// The block at `address`, if it is nobody's object, is a buffer of `id`.
void rec_own(uint32_t id, uintptr_t address);
void rec_disown(struct rec_block *block);
bool rec_is_deque(const PyTypeObject *type);
void rec_read_deque(uint32_t id);
void rec_set_interned(PyObject *table);
bool rec_is_interned(PyObject *op);

// ---- rec_root.c: who holds an object besides objects

// Takes or gives up the difference for this thread. Gains and losses of roots
// are collected for rec_sync.
void rec_count(uint32_t id);
void rec_hold_one(uint32_t id); // this thread holds it, once more
extern struct rec_list rec_gained, rec_lost; // objects; one entry per root
void rec_forget_holds(uint32_t id);

// ---- rec_sync.c: safepoints

void rec_sync(void);
extern bool rec_clearing; // CPython's collector clears garbage: no safepoint
// Reads all containers once more; what it finds was missed.
void rec_paranoid(void);
extern uint64_t rec_missed, rec_reread;

// ---- rec_weak.c

// Whether edges lead back from it to a root, within `far` objects.
bool rec_is_held(uint32_t id, size_t far);
// Somebody reached op through a table that does not keep it alive.
void rec_revived(PyObject *op);
void rec_emit_revived(void); // the marks of what the trace had given up

// ---- rec_collection.c: what CPython's collector does

void rec_collection(int generation, int begins);
void rec_unreachable(PyObject *op);
void rec_garbage(PyObject *op);
void rec_clear(int begins);

// ---- rec_emit.c: events

void rec_emit_open(const char *path);
void rec_emit_close(void);
void rec_emit_abandon(void);
uint32_t rec_new_handle(void);
uint32_t rec_type_of(PyTypeObject *type);
unsigned rec_type_flags(uint32_t type);
uint32_t rec_thread(void); // of the caller
void rec_thread_ends(void);
void rec_emit(uint8_t op, uint8_t flags, uint32_t handle);
void rec_emit_alloc(uint32_t id, uint32_t slots);
void rec_emit_write(const struct rec_write *write);
void rec_emit_root(uint32_t id, uint32_t owner, uint32_t slot);
void rec_emit_weak(uint32_t id, uint32_t target, bool callback);
void rec_emit_resize(uint32_t id, size_t bytes);
void rec_emit_free(uint32_t id);
void rec_emit_revival(uint32_t handle);
uint64_t rec_events(void);

#endif
