// check_search.c: tries of a shorter command, and the shortest that failed.
// SPDX-License-Identifier: MIT
#include "check_search.h"

#include "clocks.h"
#include "interrupt.h"

#include <stdlib.h>
#include <string.h>

double search_now(void)
{
  return (double)clocks_wall_ns() * 1e-9;
}

bool search_over(const struct search *s)
{
  return search_now() > s->end_s || interrupt_came();
}

size_t search_workload(const struct trial *trial)
{
  for (size_t i = 0; i + 1 < trial->n; i++)
    if (strcmp(trial->word[i], "-w") == 0) return i + 1;
  return 0;
}

void search_with_workload(const struct trial *base, char *workload,
                          struct trial *trial)
{
  size_t at = search_workload(base);
  trial_copy(trial, base);
  free(trial->word[at]);
  trial->word[at] = workload;
}

static bool as_found(const struct search *s, const struct outcome *outcome)
{
  return outcome->status == s->status &&
         (outcome->status != RUN_OK || outcome->leaked > 0);
}

bool search_fails_so(struct search *s, struct trial trial)
{
  bool failed = false;
  for (int i = 0; i < s->tries && !failed && !search_over(s); i++) {
    struct outcome outcome;
    s->r->runs++;
    if (trial_run(&trial, s->r->tick, s->r->context, &outcome)) {
      outcome_free(&outcome);
      break;
    }
    failed = as_found(s, &outcome);
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

bool search_fails(struct search *s, const char *option)
{
  struct trial trial;
  char *workload = NULL;
  const char *now = s->base->word[search_workload(s->base)];
  if (asprintf(&workload, "%s%s%s", now, option ? "," : "",
               option ? option : "") < 0)
    abort();
  search_with_workload(s->base, workload, &trial);
  return search_fails_so(s, trial);
}
