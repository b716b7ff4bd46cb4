// gct_text_parse.c: text to a binary trace; errors name line and token.
// SPDX-License-Identifier: MIT
//
// Line by line. Chunks stay in memory until the end, because a text written
// by hand may change thread at every line while each thread's chunk stays
// open; they are written in the order in which they began.
#include "gct_text.h"
#include "gct_sink.h"
#include "gct_text_parser.h"

#include <errno.h>
#include <stdlib.h>

static struct gct__text_chunk *begin_chunk(struct gct__parser *p,
                                           const char *type, bool chosen)
{
  size_t n = p->n_chunks;
  if ((n & (n - 1)) == 0) {
    void *grown = realloc(p->chunks, (n ? 2 * n : 1) * sizeof *p->chunks);
    if (!grown) {
      gct__no_memory(p);
      return NULL;
    }
    p->chunks = grown;
  }
  struct gct__text_chunk *chunk = &p->chunks[n];
  *chunk = (struct gct__text_chunk){.chosen = chosen};
  memcpy(chunk->head.type, type, 4);
  chunk->head.flags = gct__usual_flags(type);
  gct__context_start(&chunk->context);
  p->current = n;
  p->n_chunks = n + 1;
  return chunk;
}

struct gct__text_chunk *gct__begin_events(struct gct__parser *p, uint32_t id,
                                          bool chosen)
{
  struct gct__text_chunk *chunk = begin_chunk(p, "EVTS", chosen);
  if (!chunk) return NULL;
  chunk->head.thread = id;
  chunk->head.seq = p->seq[id];
  p->open_chunk[id] = p->n_chunks - 1;
  return chunk;
}

bool gct__reserve(struct gct__parser *p, struct gct__text_chunk *chunk,
                  size_t n)
{
  if (chunk->capacity - chunk->n >= n) return true;
  size_t capacity = 2 * chunk->capacity + n + 256;
  uint8_t *bytes = realloc(chunk->bytes, capacity);
  if (!bytes) return gct__no_memory(p);
  chunk->bytes = bytes;
  chunk->capacity = capacity;
  return true;
}

static bool append(struct gct__parser *p, struct gct__text_chunk *chunk,
                   const void *bytes, size_t n)
{
  if (!gct__reserve(p, chunk, n)) return false;
  if (n > 0) memcpy(chunk->bytes + chunk->n, bytes, n);
  chunk->n += n;
  return true;
}

// The chunk of a table line: the current one, or a new one.
static struct gct__text_chunk *table_chunk(struct gct__parser *p,
                                           const char *type)
{
  if (p->current != gct__none && gct__is(p->chunks[p->current].head.type, type))
    return &p->chunks[p->current];
  return begin_chunk(p, type, false);
}

static bool parse_type(struct gct__parser *p)
{
  char line[64], *name;
  uint32_t id, flags, size = 0, slots = 0;
  if (!gct__take_u32(p, GCT__TEXT_MAX_TYPE, &id) ||
      !gct__take_named32(p, "flags", UINT32_MAX, &flags))
    return false;
  if (strncmp(p->at, "size=", 5) == 0 &&
      (!gct__take_named32(p, "size", UINT32_MAX, &size) ||
       !gct__take_named32(p, "slots", UINT32_MAX, &slots)))
    return false;
  name = gct__rest_of_line(p);
  if (strncmp(name, "name=", 5) != 0 || !name[5])
    return gct__wrong(p, name, "name=NAME");
  if (p->type_known[id])
    return gct__fail_at(p, p->number, "'%u': type is there twice", id);
  p->type_known[id] = true;
  struct gct__text_chunk *chunk = table_chunk(p, "TYPE");
  int n = snprintf(line, sizeof line, "%u\t%u\t", id, flags);
  if (!chunk || !append(p, chunk, line, (size_t)n) ||
      !append(p, chunk, name + 5, strlen(name + 5)))
    return false;
  n = size | slots ? snprintf(line, sizeof line, "\t%u\t%u\n", size, slots)
                   : snprintf(line, sizeof line, "\n");
  return append(p, chunk, line, (size_t)n);
}

static bool parse_meta(struct gct__parser *p)
{
  char *text = gct__rest_of_line(p);
  if (!strchr(text, '=') || *text == '=')
    return gct__wrong(p, text, "KEY=VALUE");
  struct gct__text_chunk *chunk = table_chunk(p, "META");
  return chunk && append(p, chunk, text, strlen(text)) &&
         append(p, chunk, "\n", 1);
}

