// gct_decode.c: from the bytes of an EVTS payload to events, checked.
// SPDX-License-Identifier: MIT
//
// This is the hot loop of every replay. Operands are LEB128 numbers of one to
// five bytes; `take` loads eight bytes at once and finds the length without a
// loop. A fault is noted in one word and looked at once per event; only then
// does `explain` go over the event again, slowly, to say what is wrong.
#include "gct_decode.h"

// Operands of four bytes and more are rare.
static __attribute__((noinline)) uint32_t take_slow(const uint8_t **at,
                                                    uint64_t *fault)
{
  uint64_t value = 0;
  unsigned shift = 0;
  const uint8_t *p = *at;
  do {
    value |= (uint64_t)(*p & 127) << shift;
    shift += 7;
  } while ((*p++ & 128) && shift < 35);
  *fault |= value >> 32 | (p[-1] & 128) | (p[-1] == 0);
  *at = p;
  return (uint32_t)value;
}

// Reads one operand. Anything wrong (more than 32 bits, not its shortest
// form) sets *fault. A branch per length, because a predicted branch lets the
// next operand start at once, where arithmetic on the length would not.
static inline uint32_t take(const uint8_t **at, uint64_t *fault)
{
  const uint8_t *p = *at;
  uint32_t value = p[0];
  if (value < 128) {
    *at = p + 1;
    return value;
  }
  value += ((uint32_t)p[1] - 1) << 7;
  if (p[1] < 128) {
    *fault |= p[1] == 0;
    *at = p + 2;
    return value;
  }
  value += ((uint32_t)p[2] - 1) << 14;
  if (p[2] < 128) {
    *fault |= p[2] == 0;
    *at = p + 3;
    return value;
  }
  return take_slow(at, fault);
}

// Bits of the high nibble that each opcode knows.
static const uint8_t known_flags[GCT_OPS] = {
    [GCT_WRITE] = 0xf0,  [GCT_ROOT] = GCT_LOADED,
    [GCT_FREE] = 0x10,   [GCT_DROP] = GCT_BY_CYCLE,
    [GCT_WEAK] = 0x10,   [GCT_RESIZE] = GCT_WITH_SLOTS,
    [GCT_GC] = GCT_ENDS, [GCT_FINALIZER] = GCT_ENDS,
    [GCT_THREAD] = 0x10, [GCT_PIN] = GCT_ENDS,
};

const char *gct__flags_fault(unsigned op, unsigned flags)
{
  if (flags & ~(unsigned)known_flags[op]) return "unknown flag";
  if (op == GCT_WRITE && (flags & GCT_NEXT_SLOT) && !(flags & GCT_SAME_OWNER))
    return "next slot of an owner that is not given";
  return NULL;
}

// The operands of a WRITE with these flags; called with constants only, so
// that each becomes its own straight code. Returns the fault.
static inline uint64_t take_write(struct gct__decoder *d, const uint8_t **at,
                                  struct gct_event *e, unsigned flags)
{
  uint64_t fault = 0;
  if (!(flags & GCT_SAME_OWNER)) d->owner = take(at, &fault);
  d->slot = flags & GCT_NEXT_SLOT ? d->slot + 1 : take(at, &fault);
  e->handle = d->owner;
  e->slot = d->slot;
  e->target = flags & GCT_TO_NIL ? GCT_NIL : take(at, &fault);
  fault |= !(flags & GCT_TO_NIL) & (e->target >= d->limits->max_handles);
  return fault | (d->owner >= d->limits->max_handles) |
         (d->slot >= GCT_MAX_SLOTS);
}

static inline uint64_t take_handle(const struct gct__limits *limits,
                                   const uint8_t **at, struct gct_event *e)
{
  uint64_t fault = 0;
  e->handle = take(at, &fault);
  return fault | (e->handle >= limits->max_handles);
}

static inline uint64_t take_alloc(const struct gct__limits *limits,
                                  const uint8_t **at, struct gct_event *e)
{
  uint64_t fault = 0;
  e->handle = take(at, &fault);
  uint32_t id = take(at, &fault);
  e->words = take(at, &fault);
  e->slots = take(at, &fault);
  if (id >= limits->n_type_ids) return 1;
  e->type = limits->type_index[id];
  return fault | (e->type == GCT_NIL) | (e->slots > GCT_MAX_SLOTS) |
         (e->handle >= limits->max_handles);
}

