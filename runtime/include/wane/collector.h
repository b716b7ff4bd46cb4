// collector.h: what a collector plugin exports and what it may call.
// SPDX-License-Identifier: MIT
//
// A plugin exports one symbol, `wane_collector`, that *declares* what it
// needs; the host lays out metadata, picks the barrier kernel and refuses
// what cannot be combined. With WANE_BARRIER_RC_LOG the runtime's counting
// engine owns reclamation of whatever dies by count, and the plugin finds
// cycles: `collect` runs on a collector thread once per round, between the
// application of round k-1's decrements and of round k's, where counts only
// grow (runtime/DESIGN.md, "Trial deletion").

#ifndef WANE_COLLECTOR_H
#define WANE_COLLECTOR_H

#include <wane/object.h>
#include <wane/mutator.h>
#include <wane/option.h>

#define WANE_COLLECTOR_ABI WANE_ABI(1)

struct wane_round;

// What a plugin may ask for (`needs`).
enum wane_need {
  WANE_NEED_CLOSERS = 1u << 0, // `closers` callback: objects that may close
                               // a cycle; complete (RC_LOG only)
  WANE_NEED_PURPLE = 1u << 1,  // `purple` callback: decremented to nonzero
  WANE_NEED_SCRATCH = 1u << 2, // 32 bits per object, zero at birth, the
                               // plugin's own (wane_gc_scratch)
  WANE_NEED_WORLD_STOP = 1u << 3, // `collect` runs with all mutators stopped
                                  // and every decrement applied
  WANE_NEED_MARKS = 1u << 4, // mark bits and the tracing services; the host
                             // decides when a cycle starts (pacing)
  WANE_NEED_YOUNG_LARGE = 1u << 5, // `young` is told of large objects too, so
                                   // of every object once (RC_LOG only)
};
// What it promises (`claims`): the conformance laws follow from it.
enum wane_claim {
  WANE_CLAIM_ACYCLIC = 1u << 0,  // frees acyclic garbage
  WANE_CLAIM_COMPLETE = 1u << 1, // wane_collect frees all garbage
  WANE_CLAIM_WEAK = 1u << 2, // frees nothing wane_gc_special; without it types
                             // with weak references or finalizers are refused
};

// Cells [begin, end) of a block; begin < end.
struct wane_gc_span {
  uint32_t block;
  uint16_t begin, end;
};

// Which of the cells 64 * word .. 64 * word + 63 are the span's.
static inline uint64_t wane_gc_span_mask(const struct wane_gc_span *span,
                                         uint32_t word)
{
  uint64_t mask = ~(uint64_t)0;
  if (word == span->begin >> 6) mask <<= span->begin & 63;
  if (word == (span->end - 1u) >> 6) mask &= ~(uint64_t)0 >> (-span->end & 63);
  return mask;
}

struct wane_collector {
  uint32_t size; // sizeof(struct wane_collector)
  uint32_t abi;  // WANE_COLLECTOR_ABI
  const char *name; // [a-z0-9_]+
  const char *help; // one line
  uint32_t barrier; // enum wane_barrier
  uint32_t needs;   // enum wane_need, or-ed
  uint32_t claims;  // enum wane_claim, or-ed
  const struct wane_option *options;
  uint32_t n_options;
  // Before the first mutator; values in the order of `options`. Returns 0 or
  // a negative errno. NULL: nothing to do.
  int (*start)(const union wane_value *values, void **state);
  void (*stop)(void *state);
  // A batch of candidates, on a collector thread; all of them are alive or
  // garbage that is not freed yet. An object may come twice.
  void (*closers)(void *state, const wane_ref *objects, size_t n);
  void (*purple)(void *state, const wane_ref *objects, size_t n);
  // Asked before each round: should it run `collect`? With MARKS: is a cycle
  // under way, so that another round must follow at once? When one begins is
  // up to the host then, which calls `collect`.
  bool (*due)(void *state);
  // Optional (RC_LOG only). Objects that were handed over in this round, while
  // they are in the cache: the used cells of some spans, each in a different
  // place, none of a large object (but see WANE_NEED_YOUNG_LARGE: [0, 1) of its
  // first block). Whatever of it is garbage by itself may go now
  // (wane_gc_free_cells, if it is small); what is left and has no count goes
  // next. Who copies the spans may look at their used cells until the next
  // round: an object that survives its first round is then among them.
  // `closers`: how many candidates their thread logged in this round, of
  // `born` objects. Proof: runtime/DESIGN.md, "The nursery".
  void (*young)(void *state, struct wane_round *round,
                const struct wane_gc_span *spans, size_t n, uint64_t closers,
                uint64_t born);
  // One collection. `full`: everything that is garbage now must go
  // (wane_collect, heap full); otherwise as the plugin's policy likes. With
  // MARKS: the next part of a cycle, or its beginning; `full` asks for one that
  // begins now or later, and is repeated until `due` says that none is under
  // way.
  void (*collect)(void *state, struct wane_round *round, bool full);
};

#define WANE_COLLECTOR_EXPORT                                                  \
  extern WANE_API const struct wane_collector wane_collector;                  \
  const struct wane_collector wane_collector

