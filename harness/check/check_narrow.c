// check_narrow.c: less of a workload that is not a random program.
// SPDX-License-Identifier: MIT
#include "check_narrow.h"

#include <stdlib.h>
#include <string.h>

// Graphs: programs [from, to).
static bool fails_between(struct search *s, size_t from, size_t to)
{
  char *option = NULL;
  if (asprintf(&option, "from=%zu,to=%zu", from, to) < 0) abort();
  bool failed = from < to && search_fails(s, option);
  free(option);
  return failed;
}

#define PROGRAMS_MAX ((size_t)1 << 25) // of `graphs`

bool check_narrow_programs(struct search *s)
{
  size_t to = 1, low = 0;
  while (to < PROGRAMS_MAX && !fails_between(s, 0, to)) {
    if (search_over(s)) return false;
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

// --- cases -------------------------------------------------------------------

static bool case_fails(struct search *s, const char *name)
{
  char *option = NULL;
  if (asprintf(&option, "name=%s", name) < 0) abort();
  bool failed = search_fails(s, option);
  free(option);
  return failed;
}

// A crash does not say in which case: the first that crashes alone.
static bool some_case_fails(struct search *s)
{
  char line[256], name[64];
  const char *workload = s->base->word[search_workload(s->base)];
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
bool check_narrow_cases(struct search *s, const char *reason)
{
  char name[64];
  const char *at = reason ? strstr(reason, ": case ") : NULL;
  bool named = at && sscanf(at, ": case %63[^: ,]", name) == 1;
  return (named ? case_fails(s, name) : some_case_fails(s)) ||
         search_fails(s, NULL);
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
  size_t at = search_workload(now);
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
    failed = search_fails_so(s, trial);
    if (!failed) return;
    free(now->word[at]);
    now->word[at] = strdup(s->best.word[at]);
    if (!now->word[at]) abort();
  }
}

bool check_narrow_numbers(struct search *s)
{
  struct trial now;
  char *word = NULL;
  if (!search_fails(s, NULL)) return false;
  s->tries = 1;
  trial_copy(&now, s->base);
  for (size_t k = 0; (word = halved(now.word[search_workload(&now)], k)); k++) {
    free(word);
    halve(s, &now, k);
  }
  trial_free(&now);
  return true;
}
