// gct_text_event.c: one line of text to one event.
// SPDX-License-Identifier: MIT
#include "gct_text_parser.h"

static bool take_flag(struct gct__parser *p, const char *word, uint8_t bit,
                      struct gct_event *e)
{
  char *token = gct__next_token(p);
  if (!*token) return true;
  if (strcmp(token, word) != 0) return gct__wrong(p, token, word);
  e->flags |= bit;
  return true;
}

static bool parse_write(struct gct__parser *p,
                        const struct gct__text_chunk *chunk,
                        struct gct_event *e)
{
  uint64_t x = 0;
  if (!gct__take_place(p, &e->handle, &e->slot) ||
      !gct__take_target(p, &e->target))
    return false;
  char *token = gct__next_token(p);
  if (strcmp(token, "init") == 0) {
    e->flags |= GCT_INITIALISING;
    token = gct__next_token(p);
  }
  e->flags = gct__best_flags(&chunk->context, e);
  if (!*token) return true;
  if (strncmp(token, "enc=", 4) != 0)
    return gct__wrong(p, token, "init or enc=");
  if (!gct__parse_number(p, token + 4, 0x30, &x)) return false;
  if (x & ~(uint64_t)(e->flags & 0x30) || x == GCT_NEXT_SLOT)
    return gct__fail_at(p, p->number, "'%.40s': not possible here", token);
  e->flags = (uint8_t)((e->flags & 0xc0) | x);
  return true;
}

static bool parse_root(struct gct__parser *p, struct gct_event *e)
{
  if (!gct__take_handle(p, &e->handle)) return false;
  char *token = gct__next_token(p);
  if (!*token) return true;
  if (strcmp(token, "from") != 0) return gct__wrong(p, token, "from");
  e->flags = GCT_LOADED;
  return gct__take_place(p, &e->target, &e->slot);
}

static bool parse_resize(struct gct__parser *p, struct gct_event *e)
{
  if (!gct__take_handle(p, &e->handle) || !gct__take_bytes(p, &e->words))
    return false;
  while (*p->at == ' ' || *p->at == '\t') p->at++;
  if (!*p->at || *p->at == '#') return true;
  e->flags = GCT_WITH_SLOTS;
  return gct__take_named32(p, "slots", GCT_MAX_SLOTS, &e->slots);
}

static bool parse_alloc(struct gct__parser *p, struct gct_event *e,
                        uint32_t *type_id)
{
  if (!gct__take_handle(p, &e->handle) ||
      !gct__take_named32(p, "type", GCT__TEXT_MAX_TYPE, type_id) ||
      !gct__take_bytes(p, &e->words) ||
      !gct__take_named32(p, "slots", GCT_MAX_SLOTS, &e->slots))
    return false;
  if (!p->type_line[*type_id]) p->type_line[*type_id] = p->number;
  return true;
}

static bool parse_wait(struct gct__parser *p, struct gct_event *e,
                       uint32_t *thread_id)
{
  if (!gct__parse_thread(p, gct__next_token(p), thread_id) ||
      !gct__take_u32(p, UINT32_MAX, &e->seq))
    return false;
  if (!p->wait_line[*thread_id]) p->wait_line[*thread_id] = p->number;
  return true;
}

static bool parse_ext(struct gct__parser *p, struct gct_event *e,
                      char **payload)
{
  size_t n = 0;
  if (!gct__take_u32(p, UINT32_MAX, &e->number)) return false;
  *payload = gct__next_token(p);
  if (!gct__parse_hex(p, *payload, &n)) return false;
  e->length = (uint32_t)n;
  return true;
}

static int find_op(const char *word)
{
  for (unsigned op = 0; op < GCT_OPS; op++)
    if (strcmp(word, gct_op_name(op)) == 0) return (int)op;
  return -1;
}

// The operands and flags behind an opcode's word.
static bool parse_operands(struct gct__parser *p,
                           const struct gct__text_chunk *chunk,
                           struct gct_event *e, uint32_t *thread_id,
                           uint32_t *type_id, char **payload)
{
  switch (e->op) {
  case GCT_WAIT:
    return parse_wait(p, e, thread_id);
  case GCT_ALLOC:
    return parse_alloc(p, e, type_id);
  case GCT_WRITE:
    return parse_write(p, chunk, e);
  case GCT_ROOT:
    return parse_root(p, e);
  case GCT_RESIZE:
    return parse_resize(p, e);
  case GCT_EXT:
    return parse_ext(p, e, payload);
  case GCT_UNROOT:
    return gct__take_handle(p, &e->handle);
  case GCT_FREE:
  case GCT_DROP:
    return gct__take_handle(p, &e->handle) && take_flag(p, "cycle", 0x10, e);
  case GCT_WEAK:
    return gct__take_handle(p, &e->handle) && gct__take_target(p, &e->target) &&
           take_flag(p, "callback", GCT_WITH_CALLBACK, e);
  case GCT_FINALIZER:
    return gct__take_handle(p, &e->handle) && take_flag(p, "ran", GCT_ENDS, e);
  case GCT_PIN:
    return gct__take_handle(p, &e->handle) && take_flag(p, "end", GCT_ENDS, e);
  case GCT_THREAD:
    return take_flag(p, "end", GCT_ENDS, e);
  case GCT_GC:
    return gct__take_u32(p, UINT32_MAX, &e->number) &&
           take_flag(p, "end", GCT_ENDS, e);
  default:
    return gct__take_u32(p, UINT32_MAX, &e->number);
  }
}

static struct gct__text_chunk *event_chunk(struct gct__parser *p, uint32_t id)
{
  size_t open = p->open_chunk[id];
  if (open != gct__none) {
    struct gct__text_chunk *chunk = &p->chunks[open];
    bool full = chunk->head.n_events >= GCT__CHUNK_EVENTS ||
                chunk->n > GCT__CHUNK_RAW / 2;
    if (chunk->chosen || !full) return chunk;
  }
  return gct__begin_events(p, id, false);
}

bool gct__parse_event(struct gct__parser *p, char *thread)
{
  uint32_t id, thread_id = 0, type_id = 0;
  char *payload = NULL;
  if (!gct__parse_thread(p, thread, &id)) return false;
  char *word = gct__next_token(p);
  int op = find_op(word);
  if (op < 0) return gct__wrong(p, word, "an event");
  struct gct_event e = {.op = (uint8_t)op};
  struct gct__text_chunk *chunk = event_chunk(p, id);
  if (!chunk || !parse_operands(p, chunk, &e, &thread_id, &type_id, &payload))
    return false;
  if (!gct__reserve(p, chunk, GCT__EVENT_BYTES + e.length)) return false;
  chunk->n += gct__encode(&chunk->context, chunk->bytes + chunk->n, &e,
                          thread_id, type_id, (const uint8_t *)payload);
  chunk->head.n_events++;
  p->seq[id]++;
  p->header.n_events += op != GCT_WAIT;
  return true;
}