static bool parse_oracle(struct gct__parser *p)
{
  uint64_t x[6] = {0};
  uint8_t bytes[GCT__ORACLE_BYTES];
  if (!gct__parse_number(p, gct__next_token(p), UINT64_MAX, &x[0]) ||
      !gct__take_named(p, "objects", UINT64_MAX, &x[1]) ||
      !gct__take_named(p, "bytes", UINT64_MAX, &x[2]) ||
      !gct__take_named(p, "object_hash", UINT64_MAX, &x[3]) ||
      !gct__take_named(p, "edges", UINT64_MAX, &x[4]) ||
      !gct__take_named(p, "edge_hash", UINT64_MAX, &x[5]))
    return false;
  struct gct__text_chunk *chunk = table_chunk(p, "CKPT");
  if (!chunk) return false;
  for (int i = 0; i < 6; i++) gct__put(bytes + 8 * i, x[i], 8);
  chunk->head.n_events++;
  return append(p, chunk, bytes, sizeof bytes);
}

static bool parse_hex_line(struct gct__parser *p)
{
  char *token = gct__next_token(p);
  size_t n = 0;
  if (p->current == gct__none || !p->chunks[p->current].chosen)
    return gct__fail_at(p, p->number, "'hex': not in a chunk");
  return gct__parse_hex(p, token, &n) &&
         append(p, &p->chunks[p->current], token, n);
}

// chunk other type=HEX flags=N thread=N events=N seq=N
static bool parse_other_chunk(struct gct__parser *p)
{
  char *token = gct__next_token(p);
  uint32_t flags;
  size_t n = 0;
  if (strncmp(token, "type=", 5) != 0 || strlen(token) != 13)
    return gct__wrong(p, token, "type= and 8 hex digits");
  if (!gct__parse_hex(p, token + 5, &n)) return false;
  struct gct__text_chunk *chunk = begin_chunk(p, token + 5, true);
  if (!chunk || !gct__take_named32(p, "flags", 1, &flags)) return false;
  chunk->head.flags = (uint16_t)flags;
  return gct__take_named32(p, "thread", UINT32_MAX, &chunk->head.thread) &&
         gct__take_named32(p, "events", UINT32_MAX, &chunk->head.n_events) &&
         gct__take_named(p, "seq", UINT64_MAX, &chunk->head.seq);
}

// chunk TYPE|META|CKPT|END|EVTS Tn [flags=N]
static bool parse_chunk(struct gct__parser *p)
{
  static const char *const types[] = {"TYPE", "META", "CKPT", "EVTS", "END"};
  char *word = gct__next_token(p);
  uint32_t id, flags;
  size_t i = 0;
  if (strcmp(word, "other") == 0) return parse_other_chunk(p);
  while (i < 5 && strcmp(word, types[i]) != 0) i++;
  if (i == 5) return gct__wrong(p, word, "a chunk type");
  flags = gct__usual_flags(i == 4 ? "END " : types[i]);
  if (i == 3 && !gct__parse_thread(p, gct__next_token(p), &id)) return false;
  while (*p->at == ' ') p->at++;
  if (*p->at && *p->at != '#' && !gct__take_named32(p, "flags", 1, &flags))
    return false;
  if (i == 4) {
    p->has_end = true;
    p->end_flags = (uint16_t)flags;
    return true;
  }
  struct gct__text_chunk *chunk =
      i == 3 ? gct__begin_events(p, id, true) : begin_chunk(p, types[i], true);
  if (chunk) chunk->head.flags = (uint16_t)flags;
  return chunk != NULL;
}

// trace minor=N flags=N [threads=N] [handles=N] [index=N]
static bool parse_trace(struct gct__parser *p)
{
  struct gct__header *header = &p->header;
  for (char *token; *(token = gct__next_token(p));) {
    char *equals = strchr(token, '=');
    uint64_t x = 0;
    if (!equals) return gct__wrong(p, token, "KEY=NUMBER");
    *equals = 0;
    if (!gct__parse_number(p, equals + 1, UINT64_MAX, &x)) return false;
    if (strcmp(token, "minor") == 0 && x <= UINT16_MAX) {
      header->minor = (uint16_t)x;
    } else if (strcmp(token, "flags") == 0) {
      header->flags = x;
    } else if (strcmp(token, "threads") == 0 && x <= GCT_MAX_THREADS) {
      header->n_threads = (uint32_t)x;
      p->has_threads = true;
    } else if (strcmp(token, "handles") == 0 && x < GCT_NIL) {
      header->max_handles = (uint32_t)x;
      p->has_handles = true;
    } else if (strcmp(token, "index") == 0) {
      header->index_offset = x;
    } else {
      return gct__wrong(p, token, "a field of the header within its limit");
    }
  }
  return true;
}

