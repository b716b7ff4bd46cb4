// check_plan.c: laws, settings, seeds and a plugin's options make runs.
// SPDX-License-Identifier: MIT
#include "check_plan.h"

#include "check_laws.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS_FULL 5 // of each random test, with --full

static struct check_run *add(struct check_plan *plan,
                             const struct check_args *args, const char *law,
                             const char *sentence, uint64_t seed)
{
  if (plan->n == plan->capacity) {
    plan->capacity = plan->capacity ? plan->capacity * 2 : 64;
    plan->runs = realloc(plan->runs, plan->capacity * sizeof *plan->runs);
    if (!plan->runs) abort();
  }
  struct check_run *run = &plan->runs[plan->n++];
  *run = (struct check_run){.law = law, .sentence = sentence, .seed = seed};
  trial_start(&run->trial, args->collector);
  trial_add(&run->trial, "--seed %llu --timeout %g", (unsigned long long)seed,
            args->timeout_s);
  return run;
}

static bool claims(const json_t *about, unsigned flags)
{
  bool all = json_is_true(json_object_get(about, "frees_all"));
  bool acyclic = json_is_true(json_object_get(about, "frees_acyclic"));
  if (flags & CHECK_COMPLETE) return all;
  return !(flags & CHECK_ACYCLIC) || all || acyclic;
}

// "%D" becomes the folder, which may have spaces in its name.
static void add_workload(struct trial *trial, const char *run,
                         const char *data)
{
  size_t n = strcspn(run, " ");
  const char *at = strstr(run, "%D");
  trial_add(trial, "-w");
  if (at)
    trial_add_word(trial, "%.*s%s%.*s", (int)(at - run), run, data,
                   (int)(n - (size_t)(at + 2 - run)), at + 2);
  else
    trial_add_word(trial, "%.*s", (int)n, run);
  trial_add(trial, "%s", run + n);
}

static void add_test(struct check_plan *plan, const struct check_args *args,
                     const json_t *about, const struct check_law *law,
                     const struct check_test *test)
{
  bool varied = test->flags & CHECK_VARIED;
  uint64_t seeds = test->flags & CHECK_SEEDED && args->full ? SEEDS_FULL : 1;
  for (uint64_t k = 0; k < seeds; k++)
    for (size_t s = 0; s == 0 || (varied && check_settings[s].run); s++) {
      if (!claims(about, check_settings[s].flags)) continue;
      struct check_run *run = add(plan, args, law->name, law->sentence,
                                  args->seed + k * 1000 + s);
      add_workload(&run->trial, test->run, args->data);
      trial_add(&run->trial, "%s", check_settings[s].run);
    }
}

// --- options -----------------------------------------------------------------

// Whoever checks it with an option of their own wants that one.
static bool given(const char *collector, const char *name)
{
  size_t n = strlen(name);
  for (const char *at = strchr(collector, ','); at; at = strchr(at, ',')) {
    at++;
    if (strncmp(at, name, n) == 0 && at[n] == '=') return true;
  }
  return false;
}

static void add_option(struct check_plan *plan, const struct check_args *args,
                       const char *name, const char *value)
{
  if (given(args->collector, name)) return;
  struct check_run *run =
      add(plan, args, CHECK_OPTIONS,
          "it works with each of its options at each of its bounds",
          args->seed);
  trial_add(&run->trial, "-w histories,operations=2000 -t 2");
  char **collector = &run->trial.word[4]; // after -c
  char *word = NULL;
  if (asprintf(&word, "%s,%s=%s", *collector, name, value) < 0) abort();
  free(*collector);
  *collector = word;
}

static void add_bound(struct check_plan *plan, const struct check_args *args,
                      const char *name, const json_t *option, const char *which)
{
  const json_t *bound = json_object_get(option, which);
  bool whole = strcmp(json_string_value(json_object_get(option, "type")),
                      "number") != 0;
  char text[64];
  if (!json_is_real(bound)) return;
  snprintf(text, sizeof text, whole ? "%.0f" : "%.17g",
           json_real_value(bound));
  add_option(plan, args, name, text);
}

static void add_options(struct check_plan *plan, const struct check_args *args,
                        const json_t *about)
{
  size_t i;
  const json_t *option;
  json_array_foreach(json_object_get(about, "options"), i, option)
  {
    const char *name = json_string_value(json_object_get(option, "name"));
    const char *type = json_string_value(json_object_get(option, "type"));
    const char *choices = json_string_value(json_object_get(option, "choices"));
    if (strcmp(type, "bool") == 0) {
      add_option(plan, args, name, "yes");
      add_option(plan, args, name, "no");
    }
    add_bound(plan, args, name, option, "min");
    add_bound(plan, args, name, option, "max");
    char *list = choices ? strdup(choices) : NULL, *state = NULL;
    for (char *one = list ? strtok_r(list, "|", &state) : NULL; one;
         one = strtok_r(NULL, "|", &state))
      add_option(plan, args, name, one);
    free(list);
  }
}

// -----------------------------------------------------------------------------

int check_plan_make(const struct check_args *args, const json_t *about,
                    struct check_plan *plan, char *error, size_t size)
{
  bool known = !args->law;
  for (const struct check_law *law = check_laws; law->name; law++) {
    if (args->law && strcmp(args->law, law->name)) continue;
    known = true;
    for (const struct check_test *test = law->tests; test->run; test++)
      if ((args->full || !(test->flags & CHECK_FULL)) &&
          claims(about, test->flags))
        add_test(plan, args, about, law, test);
  }
  if (!args->law || strcmp(args->law, CHECK_OPTIONS) == 0) {
    known = true;
    add_options(plan, args, about);
  }
  if (known) return 0;
  bool always = !strcmp(args->law, CHECK_LOADS) ||
                !strcmp(args->law, CHECK_ENDS) ||
                !strcmp(args->law, CHECK_LEAKS);
  snprintf(error, size,
           always ? "--law: every run is held against \"%s\", it has none of "
                    "its own; name another law"
                  : "--law: there is no law \"%s\"; see wane check --help",
           args->law);
  return -EINVAL;
}

void check_plan_free(struct check_plan *plan)
{
  for (size_t i = 0; i < plan->n; i++) trial_free(&plan->runs[i].trial);
  free(plan->runs);
  *plan = (struct check_plan){0};
}
