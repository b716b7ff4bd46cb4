// check_reduce.c: leaves operations out as long as it still fails.
// SPDX-License-Identifier: MIT
//
// Histories: delta debugging (Zeller and Hildebrandt, TSE 2002), complements
// only: pieces of half the program, of a quarter, ... of one operation are left
// out, and stay out if what is left fails. A failure that does not come every
// time is waited for more than once. Graphs: the first program with which it
// fails, alone if that is enough. Cases: the case alone. Anything else: its
// numbers are halved as long as it fails. Whatever it is, it is said whether it
// fails again.
#include "check_reduce.h"

#include "clocks.h"
#include "interrupt.h"

#include <stdlib.h>
#include <string.h>

#define TRIES 3 // so many runs must be well before a piece is needed

struct search {
  const struct trial *base; // without `keep`
  enum run_status status;   // it must end so; RUN_OK: and leave something
  int tries;
  double end_s;
  struct reduction *r;
  size_t n;
  bool *keep;
  // The shortest that failed.
  struct trial best;
  struct outcome outcome;
};

static double now(void)
{
  return (double)clocks_wall_ns() * 1e-9;
}

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

// The word after -w.
static size_t workload_of(const struct trial *trial)
{
  for (size_t i = 0; i + 1 < trial->n; i++)
    if (strcmp(trial->word[i], "-w") == 0) return i + 1;
  return 0;
}

static void with_option(const struct trial *base, const char *option,
                        struct trial *trial)
{
  size_t at = workload_of(base);
  char *word = NULL;
  trial_copy(trial, base);
  if (!option) return;
  if (asprintf(&word, "%s,%s", base->word[at], option) < 0) abort();
  free(trial->word[at]);
  trial->word[at] = word;
}

// Does it fail like that? Then it is the best there is. Takes the trial over.
static bool fails_so(struct search *s, struct trial trial)
{
  bool failed = false;
  for (int i = 0; i < s->tries && !failed; i++) {
    struct outcome outcome;
    if (now() > s->end_s || interrupt_came()) break;
    s->r->runs++;
    if (trial_run(&trial, s->r->tick, s->r->context, &outcome)) {
      outcome_free(&outcome);
      break;
    }
    failed = outcome.status == s->status &&
             (s->status != RUN_OK || outcome.leaked > 0);
    if (failed) {
      outcome_free(&s->outcome);
      s->outcome = outcome;
    } else {
      outcome_free(&outcome);
    }
  }
  if (failed) {
    trial_free(&s->best);
    s->best = trial;
  } else {
    trial_free(&trial);
  }
  return failed;
}

static bool fails(struct search *s, const char *option)
{
  struct trial trial;
  with_option(s->base, option, &trial);
  return fails_so(s, trial);
}

static bool fails_with_kept(struct search *s)
{
  char *ranges = check_ranges(s->keep, s->n), *option = NULL;
  if (!ranges || asprintf(&option, "keep=%s", ranges) < 0) abort();
  bool failed = *ranges && fails(s, option);
  free(option);
  free(ranges);
  return failed;
}

// Every time? Then one run tells whether a piece is needed.
static bool fails_at_all(struct search *s)
{
  int failed = 0;
  s->tries = 1;
  for (int i = 0; i < TRIES; i++) failed += fails_with_kept(s);
  if (failed < TRIES) s->tries = TRIES;
  return failed;
}

static size_t kept(const struct search *s)
{
  size_t n = 0;
  for (size_t i = 0; i < s->n; i++) n += s->keep[i];
  return n;
}

// Leaves out `piece` kept operations from the `from`-th on, if it can.
// Returns where to go on.
static size_t leave_out(struct search *s, size_t from, size_t piece)
{
  size_t at = 0, left_out = 0;
  size_t *out = malloc(piece * sizeof *out);
  if (!out) abort();
  for (size_t i = 0; i < s->n && left_out < piece; i++)
    if (s->keep[i] && at++ >= from) out[left_out++] = i;
  for (size_t i = 0; i < left_out; i++) s->keep[out[i]] = false;
  bool gone = left_out && fails_with_kept(s);
  for (size_t i = 0; i < left_out && !gone; i++) s->keep[out[i]] = true;
  free(out);
  return gone ? from : from + piece;
}

static void shorten(struct search *s)
{
  memset(s->keep, true, s->n);
  for (size_t piece = s->n / 2; piece; piece /= 2) {
    for (size_t from = 0; from < kept(s) && now() < s->end_s;)
      from = leave_out(s, from, piece);
  }
}

static size_t number_after(const char *text, const char *word)
{
  const char *at = text ? strstr(text, word) : NULL;
  return at ? (size_t)strtoull(at + strlen(word), NULL, 10) : 0;
}

// Graphs: programs [from, to).
static bool fails_between(struct search *s, size_t from, size_t to)
{
  char *option = NULL;
  if (asprintf(&option, "from=%zu,to=%zu", from, to) < 0) abort();
  bool failed = from < to && fails(s, option);
  free(option);
  return failed;
}

#define PROGRAMS_MAX ((size_t)1 << 25) // of `graphs`

