// case_parse.c: from the text of a scenario file to cases: lines and loops.
// SPDX-License-Identifier: MIT
//
// One pass over the lines; `repeat` parses the lines up to its `endrep` once
// for each value. What a case needs that a runtime may not have (finalizers,
// ...) becomes a flag of the case. Runs before the runtime does, on one thread.

#include "case_parser.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool case__fail(struct parser *p, const char *format, ...)
{
  if (p->status) return false;
  p->status = -EBADMSG;
  char reason[256];
  va_list args;
  va_start(args, format);
  vsnprintf(reason, sizeof reason, format, args);
  va_end(args);
  snprintf(p->error, p->error_size, "%s:%zu: %s near '%s'", p->file->path,
           p->number, reason, p->word);
  return false;
}

bool case__out_of_memory(struct parser *p)
{
  if (p->status) return false;
  p->status = -ENOMEM;
  snprintf(p->error, p->error_size, "%s:%zu: out of memory", p->file->path,
           p->number);
  return false;
}

bool case__reserve(void *array, size_t *room, size_t n, size_t size)
{
  if (n < *room) return true;
  size_t more = *room ? *room * 2 : 64;
  void *grown = realloc(*(void **)array, more * size);
  if (!grown) return false;
  *(void **)array = grown;
  *room = more;
  return true;
}

bool case__next(struct parser *p)
{
  const char *reason;
  bool any = case_next_word(&p->line, &p->scope, p->word, &reason);
  if (reason) return case__fail(p, "%s", reason);
  if (!any) strcpy(p->word, "end of line");
  return any;
}

bool case__want(struct parser *p, const char *what)
{
  return case__next(p) || case__fail(p, "%s expected", what);
}

bool case__want_number(struct parser *p, uint32_t max, uint32_t *number)
{
  return case__want(p, "number") &&
         (case_number(p->word, max, number) ||
          case__fail(p, "number from 0 to %u expected", max));
}

bool case__want_end(struct parser *p)
{
  return p->status == 0 &&
         (!case__next(p) || case__fail(p, "end of line expected")) &&
         p->status == 0;
}

static bool parse_case(struct parser *p)
{
  struct case_file *f = p->file;
  if (!case__want(p, "name")) return false;
  if (!case_is_name(p->word)) return case__fail(p, "name expected");
  for (size_t i = 0; i < f->n_cases; i++)
    if (!strcmp(f->cases[i].name, p->word))
      return case__fail(p, "another case of this name is on line %u",
                        f->cases[i].line);
  if (!case__reserve(&f->cases, &f->room_cases, f->n_cases, sizeof *f->cases))
    return case__out_of_memory(p);
  struct case_one *one = &f->cases[f->n_cases];
  *one = (struct case_one){.line = (uint32_t)p->number,
                           .threads = 1,
                           .first_step = f->n_steps,
                           .first_object = f->n_objects,
                           .first_action = f->n_actions};
  one->name = strdup(p->word);
  if (!one->name) return case__out_of_memory(p);
  f->n_cases++;
  p->one = one;
  p->thread = 0;
  p->action = CASE_NIL;
  return case__want_end(p);
}

static void close_case(struct parser *p)
{
  struct case_file *f = p->file;
  case__forget_names(p);
  if (!p->one) return;
  p->one->n_objects = f->n_objects - p->one->first_object;
  for (size_t i = p->one->first_object; i < f->n_objects; i++)
    memset(f->objects[i].roots, 0, sizeof f->objects[i].roots);
  p->one = NULL;
}

static bool parse_end(struct parser *p)
{
  if (p->scope.n) return case__fail(p, "endrep expected");
  if (!case__want_end(p)) return false;
  p->one->n_steps = p->file->n_steps - p->one->first_step;
  if (!case__finish_actions(p)) return false;
  close_case(p);
  return true;
}

// Puts line `i` (from 0) before the parser and takes its first word; false
// for an empty line or a comment.
static bool begin_line(struct parser *p, size_t i)
{
  p->number = i + 1;
  p->line = (struct case_line){p->lines[i], p->lines[i + 1]};
  if (p->line.end > p->line.at && p->line.end[-1] == '\n') p->line.end--;
  if (p->line.end > p->line.at && *p->line.at == '#') return false;
  return case__next(p);
}

#define IDLE_MOST 65536u

