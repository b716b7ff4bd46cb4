// gct_decode.h: events between their bytes and struct gct_event.
// SPDX-License-Identifier: MIT
//
// Private to the library. A decoder works on the unpacked payload of one
// EVTS chunk, which must be followed by GCT__PADDING readable zero bytes: it
// reads operands without a bounds check per byte and checks once per event.
// The encoder is its exact inverse; both keep the context (last owner, last
// slot) that starts empty in every chunk.
#ifndef WANE_GCT_DECODE_H
#define WANE_GCT_DECODE_H

#include "gct_format.h"

#define GCT__PADDING 64u

// What the operands of a file are checked against.
struct gct__limits {
  uint32_t max_handles;
  uint32_t n_type_ids;                   // type_index has this many entries
  const uint32_t *type_index;            // file's id -> index, or GCT_NIL
  int16_t thread_index[GCT_MAX_THREADS]; // file's id -> index, or -1
};

struct gct__decoder {
  const uint8_t *start, *at, *end;
  const struct gct__limits *limits;
  uint32_t owner, slot;
  char why[96]; // set when gct__decode stops at a malformed event
};

void gct__decoder_start(struct gct__decoder *decoder, const uint8_t *bytes,
                        size_t n, const struct gct__limits *limits);

// Decodes up to n events. Fewer means the end of the payload, or, if
// why[0] != 0, a malformed event.
size_t gct__decode(struct gct__decoder *decoder, struct gct_event *events,
                   size_t n);

struct gct__context {
  uint32_t owner, slot;
};

static inline void gct__context_start(struct gct__context *context)
{
  *context = (struct gct__context){GCT_NIL, 0};
}

// The flags of a WRITE with the encoding bits set wherever they can be; of
// anything else, its own.
uint8_t gct__best_flags(const struct gct__context *context,
                        const struct gct_event *event);

// Writes one event with its flags as they are to p, which has room for
// GCT__EVENT_BYTES plus an EXT payload. thread_id and type_id are the file's
// own numbers. Returns the bytes written.
size_t gct__encode(struct gct__context *context, uint8_t *p,
                   const struct gct_event *event, uint32_t thread_id,
                   uint32_t type_id, const uint8_t *payload);

// NULL, or why these flags do not fit this opcode.
const char *gct__flags_fault(unsigned op, unsigned flags);

#endif