static inline uint64_t take_wait(const struct gct__limits *limits,
                                 const uint8_t **at, struct gct_event *e)
{
  uint64_t fault = 0;
  uint32_t id = take(at, &fault);
  e->seq = take(at, &fault);
  if (id >= GCT_MAX_THREADS || limits->thread_index[id] < 0) return 1;
  e->thread = (uint16_t)limits->thread_index[id];
  return fault;
}

static inline uint64_t take_number(const uint8_t **at, struct gct_event *e)
{
  uint64_t fault = 0;
  e->number = take(at, &fault);
  return fault;
}

// The payload stays where it is; the event says where.
static uint64_t take_ext(struct gct__decoder *d, const uint8_t **at,
                         struct gct_event *e)
{
  uint64_t fault = 0;
  e->number = take(at, &fault);
  e->length = take(at, &fault);
  if (*at > d->end || e->length > (size_t)(d->end - *at)) return 1;
  e->raw = (uint32_t)(*at - d->start);
  *at += e->length;
  return fault;
}

// The opcodes that are rare.
static uint64_t take_other(struct gct__decoder *d, const uint8_t **at,
                           struct gct_event *e)
{
  const struct gct__limits *limits = d->limits;
  if (e->flags & ~known_flags[e->op] || e->op == GCT_WRITE) return 1;
  if (e->op == GCT_THREAD) return 0;
  if (e->op == GCT_EXT) return take_ext(d, at, e);
  if (e->op == GCT_GC) return take_number(at, e);
  uint64_t fault = take_handle(limits, at, e);
  if (e->op == GCT_WEAK) {
    e->target = take(at, &fault) - 1;
    fault |= e->target != GCT_NIL && e->target >= limits->max_handles;
  } else if (e->op == GCT_RESIZE) {
    e->words = take(at, &fault);
    if (e->flags) e->slots = take(at, &fault);
    fault |= e->slots > GCT_MAX_SLOTS;
  } else if (e->op == GCT_ROOT && e->flags) {
    e->target = take(at, &fault);
    e->slot = take(at, &fault);
    fault |= e->target >= limits->max_handles || e->slot >= GCT_MAX_SLOTS;
  }
  return fault;
}

static void explain(struct gct__decoder *d, const uint8_t *event);

void gct__decoder_start(struct gct__decoder *decoder, const uint8_t *bytes,
                        size_t n, const struct gct__limits *limits)
{
  *decoder = (struct gct__decoder){.start = bytes,
                                   .at = bytes,
                                   .end = bytes + n,
                                   .limits = limits,
                                   .owner = GCT_NIL};
}

#define WRITES(flags, initialising)                                            \
  case GCT_WRITE | (flags):                                                    \
  case GCT_WRITE | (initialising):                                             \
    fault = take_write(&d, &at, e, flags);                                     \
    break

size_t gct__decode(struct gct__decoder *decoder, struct gct_event *events,
                   size_t n)
{
  struct gct__decoder d = *decoder; // registers, not memory
  size_t i = 0;
  for (; i < n && d.at < d.end; i++) {
    const uint8_t *at = d.at;
    uint8_t byte = *at++;
    struct gct_event *e = &events[i];
    *e = (struct gct_event){.op = byte & 15, .flags = byte & 0xf0};
    uint64_t fault = 0;
    switch (byte) {
    case GCT_WAIT:
      fault = take_wait(d.limits, &at, e);
      break;
    case GCT_ALLOC:
      fault = take_alloc(d.limits, &at, e);
      break;
      WRITES(0x00, 0x80);
      WRITES(0x10, 0x90);
      WRITES(0x30, 0xb0);
      WRITES(0x40, 0xc0);
      WRITES(0x50, 0xd0);
      WRITES(0x70, 0xf0);
    case GCT_ROOT:
    case GCT_UNROOT:
    case GCT_FREE:
    case GCT_DROP:
    case GCT_DROP | GCT_BY_CYCLE:
      fault = take_handle(d.limits, &at, e);
      break;
    case GCT_MARK:
    case GCT_CHECKPOINT:
      fault = take_number(&at, e);
      break;
    default:
      fault = take_other(&d, &at, e);
      break;
    }
    if (fault || at > d.end) {
      explain(decoder, d.at);
      break;
    }
    d.at = at;
  }
  decoder->at = d.at;
  decoder->owner = d.owner;
  decoder->slot = d.slot;
  return i;
}

