// check_trial.c: one command line of `wane run`, tried.
// SPDX-License-Identifier: MIT
//
// Nothing is opened here: a plugin that does harm when it is loaded does it to
// the child.
#include "check_trial.h"

#include "invoke.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

// --- words -------------------------------------------------------------------

static void put(struct trial *trial, char *word)
{
  if (!word || trial->n == TRIAL_WORDS) abort();
  trial->word[trial->n++] = word;
}

void trial_add_word(struct trial *trial, const char *format, ...)
{
  char *text = NULL;
  va_list args;
  va_start(args, format);
  if (vasprintf(&text, format, args) < 0) abort();
  va_end(args);
  put(trial, text);
}

void trial_add(struct trial *trial, const char *format, ...)
{
  char *text = NULL, *state = NULL;
  va_list args;
  va_start(args, format);
  if (vasprintf(&text, format, args) < 0) abort();
  va_end(args);
  for (char *word = strtok_r(text, " ", &state); word;
       word = strtok_r(NULL, " ", &state))
    put(trial, strdup(word));
  free(text);
}

void trial_start(struct trial *trial, const char *collector)
{
  trial->n = 0;
  trial_add(trial, "run -q --verify -c");
  trial_add_word(trial, "%s", collector);
}

void trial_copy(struct trial *to, const struct trial *from)
{
  to->n = 0;
  for (size_t i = 0; i < from->n; i++) put(to, strdup(from->word[i]));
}

void trial_free(struct trial *trial)
{
  for (size_t i = 0; i < trial->n; i++) free(trial->word[i]);
  trial->n = 0;
}

static bool plain(const char *word)
{
  return *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyz"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789_-+=,.:/@%^")];
}

char *trial_text(const struct trial *trial)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out) return NULL;
  fputs("wane", out);
  for (size_t i = 0; i < trial->n; i++) {
    const char *word = trial->word[i];
    if (plain(word)) {
      fprintf(out, " %s", word);
      continue;
    }
    fputs(" '", out);
    for (; *word; word++)
      if (*word == '\'')
        fputs("'\\''", out);
      else
        fputc(*word, out);
    fputc('\'', out);
  }
  fclose(out);
  return text;
}

// --- trying ------------------------------------------------------------------

struct watching {
  struct outcome *outcome;
  void (*tick)(void *context);
  void *context;
};

// The last lines are kept.
static void keep(char **lines, size_t *n, const char *line)
{
  if (*n == OUTCOME_LINES) {
    free(lines[0]);
    memmove(lines, lines + 1, (OUTCOME_LINES - 1) * sizeof *lines);
    --*n;
  }
  lines[*n] = strdup(line);
  if (lines[*n]) ++*n;
}

static void on_row(enum companion companion, const char *csv, void *context)
{
  (void)companion;
  (void)csv;
  (void)context;
}

static void on_numa(const char *csv, void *context)
{
  (void)csv;
  (void)context;
}

static void on_tick(double done, void *context)
{
  struct watching *w = context;
  (void)done;
  if (w->tick) w->tick(w->context);
}

static void on_complaint(const char *line, void *context)
{
  struct watching *w = context;
  if (*line) keep(w->outcome->said, &w->outcome->n_said, line);
}

static void take(struct outcome *outcome, struct record *record)
{
  const struct measurement *leaked =
      record_find(record, 1, "leak.objects", "process", "count");
  const struct measurement *stuck =
      record_find(record, 1, "rc.stuck", "process", "count");
  outcome->status = record->status;
  outcome->environment = record->environment;
  outcome->reason = record->reason;
  record->reason = NULL;
  outcome->leaked = leaked ? leaked->value : NAN;
  // Objects that the runtime has made immortal are left by design.
  if (stuck && stuck->value > 0) outcome->leaked = NAN;
  outcome->seconds = record->seconds;
  for (size_t i = 0; i < record->n_notes; i++)
    keep(outcome->note, &outcome->n_notes, record->notes[i]);
}

int trial_run(const struct trial *trial, void (*tick)(void *context),
              void *context, struct outcome *outcome)
{
  struct run_args args = {0};
  struct record record = {0};
  struct watching watching = {outcome, tick, context};
  const struct invoke_watch watch = {on_row, on_numa, on_tick, on_complaint,
                                     &watching};
  char error[512] = "", *argv[TRIAL_WORDS + 1] = {0};
  memcpy(argv, trial->word, trial->n * sizeof *argv);
  *outcome = (struct outcome){.leaked = NAN};
  int result = run_args_parse((int)trial->n, argv, &args, error, sizeof error);
  if (!result && (args.n_collectors != 1 || args.n_workloads != 1)) {
    snprintf(error, sizeof error, "expected one collector and one workload");
    result = -EINVAL;
  }
  if (!result) {
    struct plan_collector collector = {.spec = &args.collectors[0]};
    struct plan_workload workload = {.spec = &args.workloads[0]};
    struct plan plan = {.collectors = &collector,
                        .workloads = &workload,
                        .n_collectors = 1,
                        .n_workloads = 1};
    result = invoke(&args, &plan, 0, 0, &watch, &record);
    if (!result) take(outcome, &record);
    record_free(&record);
  } else {
    outcome->reason = strdup(error);
  }
  run_args_free(&args);
  return result;
}

void outcome_free(struct outcome *outcome)
{
  free(outcome->reason);
  for (size_t i = 0; i < outcome->n_notes; i++) free(outcome->note[i]);
  for (size_t i = 0; i < outcome->n_said; i++) free(outcome->said[i]);
  *outcome = (struct outcome){0};
}
