// gct_encode.c: from events to the bytes of an EVTS payload.
// SPDX-License-Identifier: MIT
//
// The inverse of gct_decode.c: given the flags an event was decoded with, it
// writes back the same bytes.
#include "gct_decode.h"

uint8_t gct__best_flags(const struct gct__context *context,
                        const struct gct_event *event)
{
  if (event->op != GCT_WRITE) return event->flags;
  uint8_t flags = event->flags & GCT_INITIALISING;
  if (event->target == GCT_NIL) flags |= GCT_TO_NIL;
  if (event->handle != context->owner) return flags;
  flags |= GCT_SAME_OWNER;
  return event->slot == context->slot + 1 ? flags | GCT_NEXT_SLOT : flags;
}

static size_t put_write(struct gct__context *context, uint8_t *p,
                        const struct gct_event *event)
{
  size_t n = 0;
  if (!(event->flags & GCT_SAME_OWNER))
    n += gct__put_varint(p + n, event->handle);
  if (!(event->flags & GCT_NEXT_SLOT)) n += gct__put_varint(p + n, event->slot);
  if (!(event->flags & GCT_TO_NIL)) n += gct__put_varint(p + n, event->target);
  *context = (struct gct__context){event->handle, event->slot};
  return n;
}

// All but WAIT, ALLOC, WRITE and EXT.
static size_t put_other(uint8_t *p, const struct gct_event *event)
{
  if (event->op == GCT_THREAD) return 0;
  size_t n = gct__put_varint(p, event->handle);
  if (event->op == GCT_WEAK) {
    n += gct__put_varint(p + n, (uint32_t)(event->target + 1));
  } else if (event->op == GCT_RESIZE) {
    n += gct__put_varint(p + n, event->words);
    if (event->flags) n += gct__put_varint(p + n, event->slots);
  } else if (event->op == GCT_ROOT && event->flags) {
    n += gct__put_varint(p + n, event->target);
    n += gct__put_varint(p + n, event->slot);
  }
  return n;
}

size_t gct__encode(struct gct__context *context, uint8_t *p,
                   const struct gct_event *event, uint32_t thread_id,
                   uint32_t type_id, const uint8_t *payload)
{
  size_t n = 1;
  *p = (uint8_t)(event->op | event->flags);
  switch (event->op) {
  case GCT_WAIT:
    n += gct__put_varint(p + n, thread_id);
    n += gct__put_varint(p + n, event->seq);
    return n;
  case GCT_ALLOC:
    n += gct__put_varint(p + n, event->handle);
    n += gct__put_varint(p + n, type_id);
    n += gct__put_varint(p + n, event->words);
    n += gct__put_varint(p + n, event->slots);
    return n;
  case GCT_WRITE:
    return n + put_write(context, p + n, event);
  case GCT_EXT:
    n += gct__put_varint(p + n, event->number);
    n += gct__put_varint(p + n, event->length);
    if (event->length) memcpy(p + n, payload, event->length);
    return n + event->length;
  default:
    return n + put_other(p + n, event);
  }
}
