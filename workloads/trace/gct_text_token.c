// gct_text_token.c: words and numbers of a line of text.
// SPDX-License-Identifier: MIT
//
// A line is cut into tokens in place. Every error names the token and what
// was expected instead.
#include "gct_text_parser.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

bool gct__fail_at(struct gct__parser *p, uint64_t line, const char *format, ...)
{
  va_list arguments;
  char reason[sizeof p->error->reason];
  if (p->result != 0) return false;
  va_start(arguments, format);
  vsnprintf(reason, sizeof reason, format, arguments);
  va_end(arguments);
  p->result = gct__bad(p->error, line, "line", "%s", reason);
  return false;
}

bool gct__no_memory(struct gct__parser *p)
{
  if (p->result == 0) p->result = gct__system(p->error, ENOMEM);
  return false;
}

// The next token, or "" at the end of the line. A # begins a comment.
char *gct__next_token(struct gct__parser *p)
{
  while (*p->at == ' ' || *p->at == '\t') p->at++;
  if (*p->at == '#') *p->at = 0;
  char *token = p->at;
  while (*p->at && *p->at != ' ' && *p->at != '\t') p->at++;
  if (*p->at) *p->at++ = 0;
  return token;
}

bool gct__wrong(struct gct__parser *p, const char *token, const char *wanted)
{
  if (*token)
    return gct__fail_at(p, p->number, "'%.40s': expected %s", token, wanted);
  return gct__fail_at(p, p->number, "end of line: expected %s", wanted);
}

bool gct__parse_number(struct gct__parser *p, const char *text, uint64_t limit,
                       uint64_t *value)
{
  char *end;
  errno = 0;
  uint64_t x = isdigit((unsigned char)*text) ? strtoull(text, &end, 0) : 0;
  if (!isdigit((unsigned char)*text) || *end || errno)
    return gct__wrong(p, text, "a number");
  if (x > limit)
    return gct__fail_at(p, p->number, "'%.40s': the limit is %" PRIu64, text,
                        limit);
  *value = x;
  return true;
}

bool gct__take_u32(struct gct__parser *p, uint32_t limit, uint32_t *value)
{
  uint64_t x = 0;
  bool good = gct__parse_number(p, gct__next_token(p), limit, &x);
  *value = (uint32_t)x;
  return good;
}

// key=NUMBER
bool gct__take_named(struct gct__parser *p, const char *key, uint64_t limit,
                     uint64_t *value)
{
  char *token = gct__next_token(p), wanted[32];
  size_t n = strlen(key);
  if (strncmp(token, key, n) == 0 && token[n] == '=')
    return gct__parse_number(p, token + n + 1, limit, value);
  snprintf(wanted, sizeof wanted, "%s=NUMBER", key);
  return gct__wrong(p, token, wanted);
}

bool gct__take_named32(struct gct__parser *p, const char *key, uint32_t limit,
                       uint32_t *value)
{
  uint64_t x = 0;
  bool good = gct__take_named(p, key, limit, &x);
  *value = (uint32_t)x;
  return good;
}

bool gct__take_bytes(struct gct__parser *p, uint32_t *words)
{
  uint64_t bytes = 0;
  if (!gct__take_named(p, "bytes", 8 * (uint64_t)UINT32_MAX, &bytes))
    return false;
  if (bytes % 8)
    return gct__fail_at(p, p->number, "'%" PRIu64 "': bytes come in eights",
                        bytes);
  *words = (uint32_t)(bytes / 8);
  return true;
}

static bool parse_handle(struct gct__parser *p, const char *token,
                         uint32_t *handle)
{
  uint64_t x = 0;
  uint32_t limit = p->has_handles ? p->header.max_handles : GCT_NIL - 1;
  if (!gct__parse_number(p, token, GCT_NIL - 2, &x)) return false;
  if (x >= limit)
    return gct__fail_at(p, p->number, "'%.40s': handles are below %u", token,
                        limit);
  *handle = (uint32_t)x;
  if (*handle >= p->needs_handles) p->needs_handles = *handle + 1;
  return true;
}

bool gct__take_handle(struct gct__parser *p, uint32_t *handle)
{
  return parse_handle(p, gct__next_token(p), handle);
}

bool gct__take_target(struct gct__parser *p, uint32_t *target)
{
  char *token = gct__next_token(p);
  *target = GCT_NIL;
  return strcmp(token, "nil") == 0 || parse_handle(p, token, target);
}

// OWNER.SLOT
bool gct__take_place(struct gct__parser *p, uint32_t *owner, uint32_t *slot)
{
  char *token = gct__next_token(p), *dot = strchr(token, '.');
  uint64_t x = 0;
  if (!dot) return gct__wrong(p, token, "OWNER.SLOT");
  *dot = 0;
  if (!parse_handle(p, token, owner) ||
      !gct__parse_number(p, dot + 1, GCT_MAX_SLOTS - 1, &x))
    return false;
  *slot = (uint32_t)x;
  return true;
}

// T5, or T5: with a colon.
bool gct__parse_thread(struct gct__parser *p, char *token, uint32_t *id)
{
  uint64_t x = 0;
  size_t n = strlen(token);
  if (n > 0 && token[n - 1] == ':') token[n - 1] = 0;
  if (token[0] != 'T') return gct__wrong(p, token, "a thread, as T0");
  if (!gct__parse_number(p, token + 1, GCT_MAX_THREADS - 1, &x)) return false;
  *id = (uint32_t)x;
  return true;
}

// Everything behind the last token, to the end of the line.
char *gct__rest_of_line(struct gct__parser *p)
{
  char *rest = p->at;
  p->at += strlen(p->at);
  return rest;
}

static int hex_digit(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Decodes a token of hex digits in place; its length is *n.
bool gct__parse_hex(struct gct__parser *p, char *token, size_t *n)
{
  size_t digits = strlen(token);
  if (digits % 2) return gct__wrong(p, token, "pairs of hex digits");
  for (size_t i = 0; i < digits; i += 2) {
    int high = hex_digit(token[i]), low = hex_digit(token[i + 1]);
    if (high < 0 || low < 0)
      return gct__wrong(p, token + i, "pairs of hex digits");
    token[i / 2] = (char)(high << 4 | low);
  }
  *n = digits / 2;
  return true;
}
