// case_action.c: the steps of finalizers and weak callbacks.
// SPDX-License-Identifier: MIT
//
// An action may name what the case makes after it, so its words are kept, a
// step a line, until the case ends. What it makes itself can be named by the
// steps of the case at once. Runs on the parser's thread.

#include "case_parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Of the action's text.
struct text {
  char *bytes;
  size_t n, room;
};

static bool append(struct parser *p, struct text *text, const char *word,
                   char end)
{
  for (const char *at = word; *at; at++) {
    if (!case__reserve(&text->bytes, &text->room, text->n, 1))
      return case__out_of_memory(p);
    text->bytes[text->n++] = *at;
  }
  if (!case__reserve(&text->bytes, &text->room, text->n, 1))
    return case__out_of_memory(p);
  text->bytes[text->n++] = end;
  return true;
}

static bool is_verb(const char *word)
{
  static const char verbs[] = " new set weak eph drop root collect churn read ";
  char around[CASE_WORD + 2];
  snprintf(around, sizeof around, " %s ", word);
  return strstr(verbs, around);
}

// p->word is word `at` of a step with this verb: does it name a new thing?
static bool declare(struct parser *p, const char *verb, size_t at)
{
  static const struct {
    const char *verb;
    enum case_kind kind;
  } makers[] = {{"new", CASE_PLAIN},
                {"weak", CASE_WEAK_REFERENCE},
                {"eph", CASE_EPHEMERON}};
  if (at == 2 && !strcmp(verb, "read"))
    return case__define(p, p->word, CASE_READING, p->one->n_readings++);
  for (size_t i = 0; at == 1 && i < sizeof makers / sizeof *makers; i++) {
    if (strcmp(verb, makers[i].verb)) continue;
    struct case_object *o = case__new_object(p, makers[i].kind);
    if (o) o->maker = (uint32_t)p->file->n_actions - 1;
    return o;
  }
  return true;
}

// One step, up to a word that ends in ';'. *more: there was one.
static bool take_step(struct parser *p, struct text *text, bool *more)
{
  char verb[CASE_WORD] = "";
  *more = false;
  for (size_t at = 0; !*more && case__next(p); at++) {
    size_t n = strlen(p->word);
    if (n > 1 && p->word[n - 1] == ';') {
      p->word[n - 1] = '\0';
      *more = true;
    }
    if (at == 0) strcpy(verb, p->word);
    if (at == 0 && !is_verb(verb))
      return case__fail(p, "a step that an action may have expected");
    if (!declare(p, verb, at) || !append(p, text, p->word, *more ? '\n' : ' '))
      return false;
  }
  return p->status == 0;
}

bool case__parse_action(struct parser *p)
{
  struct case_file *f = p->file;
  if (!case__want(p, "NAME:")) return false;
  size_t n = strlen(p->word);
  if (n < 2 || p->word[n - 1] != ':') return case__fail(p, "NAME: expected");
  p->word[n - 1] = '\0';
  if (!case__reserve(&f->actions, &f->room_actions, f->n_actions,
                     sizeof *f->actions))
    return case__out_of_memory(p);
  if (!case__define(p, p->word, CASE_ACTION, (uint32_t)f->n_actions))
    return false;
  char *name = strdup(p->word);
  if (!name) return case__out_of_memory(p);
  f->actions[f->n_actions++] =
      (struct case_action){.name = name, .line = (uint32_t)p->number};
  struct text text = {NULL, 0, 0};
  bool more = true;
  while (more && take_step(p, &text, &more)) continue;
  if (p->status == 0) append(p, &text, "", '\0');
  f->actions[f->n_actions - 1].text = text.bytes;
  return p->status == 0;
}

// The steps of the action, which is p->action.
static bool finish_action(struct parser *p)
{
  struct case_action *action = &p->file->actions[p->action];
  p->number = action->line;
  action->first_step = p->file->n_steps;
  for (const char *at = action->text, *end; *at && p->status == 0; at = end) {
    end = at + strcspn(at, "\n");
    p->line = (struct case_line){at, end};
    if (*end) end++;
    if (case__next(p)) case__step(p);
  }
  action->n_steps = p->file->n_steps - action->first_step;
  return p->status == 0;
}

bool case__finish_actions(struct parser *p)
{
  struct case_one *one = p->one;
  one->n_actions = p->file->n_actions - one->first_action;
  for (size_t i = 0; i < one->n_actions && p->status == 0; i++) {
    p->action = (uint32_t)(one->first_action + i);
    finish_action(p);
  }
  p->action = CASE_NIL;
  return p->status == 0;
}
