// gct_import_lines.h: lines and words of a text trace.
// SPDX-License-Identifier: MIT
#ifndef WANE_GCT_IMPORT_LINES_H
#define WANE_GCT_IMPORT_LINES_H

#include "gct_import_job.h"

#define GCT__MOST_WORDS 16u
#define GCT__LONGEST_WORD 4096u

struct gct__word {
  const char *at;
  size_t n;
};

struct gct__lines {
  struct gct__job *job;
  const uint8_t *at;
  uint64_t number; // of the line taken last, from 1
  uint32_t n;      // its words
  struct gct__word words[GCT__MOST_WORDS];
};

// Takes the next line that has words and does not begin with `comment`.
// Returns false at the end, and after a failure.
bool gct__lines_next(struct gct__lines *lines, char comment);

// Notes why the line taken last is refused. Returns false.
bool gct__lines_fail(const struct gct__lines *lines, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// A word from its character `from` on as a number: base 10, or base 16 with or
// without 0x.
bool gct__lines_number(const struct gct__lines *lines, struct gct__word word,
                       size_t from, unsigned base, uint64_t *number);

#endif
