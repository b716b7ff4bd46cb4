// gct_import_json.h: pulls values out of JSON text, one after the other.
// SPDX-License-Identifier: MIT
//
// For files of gigabytes that are two long arrays of numbers: nothing is
// built, a number is read where it stands. The caller knows what must come
// next; what it does not want it skips. All functions return false when the
// text is not that, with the failure noted in the job.
#ifndef WANE_GCT_IMPORT_JSON_H
#define WANE_GCT_IMPORT_JSON_H

#include "gct_import_job.h"

struct gct__json {
  struct gct__job *job;
  const uint8_t *at, *end;
};

// The characters between two quotes, escapes as they stand.
struct gct__text {
  const char *at;
  size_t n;
};

bool gct__json_fail(struct gct__json *json, const char *why);

// Skips blanks; the next character must be `c`, and is taken.
bool gct__json_take(struct gct__json *json, char c);

// Before each element of an array or object whose bracket has been taken:
// *more is false, and the closing bracket `close` taken, behind the last one.
// *first is true before the first call.
bool gct__json_next(struct gct__json *json, char close, bool *first,
                    bool *more);

bool gct__json_string(struct gct__json *json, struct gct__text *text);
// A string and the colon behind it.
bool gct__json_key(struct gct__json *json, struct gct__text *key);
// A whole number from 0 to 2^53.
bool gct__json_number(struct gct__json *json, uint64_t *number);
// Any value, up to 64 brackets deep.
bool gct__json_skip(struct gct__json *json);

bool gct__text_is(struct gct__text text, const char *word);
// The string with its escapes resolved, as UTF-8, at most `limit` bytes of it.
size_t gct__text_resolve(struct gct__text text, char *out, size_t limit);

#endif