// The line of the `endrep` that belongs to the `repeat` on line `from`.
static size_t end_of_repeat(struct parser *p, size_t from, size_t to)
{
  size_t depth = 0;
  for (size_t i = from; i < to; i++) {
    struct case_line line = {p->lines[i], p->lines[i + 1]};
    const struct case_scope none = {.n = 0};
    const char *reason;
    char word[CASE_WORD];
    if (!case_next_word(&line, &none, word, &reason)) continue;
    if (!strcmp(word, "repeat")) depth++;
    if (!strcmp(word, "endrep") && --depth == 0) return i;
    if (!strcmp(word, "end")) break;
  }
  case__fail(p, "endrep is missing");
  return to;
}

static bool parse_lines(struct parser *p, size_t from, size_t to);

// repeat VARIABLE FIRST LAST, on line i; *last becomes the line of `endrep`.
static bool parse_repeat(struct parser *p, size_t i, size_t to, size_t *last)
{
  uint32_t first, end;
  if (!case__want(p, "variable")) return false;
  if (!case_is_name(p->word)) return case__fail(p, "variable expected");
  if (p->scope.n == CASE_NESTING)
    return case__fail(p, "more than %u loops in each other", CASE_NESTING);
  struct case_loop *loop = &p->scope.loops[p->scope.n];
  strcpy(loop->name, p->word);
  if (!case__want_number(p, CASE_MAX_STEPS, &first) ||
      !case__want_number(p, CASE_MAX_STEPS, &end) || !case__want_end(p))
    return false;
  *last = end_of_repeat(p, i, to);
  if (p->status) return false;
  p->scope.n++;
  for (uint32_t value = first; value <= end; value++) {
    loop->value = value;
    size_t steps = p->file->n_steps;
    if (!parse_lines(p, i + 1, *last)) return false;
    // Steps are bounded; loops in each other that make none would not be.
    if (p->file->n_steps == steps && ++p->idle > IDLE_MOST)
      return case__fail(p, "more than %u turns of loops without a step",
                        IDLE_MOST);
  }
  p->scope.n--;
  return true;
}

// Lines [from, to), numbered from 0.
static bool parse_lines(struct parser *p, size_t from, size_t to)
{
  for (size_t i = from; i < to && p->status == 0; i++) {
    if (!begin_line(p, i)) continue;
    if (!strcmp(p->word, "case")) {
      if (p->one) return case__fail(p, "case %s has no end", p->one->name);
      parse_case(p);
    } else if (!p->one) {
      case__fail(p, "case expected");
    } else if (!strcmp(p->word, "repeat")) {
      parse_repeat(p, i, to, &i);
    } else {
      if (!strcmp(p->word, "end"))
        parse_end(p);
      else
        case__step(p);
    }
  }
  return p->status == 0;
}

static bool split_lines(struct parser *p)
{
  size_t room = 0;
  for (const char *at = p->text;; p->n_lines++) {
    if (!case__reserve(&p->lines, &room, p->n_lines, sizeof *p->lines))
      return case__out_of_memory(p);
    p->lines[p->n_lines] = at;
    if (at == p->end) return true;
    const char *newline = memchr(at, '\n', (size_t)(p->end - at));
    at = newline ? newline + 1 : p->end;
  }
}

static void parse_file(struct parser *p)
{
  static const char magic[] = "#!gct 1";
  if (!split_lines(p)) return;
  p->number = 1;
  size_t n = strlen(magic), size = (size_t)(p->end - p->text);
  if (size < n || memcmp(p->text, magic, n) ||
      (size > n && p->text[n] != '\n' && p->text[n] != '\r')) {
    snprintf(p->word, sizeof p->word, "%.*s", (int)(size < 20 ? size : 20),
             p->text);
    p->word[strcspn(p->word, "\r\n")] = '\0';
    case__fail(p, "a file of cases begins with '%s';", magic);
    return;
  }
  if (!parse_lines(p, 1, p->n_lines)) return;
  strcpy(p->word, "end of file");
  if (p->one) case__fail(p, "case %s has no end", p->one->name);
  if (!p->file->n_cases) case__fail(p, "no case");
}

int case_file_parse(const char *path, const char *text, size_t n,
                    struct case_file **file, char *error, size_t error_size)
{
  struct parser *p = calloc(1, sizeof *p);
  struct case_file *f = calloc(1, sizeof *f);
  char *copy = strdup(path);
  if (!p || !f || !copy) {
    free(p), free(f), free(copy);
    snprintf(error, error_size, "%s: out of memory", path);
    return -ENOMEM;
  }
  f->path = copy;
  *p = (struct parser){.file = f,
                       .text = text,
                       .end = text + n,
                       .error = error,
                       .error_size = error_size};
  parse_file(p);
  int status = p->status;
  close_case(p);
  free(p->lines);
  free(p);
  if (status) {
    case_file_free(f);
    return status;
  }
  *file = f;
  return 0;
}