// --- services, from within closers, purple, young and collect only --------
//
// Those that change something (wane_gc_dec and all below it) are for young and
// collect, on the thread that was called and with the round it was given. With
// wane_config.verify (`--verify`) every mistake ends the process with a
// sentence that names it.

// What is known of 64 cells. Note [cells]: the engine alone writes them.
struct wane_gc_bits {
  _Atomic uint64_t used;   // holds an object that its thread has handed over
  _Atomic uint64_t rooted; // in this round's root snapshots
  _Atomic uint64_t queued; // in the zero-count table
  _Atomic uint64_t held;   // free, but the verifier has not looked yet
};

// The heap's geometry, for the inline accessors below.
struct wane_gc_block {
  // Note [geometry]: written by whoever takes an empty block, before any
  // object is in it; the store that publishes the first one orders it. Relaxed
  // atomics, because a plugin may ask about a stale entry of its lists while
  // the block changes hands: whatever it computes, the scratch word and the
  // bits it finds are zero, since the block was emptied. `bits` never changes
  // once it is set, so that such a reader may read it without a race.
  _Atomic uint32_t cell;       // bytes per cell
  _Atomic uint32_t reciprocal; // ceil(2^32 / cell): offset -> cell index
  uint32_t *scratch;    // per cell, or NULL: none touched yet
  struct wane_gc_bits *bits; // one for each 64 cells; read only
  // The engine's: used cells; so few or fewer: offered again; everything in
  // it is young and unrooted, and the walk has not come to it.
  uint32_t live;
  uint16_t mark, ahead;
};
struct wane_gc_heap {
  char *base;                         // 2 MiB aligned
  struct wane_gc_block *blocks;       // one per 64 KiB
  const struct wane_type *const *types; // by index
  // A bit for the 16 bytes in which a cell begins, so that an object's mark is
  // found without a look at its block, and apart from the other bits because
  // marking wants nothing else in the cache. Note [marks]: relaxed everywhere;
  // of those who set a bit by read-modify-write exactly one finds it clear, and
  // what it does then is published by the lock of the packet it goes into.
  // Bits are cleared while nobody marks.
  _Atomic uint64_t *marks;
};
WANE_API extern struct wane_gc_heap wane_gc_heap;
WANE_API uint32_t *wane__gc_scratch_slow(struct wane_gc_block *block);

#define WANE_BLOCK_SHIFT 16
#define WANE_BLOCK_BYTES ((size_t)1 << WANE_BLOCK_SHIFT)

static inline struct wane_gc_block *wane_gc_block_of(wane_ref o)
{
  size_t offset = (size_t)((char *)o - wane_gc_heap.base);
  return &wane_gc_heap.blocks[offset >> WANE_BLOCK_SHIFT];
}

// `offset`: from the heap's base; the block's own part of it decides.
static inline uint32_t wane_gc_cell_at(const struct wane_gc_block *block,
                                       size_t offset)
{
  // Note [geometry]
  uint64_t r = atomic_load_explicit(&block->reciprocal, memory_order_relaxed);
  return (uint32_t)((offset & (WANE_BLOCK_BYTES - 1)) * r >> 32);
}

static inline uint32_t wane_gc_cell_of(const struct wane_gc_block *block,
                                       wane_ref o)
{
  return wane_gc_cell_at(block, (size_t)((char *)o - wane_gc_heap.base));
}

static inline uint32_t wane_gc_cell_size(const struct wane_gc_block *block)
{
  // Note [geometry]
  return atomic_load_explicit(&block->cell, memory_order_relaxed);
}

// The plugin's 32 bits of an object. Collector threads only.
static inline uint32_t *wane_gc_scratch(wane_ref o)
{
  struct wane_gc_block *block = wane_gc_block_of(o);
  uint32_t *scratch = block->scratch;
  if (WANE_UNLIKELY(!scratch)) scratch = wane__gc_scratch_slow(block);
  return &scratch[wane_gc_cell_of(block, o)];
}

// For a plugin's own lists, which may hold what was freed since: is `o` still
// the start of a cell? Only then may its scratch be looked at; scratch is zero
// from the moment an object is freed until the plugin writes it again.
static inline bool wane_gc_at_cell(wane_ref o)
{
  const struct wane_gc_block *block = wane_gc_block_of(o);
  uint64_t offset =
      (size_t)((char *)o - wane_gc_heap.base) & (WANE_BLOCK_BYTES - 1);
  uint64_t cell = wane_gc_cell_of(block, o);
  return offset == cell * wane_gc_cell_size(block);
}

static inline const struct wane_type *wane_gc_type(wane_ref o)
{
  return wane_gc_heap.types[o->type];
}

// Is `o` in a root snapshot of this round?
static inline bool wane_gc_rooted(wane_ref o)
{
  struct wane_gc_block *block = wane_gc_block_of(o);
  uint32_t cell = wane_gc_cell_of(block, o);
  return atomic_load_explicit(&block->bits[cell >> 6].rooted,
                              memory_order_relaxed) >> (cell & 63) & 1;
}