// The rest is for malformed events only.

enum operand {
  HANDLE,
  OWNER,
  TARGET,
  WEAK_TARGET,
  SLOT,
  SLOTS,
  TYPE,
  THREAD,
  LENGTH,
  NUMBER
};

// One operand, by the book. Returns false with d->why filled.
static bool check_operand(struct gct__decoder *d, const uint8_t **at,
                          enum operand kind)
{
  const struct gct__limits *limits = d->limits;
  const uint8_t *from = *at;
  uint64_t x = 0;
  char *why = d->why;
  size_t n = sizeof d->why;
  if (!gct__take_varint(at, d->end, &x))
    snprintf(why, n,
             *at >= d->end && d->end[-1] & 128
                 ? "operand is truncated"
                 : "operand is truncated, or not in its shortest form");
  else if (x > UINT32_MAX || *at - from > 5)
    snprintf(why, n, "operand exceeds 32 bits");
  else if (kind <= TARGET && x >= limits->max_handles)
    snprintf(why, n, "handle %lu, but max_handles is %u", (unsigned long)x,
             limits->max_handles);
  else if (kind == WEAK_TARGET && x > limits->max_handles)
    snprintf(why, n, "weak target %lu, but max_handles is %u",
             (unsigned long)x - 1, limits->max_handles);
  else if ((kind == SLOT && x >= GCT_MAX_SLOTS) ||
           (kind == SLOTS && x > GCT_MAX_SLOTS))
    snprintf(why, n, "slot %lu, the limit is %u", (unsigned long)x,
             GCT_MAX_SLOTS);
  else if (kind == TYPE &&
           (x >= limits->n_type_ids || limits->type_index[x] == GCT_NIL))
    snprintf(why, n, "unknown type %lu", (unsigned long)x);
  else if (kind == THREAD &&
           (x >= GCT_MAX_THREADS || limits->thread_index[x] < 0))
    snprintf(why, n, "unknown thread %lu", (unsigned long)x);
  else if (kind == LENGTH && x > (size_t)(d->end - *at))
    snprintf(why, n, "extension of %lu bytes, %zu are left", (unsigned long)x,
             (size_t)(d->end - *at));
  return !why[0];
}

// Which operands follow this opcode byte; returns how many.
static int operands_of(uint8_t byte, enum operand *kinds)
{
  int n = 0;
  switch (byte & 15) {
  case GCT_WAIT:
    kinds[n++] = THREAD, kinds[n++] = NUMBER;
    break;
  case GCT_ALLOC:
    kinds[n++] = HANDLE, kinds[n++] = TYPE, kinds[n++] = NUMBER;
    kinds[n++] = SLOTS;
    break;
  case GCT_WRITE:
    if (!(byte & GCT_SAME_OWNER)) kinds[n++] = OWNER;
    if (!(byte & GCT_NEXT_SLOT)) kinds[n++] = SLOT;
    if (!(byte & GCT_TO_NIL)) kinds[n++] = TARGET;
    break;
  case GCT_WEAK:
    kinds[n++] = HANDLE, kinds[n++] = WEAK_TARGET;
    break;
  case GCT_RESIZE:
    kinds[n++] = HANDLE, kinds[n++] = NUMBER;
    if (byte & GCT_WITH_SLOTS) kinds[n++] = SLOTS;
    break;
  case GCT_ROOT:
    kinds[n++] = HANDLE;
    if (byte & GCT_LOADED) kinds[n++] = OWNER, kinds[n++] = SLOT;
    break;
  case GCT_GC:
  case GCT_MARK:
  case GCT_CHECKPOINT:
    kinds[n++] = NUMBER;
    break;
  case GCT_EXT:
    kinds[n++] = NUMBER, kinds[n++] = LENGTH;
    break;
  case GCT_THREAD:
    break;
  default:
    kinds[n++] = HANDLE;
    break;
  }
  return n;
}

static void explain(struct gct__decoder *d, const uint8_t *event)
{
  const uint8_t *at = event + 1;
  enum operand kinds[4];
  const char *flags = gct__flags_fault(*event & 15, *event & 0xf0);
  int n = operands_of(*event, kinds);
  for (int i = 0; i < n && !flags; i++)
    if (!check_operand(d, &at, kinds[i])) return;
  snprintf(d->why, sizeof d->why, "%s",
           flags ? flags : "no owner or slot to go on from");
}
