// case_words.h: the words of a line, with {arithmetic} replaced.
// SPDX-License-Identifier: MIT

#ifndef WANE_CASE_WORDS_H
#define WANE_CASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CASE_WORD 128u // longest word, in bytes, its end included
#define CASE_NESTING 8u

// The loops around a line: names and present values of their variables.
struct case_loop {
  char name[CASE_WORD];
  int64_t value;
};
struct case_scope {
  struct case_loop loops[CASE_NESTING];
  size_t n;
};

// One line, from `at` to `end` (no newline in it).
struct case_line {
  const char *at, *end;
};

// Takes the next word into `word`; false at the end of the line. A word that
// is wrong sets *reason (a sentence) and is returned as far as it went.
bool case_next_word(struct case_line *line, const struct case_scope *scope,
                    char word[CASE_WORD], const char **reason);

// A whole word as a number from 0 to `max`.
bool case_number(const char *word, uint32_t max, uint32_t *number);

// A name: a letter or '_', then letters, digits and '_'.
bool case_is_name(const char *word);

#endif
