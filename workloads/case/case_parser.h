// case_parser.h: what the parts of the parser share.
// SPDX-License-Identifier: MIT
//
// case_parse.c goes through lines, loops and cases; case_steps.c knows the
// words of each step, case_names.c what names stand for, case_action.c the
// steps of finalizers and callbacks. Functions that return bool return false
// when they have recorded an error (case__fail), and do nothing once there is
// one.

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
  void *names;          // of this case: a tree (case_names.c)
  uint32_t thread;      // which one acts
  uint32_t action;      // the one being parsed, or CASE_NIL
  // The line being parsed.
  size_t number; // from 1
  uint32_t idle; // turns of loops that made no step
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

// What a name stands for.
enum case_meaning { CASE_NO_NAME, CASE_OBJECT, CASE_ACTION, CASE_READING };

// Gives a name a meaning in this case; a new meaning replaces the old one.
bool case__define(struct parser *p, const char *text, enum case_meaning meaning,
                  uint32_t number);
enum case_meaning case__look_up(struct parser *p, const char *text,
                                uint32_t *number);
// Forgets the names of the case.
void case__forget_names(struct parser *p);

// An object of this kind that is called p->word; NULL when memory is short.
struct case_object *case__new_object(struct parser *p, enum case_kind kind);
// `text` as an object: its number, or CASE_SELF for $self in an action.
bool case__object(struct parser *p, const char *text, uint32_t *object);
// The next word as an object, an object or nil, OWNER.SLOT, or a weak
// reference.
bool case__want_object(struct parser *p, uint32_t *object);
bool case__want_target(struct parser *p, uint32_t *target);
bool case__want_slot(struct parser *p, uint32_t *object, uint32_t *slot);
bool case__want_weak(struct parser *p, uint32_t *object);
// The object, or each that $self can be, must have a type that allows weak
// references.
bool case__make_weakable(struct parser *p, uint32_t object);

// Parses the step whose first word is p->word.
bool case__step(struct parser *p);

// act NAME: step; step ... Its steps are parsed when the case ends, since they
// may name what comes later; what they make themselves is named at once.
bool case__parse_action(struct parser *p);
// Now parses them.
bool case__finish_actions(struct parser *p);

#endif