// Its count: `local` first (Note [local before shared]; acquire pairs with
// Note [spill]; increments are Note [owner increments] and
// Note [foreign increments]). Call it after every slot of the set it belongs
// to was read (Note [edges before counts]).
static inline int64_t wane_gc_count(wane_ref o)
{
  int64_t local = atomic_load_explicit(&o->local, memory_order_acquire);
  return local + atomic_load_explicit(&o->shared, memory_order_acquire);
}

// Objects that cycle collection never looks into or frees.
static inline bool wane_gc_opaque(wane_ref o)
{
  return atomic_load_explicit(&o->own, memory_order_relaxed) &
         (WANE_ACYCLIC | WANE_IMMORTAL | WANE_CONDEMNED);
}

// Objects that are not freed when they are found dead, but condemned: weak
// references may still lead to them, or their finalizer has not run. A set of
// dead objects with such a member goes to wane_gc_condemn, as a whole.
// Note [weak flags]: acquire.
static inline bool wane_gc_special(wane_ref o)
{
  const struct wane_type *type = wane_gc_type(o);
  if (WANE_LIKELY(!type->special)) return false;
  uint32_t own = atomic_load_explicit(&o->own, memory_order_acquire);
  return own & WANE_HAS_WEAK || (type->finalize && !(own & WANE_FINALIZED));
}

// Is there any type whose objects may be special?
WANE_API bool wane_gc_any_special(void);

// What a slot refers to. Note [publish]: acquire; the header of what is found
// there is seen too.
static inline wane_ref wane_gc_load(struct wane_slot *slot)
{
  return atomic_load_explicit(&slot->wane__value, memory_order_acquire);
}

// Calls `visit` for each counted slot, each once, from one consistent state
// of the object; false: a wane_array_move was under way, treat it as live.
WANE_API bool wane__gc_moves_begin(wane_ref o, uint32_t *ticket);
WANE_API bool wane__gc_moves_end(wane_ref o, uint32_t ticket);

static inline __attribute__((always_inline)) bool
wane_gc_each_slot(wane_ref o, wane_visit visit, void *context)
{
  const struct wane_type *type = wane_gc_type(o);
  if (type->fixed_only) { // moves are array moves
    wane_each_fixed_slot(o, type, visit, context);
    return true;
  }
  uint32_t ticket;
  if (!wane__gc_moves_begin(o, &ticket)) return false;
  wane_each_slot(o, type, visit, context);
  return wane__gc_moves_end(o, ticket);
}

// Takes back one counted reference held by an object that is being freed. An
// object whose count reaches zero is the engine's from then on: it is freed
// after `collect` returns, and the plugin leaves alone what has count zero.
WANE_API void wane_gc_dec(struct wane_round *round, wane_ref o);
// Returns the cells of dead objects whose references were taken back; NULLs
// are skipped. No other reference to them is read afterwards.
WANE_API void wane_gc_free(struct wane_round *round, const wane_ref *objects,
                           size_t n);

// Takes over objects that are garbage, held by nothing but each other: for
// each of them wane_gc_opaque is true from now on. What is garbage still in the
// next round is freed there (in this one after `collect`, if the world is
// stopped); the closers among the others are offered again. The caller takes
// none of their references back.
WANE_API void wane_gc_condemn(struct wane_round *round, const wane_ref *objects,
                              size_t n);

// From `young` only: frees cells 64 * word + i of a block for each bit i of
// `cells`. They lie in one of the spans, and their scratch is zero again; the
// references they hold to others were taken back.
WANE_API void wane_gc_free_cells(struct wane_round *round, uint32_t block,
                                 uint32_t word, uint64_t cells);

// --- tracing (WANE_NEED_MARKS), from within `collect` only -----------------

// Begins a trace. Grey is what the roots, the handles and the log of this
// round name; from now on the host shades what later logs name and marks what
// is born. False: not yet, some thread may have overwritten a reference
// without a word; in the next round.
WANE_API bool wane_gc_mark_begin(struct wane_round *round);
// Marks on all workers for a while: with the world stopped to the end,
// otherwise until mutators want a round. True: all that is unmarked is
// garbage. It takes two rounds at least to know that, unless the world is
// stopped.
WANE_API bool wane_gc_mark(struct wane_round *round);
// Then: frees what is unmarked, for a while. True: all of it is gone, and the
// marks are clear.
WANE_API bool wane_gc_sweep(struct wane_round *round);
// Is it marked?
WANE_API bool wane_gc_marked(wane_ref o);

// Accounting (events, results.csv): candidates offered, objects and edges
// looked at. The tracing services call it themselves.
WANE_API void wane_gc_traced(struct wane_round *round, uint64_t candidates,
                             uint64_t objects, uint64_t edges);

// Runs fn(context, begin, end) over [0, n) in pieces of `grain` on all
// workers, the caller included; returns when all is done.
WANE_API void wane_gc_parallel_for(size_t n, size_t grain,
                                   void (*fn)(void *context, size_t begin,
                                              size_t end),
                                   void *context);
WANE_API uint32_t wane_gc_workers(void);

#endif
