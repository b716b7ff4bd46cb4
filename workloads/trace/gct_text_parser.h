// gct_text_parser.h: the state of a text being read, and its tokens.
// SPDX-License-Identifier: MIT
//
// Private to gct_text_*.c. Every function returns false (or NULL) once
// something is wrong; the first error is kept in *parser->error and later
// ones are ignored, so callers simply stop.
#ifndef WANE_GCT_TEXT_PARSER_H
#define WANE_GCT_TEXT_PARSER_H

#include "gct_decode.h"

#define GCT__TEXT_MAX_TYPE (1u << 20)

static const size_t gct__none = SIZE_MAX;

struct gct__text_chunk {
  struct gct__head head;
  struct gct__context context;
  bool chosen; // by a `chunk` line; such a chunk is not split
  uint8_t *bytes;
  size_t n, capacity;
};

struct gct__parser {
  FILE *in;
  char *line; // getline's; cut into tokens
  size_t room;
  char *at; // what is left of the line
  uint64_t number;
  struct gct__text_chunk *chunks;
  size_t n_chunks;
  struct gct__header header;
  bool has_threads, has_handles, has_end;
  uint16_t end_flags;
  uint32_t needs_handles;             // largest handle + 1
  size_t current;                     // TYPE, META, CKPT or other; or gct__none
  size_t open_chunk[GCT_MAX_THREADS]; // of each thread, or gct__none
  uint64_t seq[GCT_MAX_THREADS];      // events so far
  uint64_t wait_line[GCT_MAX_THREADS]; // where a WAIT named it first, or 0
  uint64_t *type_line;                 // the same for types, by id
  bool *type_known;
  int result;
  struct gct_error *error;
};

// Notes an error at a line. Returns false.
bool gct__fail_at(struct gct__parser *p, uint64_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool gct__no_memory(struct gct__parser *p);

// gct_text_token.c

// The next token, or "" at the end of the line. A # begins a comment.
char *gct__next_token(struct gct__parser *p);

// Everything behind the last token, to the end of the line.
char *gct__rest_of_line(struct gct__parser *p);

// Notes that `token` is not what was wanted. Returns false.
bool gct__wrong(struct gct__parser *p, const char *token, const char *wanted);

bool gct__parse_number(struct gct__parser *p, const char *text, uint64_t limit,
                       uint64_t *value);
bool gct__parse_thread(struct gct__parser *p, char *token, uint32_t *id);
bool gct__parse_hex(struct gct__parser *p, char *token, size_t *n);
bool gct__take_u32(struct gct__parser *p, uint32_t limit, uint32_t *value);
bool gct__take_named(struct gct__parser *p, const char *key, uint64_t limit,
                     uint64_t *value); // key=NUMBER
bool gct__take_named32(struct gct__parser *p, const char *key, uint32_t limit,
                       uint32_t *value);
bool gct__take_bytes(struct gct__parser *p, uint32_t *words);
bool gct__take_handle(struct gct__parser *p, uint32_t *handle);
bool gct__take_target(struct gct__parser *p, uint32_t *target);
bool gct__take_place(struct gct__parser *p, uint32_t *owner, uint32_t *slot);

// gct_text_parse.c

struct gct__text_chunk *gct__begin_events(struct gct__parser *p, uint32_t id,
                                          bool chosen);
bool gct__reserve(struct gct__parser *p, struct gct__text_chunk *chunk,
                  size_t n);

// gct_text_event.c: a line that begins with a thread.
bool gct__parse_event(struct gct__parser *p, char *thread);

#endif
