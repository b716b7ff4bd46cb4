// case_parser.h: what the two halves of the parser share.
// SPDX-License-Identifier: MIT
//
// case_parse.c goes through lines, loops and cases; case_steps.c knows the
// words of each step. Functions that return bool return false when they have
// recorded an error (case__fail), and do nothing once there is one.

#ifndef WANE_CASE_PARSER_H
#define WANE_CASE_PARSER_H

#include "case.h"
#include "case_words.h"

struct parser {
  struct case_file *file;
  const char *text, *end; // the whole file
  const char **lines;     // begin of each line; lines[n_lines] = end
  size_t n_lines;
  struct case_scope scope;
  struct case_one *one; // the case being parsed, or NULL
  void *names;          // of this case: a tree (case_steps.c)
  uint32_t thread;      // which one acts
  // The line being parsed.
  size_t number; // from 1
  struct case_line line;
  char word[CASE_WORD];
  char *error;
  size_t error_size;
  int status; // 0 or a negative errno
};

// Records the first error, with the line and p->word.
bool case__fail(struct parser *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool case__out_of_memory(struct parser *p);

// Makes room for one more after `n` elements; false when memory is short.
bool case__reserve(void *array, size_t *room, size_t n, size_t size);

// The next word into p->word; false at the end of the line, or on an error.
bool case__next(struct parser *p);
// The same where the line must go on.
bool case__want(struct parser *p, const char *what);
bool case__want_number(struct parser *p, uint32_t max, uint32_t *number);
bool case__want_end(struct parser *p);

// Parses the step whose first word is p->word.
bool case__step(struct parser *p);
// Forgets the names of the case.
void case__forget_names(struct parser *p);

#endif