static bool parse_line(struct gct__parser *p)
{
  char *word = gct__next_token(p);
  bool good;
  if (!*word) return true;
  if (p->has_end) return gct__fail_at(p, p->number, "'%.40s': after END", word);
  if (word[0] == 'T')
    good = gct__parse_event(p, word);
  else if (strcmp(word, "chunk") == 0)
    good = parse_chunk(p);
  else if (strcmp(word, "type") == 0)
    good = parse_type(p);
  else if (strcmp(word, "meta") == 0)
    good = parse_meta(p);
  else if (strcmp(word, "oracle") == 0)
    good = parse_oracle(p);
  else if (strcmp(word, "hex") == 0)
    good = parse_hex_line(p);
  else if (strcmp(word, "trace") == 0)
    good = parse_trace(p);
  else
    return gct__wrong(p, word, "an event, chunk, type, meta, oracle or trace");
  if (!good) return false;
  word = gct__next_token(p);
  return *word ? gct__wrong(p, word, "the end of the line") : true;
}

// What can be checked only when everything is known.
static bool check_names(struct gct__parser *p)
{
  for (uint32_t i = 0; i <= GCT__TEXT_MAX_TYPE; i++)
    if (p->type_line[i] && !p->type_known[i])
      return gct__fail_at(p, p->type_line[i], "'type=%u': unknown type", i);
  for (uint32_t i = 0; i < GCT_MAX_THREADS; i++)
    if (p->wait_line[i] && !p->seq[i])
      return gct__fail_at(p, p->wait_line[i], "'T%u': a thread without events",
                          i);
  return true;
}

static bool parse_all(struct gct__parser *p)
{
  ssize_t n;
  while ((n = getline(&p->line, &p->room, p->in)) >= 0) {
    p->number++;
    p->at = p->line;
    if (n > 0 && p->line[n - 1] == '\n') p->line[--n] = 0;
    if (strlen(p->line) != (size_t)n)
      return gct__fail_at(p, p->number, "a zero byte in the text");
    if (p->number == 1 && strcmp(p->line, "#!gct 1") != 0)
      return gct__fail_at(p, 1, "'%.40s': expected #!gct 1", p->line);
    if (p->number > 1 && !parse_line(p)) return false;
  }
  if (ferror(p->in)) {
    p->result = gct__system(p->error, errno);
    return false;
  }
  if (p->number == 0) return gct__fail_at(p, 1, "empty: expected #!gct 1");
  return check_names(p);
}

static void finish_header(struct gct__parser *p)
{
  uint32_t threads = 0;
  for (uint32_t i = 0; i < GCT_MAX_THREADS; i++) threads += p->seq[i] > 0;
  if (!p->has_threads) p->header.n_threads = threads;
  if (!p->has_handles) p->header.max_handles = p->needs_handles;
}

static void write_all(struct gct__parser *p, const char *path, int level)
{
  struct gct__sink sink;
  p->result = gct__sink_open(&sink, path, level, p->error);
  if (p->result != 0) return;
  sink.check = true;
  for (size_t i = 0; i < p->n_chunks; i++)
    gct__sink_chunk(&sink, &p->chunks[i].head, p->chunks[i].bytes,
                    p->chunks[i].n);
  gct__sink_end(&sink, &p->header, p->end_flags);
  p->result = gct__sink_finish(&sink, &p->header, p->error);
}

int gct_text_parse(FILE *in, const char *path, int level,
                   struct gct_error *error)
{
  struct gct__parser p = {.in = in,
                          .header = {.major = GCT_MAJOR, .minor = GCT_MINOR},
                          .end_flags = GCT__CRITICAL,
                          .current = gct__none,
                          .error = error};
  for (uint32_t i = 0; i < GCT_MAX_THREADS; i++) p.open_chunk[i] = gct__none;
  p.type_line = calloc(GCT__TEXT_MAX_TYPE + 1u, sizeof *p.type_line);
  p.type_known = calloc(GCT__TEXT_MAX_TYPE + 1u, sizeof *p.type_known);
  if (!p.type_line || !p.type_known)
    gct__no_memory(&p);
  else if (parse_all(&p)) {
    finish_header(&p);
    write_all(&p, path, level);
  }
  for (size_t i = 0; i < p.n_chunks; i++) free(p.chunks[i].bytes);
  free(p.chunks);
  free(p.type_line);
  free(p.type_known);
  free(p.line);
  return p.result;
}
