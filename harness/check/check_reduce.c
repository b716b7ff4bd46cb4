// check_reduce.c: leaves operations out as long as it still fails.
// SPDX-License-Identifier: MIT
//
// Random programs: delta debugging (Zeller and Hildebrandt, TSE 2002),
// complements only: pieces of half the program, of a quarter, ... of one
// operation are left out, and stay out if what is left fails. A failure that
// does not come every time is waited for more than once. Whatever it is, it is
// said whether it fails again.
#include "check_reduce.h"

#include "check_cut.h"
#include "check_narrow.h"

#include <stdlib.h>
#include <string.h>

#define TRIES 3 // so many runs must be well before a piece is needed

// The operations of a random program.
struct program {
  struct search *s;
  size_t n;
  bool *keep;
};

char *check_ranges(const bool *keep, size_t n)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out) return NULL;
  const char *separator = "";
  for (size_t i = 0; i < n; i++) {
    size_t first = i;
    if (!keep[i]) continue;
    while (i + 1 < n && keep[i + 1]) i++;
    fprintf(out, first == i ? "%s%zu" : "%s%zu-%zu", separator, first, i);
    separator = "+";
  }
  fclose(out);
  return text;
}

static bool fails_with_kept(struct program *p)
{
  char *ranges = check_ranges(p->keep, p->n), *option = NULL;
  if (!ranges || asprintf(&option, "keep=%s", ranges) < 0) abort();
  bool failed = *ranges && search_fails(p->s, option);
  free(option);
  free(ranges);
  return failed;
}

// Every time? Then one run tells whether a piece is needed.
static bool fails_at_all(struct program *p)
{
  int failed = 0;
  p->s->tries = 1;
  for (int i = 0; i < TRIES; i++) failed += fails_with_kept(p);
  if (failed < TRIES) p->s->tries = TRIES;
  return failed;
}

static size_t kept(const struct program *p)
{
  size_t n = 0;
  for (size_t i = 0; i < p->n; i++) n += p->keep[i];
  return n;
}

// Leaves out `piece` kept operations from the `from`-th on, if it can.
// Returns where to go on.
static size_t leave_out(struct program *p, size_t from, size_t piece)
{
  size_t at = 0, left_out = 0;
  size_t *out = malloc(piece * sizeof *out);
  if (!out) abort();
  for (size_t i = 0; i < p->n && left_out < piece; i++)
    if (p->keep[i] && at++ >= from) out[left_out++] = i;
  for (size_t i = 0; i < left_out; i++) p->keep[out[i]] = false;
  bool gone = left_out && fails_with_kept(p);
  for (size_t i = 0; i < left_out && !gone; i++) p->keep[out[i]] = true;
  free(out);
  return gone ? from : from + piece;
}

static void shorten(struct program *p)
{
  memset(p->keep, true, p->n);
  for (size_t piece = p->n / 2; piece; piece /= 2) {
    for (size_t from = 0; from < kept(p) && !search_over(p->s);)
      from = leave_out(p, from, piece);
  }
}

static size_t number_after(const char *text, const char *word)
{
  const char *at = text ? strstr(text, word) : NULL;
  return at ? (size_t)strtoull(at + strlen(word), NULL, 10) : 0;
}

static void narrow_history(struct search *s, size_t n, struct reduction *r)
{
  struct program p = {s, n, malloc(n)};
  if (!p.keep) abort();
  memset(p.keep, true, n);
  r->repeatable = fails_at_all(&p);
  r->from = n;
  if (r->repeatable) shorten(&p);
  r->to = kept(&p);
  free(p.keep);
}

// Once more, with the program printed.
static void print_program(struct search *s)
{
  struct trial shortest;
  trial_copy(&shortest, &s->best);
  const struct trial *base = s->base;
  s->base = &shortest;
  s->end_s = search_now() + 5;
  s->tries = TRIES;
  (void)search_fails(s, "print=yes");
  s->base = base;
  trial_free(&shortest);
}

void check_reduce(struct trial *trial, struct outcome *outcome, double seconds,
                  struct reduction *r)
{
  const char *workload = trial->word[search_workload(trial)];
  struct search s = {.base = trial,
                     .status = outcome->status,
                     .tries = TRIES,
                     .end_s = search_now() + seconds,
                     .r = r};
  size_t operations = number_after(workload, "operations=");
  r->tried = true;
  if (strncmp(workload, "graphs", 6) == 0)
    r->repeatable = check_narrow_programs(&s);
  else if (strncmp(workload, "case:", 5) == 0)
    r->repeatable = check_narrow_cases(&s, outcome->reason);
  else if (strncmp(workload, "trace:", 6) == 0)
    r->repeatable = check_cut(&s);
  else if (strncmp(workload, "histories", 9) == 0 && operations)
    narrow_history(&s, operations, r);
  else
    r->repeatable = check_narrow_numbers(&s);
  if (r->to && s.best.n) print_program(&s);
  if (s.best.n) {
    trial_free(trial);
    *trial = s.best;
    outcome_free(outcome);
    *outcome = s.outcome;
  }
}