static bool narrow_programs(struct search *s)
{
  size_t to = 1, low = 0;
  while (to < PROGRAMS_MAX && !fails_between(s, 0, to)) {
    if (now() > s->end_s) return false;
    low = to;
    to *= 2;
  }
  // It fails without what comes after `to`, and not without `low`.
  while (to - low > 1) {
    size_t middle = low + (to - low) / 2;
    if (fails_between(s, 0, middle))
      to = middle;
    else
      low = middle;
  }
  if (fails_between(s, to - 1, to)) return true;
  size_t from = 0;
  for (size_t step = to / 2; step; step /= 2)
    if (fails_between(s, from + step, to)) from += step;
  return s->best.n;
}

static bool case_fails(struct search *s, const char *name)
{
  char *option = NULL;
  if (asprintf(&option, "name=%s", name) < 0) abort();
  bool failed = fails(s, option);
  free(option);
  return failed;
}

// A crash does not say in which case: the first that crashes alone.
static bool some_case_fails(struct search *s)
{
  char line[256], name[64];
  const char *workload = s->base->word[workload_of(s->base)];
  char *path = strndup(workload + strlen("case:"),
                       strcspn(workload + strlen("case:"), ","));
  FILE *file = path ? fopen(path, "r") : NULL;
  bool failed = false;
  int tries = s->tries;
  s->tries = 1;
  while (file && !failed && fgets(line, sizeof line, file))
    if (sscanf(line, "case %63s", name) == 1) failed = case_fails(s, name);
  s->tries = tries;
  if (file) fclose(file);
  free(path);
  return failed;
}

// The one that the reason names; if it does not fail alone, all of them.
static bool narrow_cases(struct search *s, const char *reason)
{
  char name[64];
  const char *at = reason ? strstr(reason, ": case ") : NULL;
  bool named = at && sscanf(at, ": case %63[^: ,]", name) == 1;
  return (named ? case_fails(s, name) : some_case_fails(s)) || fails(s, NULL);
}

// --- numbers -----------------------------------------------------------------

// `word` with its k-th number after a '=', counted from 0, halved. NULL: there
// is none, or it is small. The caller's.
static char *halved(const char *word, size_t k)
{
  char *text = NULL, *end;
  const char *at = strchr(word, '=');
  for (; at && k; k--) at = strchr(at + 1, '=');
  if (!at) return NULL;
  unsigned long long value = strtoull(at + 1, &end, 10);
  if (value < 2 || end == at + 1) return strdup(word); // no change
  if (asprintf(&text, "%.*s%llu%s", (int)(at + 1 - word), word, value / 2,
               end) < 0)
    abort();
  return text;
}

// One number of the workload is halved as often as it still fails.
static void halve(struct search *s, struct trial *now, size_t k)
{
  size_t at = workload_of(now);
  for (bool failed = true; failed;) {
    struct trial trial;
    char *word = halved(now->word[at], k);
    failed = word && strcmp(word, now->word[at]) != 0;
    if (!failed) {
      free(word);
      return;
    }
    trial_copy(&trial, now);
    free(trial.word[at]);
    trial.word[at] = word;
    failed = fails_so(s, trial);
    if (!failed) return;
    free(now->word[at]);
    now->word[at] = strdup(s->best.word[at]);
    if (!now->word[at]) abort();
  }
}

static bool narrow_numbers(struct search *s)
{
  struct trial now;
  char *word = NULL;
  if (!fails(s, NULL)) return false;
  s->tries = 1;
  trial_copy(&now, s->base);
  for (size_t k = 0; (word = halved(now.word[workload_of(&now)], k)); k++) {
    free(word);
    halve(s, &now, k);
  }
  trial_free(&now);
  return true;
}

static void narrow_history(struct search *s, struct reduction *r)
{
  s->keep = malloc(s->n);
  if (!s->keep) abort();
  memset(s->keep, true, s->n);
  r->repeatable = fails_at_all(s);
  r->from = s->n;
  if (r->repeatable) shorten(s);
  r->to = kept(s);
  free(s->keep);
}

// Once more, with the program printed.
static void print_program(struct search *s)
{
  struct trial shortest;
  trial_copy(&shortest, &s->best);
  const struct trial *base = s->base;
  s->base = &shortest;
  s->end_s = now() + 5;
  s->tries = TRIES;
  (void)fails(s, "print=yes");
  s->base = base;
  trial_free(&shortest);
}

void check_reduce(struct trial *trial, struct outcome *outcome, double seconds,
                  struct reduction *r)
{
  const char *workload = trial->word[workload_of(trial)];
  struct search s = {.base = trial,
                     .status = outcome->status,
                     .tries = TRIES,
                     .end_s = now() + seconds,
                     .r = r,
                     .n = number_after(workload, "operations=")};
  r->tried = true;
  if (strncmp(workload, "graphs", 6) == 0)
    r->repeatable = narrow_programs(&s);
  else if (strncmp(workload, "case:", 5) == 0)
    r->repeatable = narrow_cases(&s, outcome->reason);
  else if (strncmp(workload, "histories", 9) == 0 && s.n)
    narrow_history(&s, r);
  else
    r->repeatable = narrow_numbers(&s);
  if (r->to && s.best.n) print_program(&s);
  if (s.best.n) {
    trial_free(trial);
    *trial = s.best;
    outcome_free(outcome);
    *outcome = s.outcome;
  }
}
