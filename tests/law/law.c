// law.c: every law, on every collector, under every variation.
// SPDX-License-Identifier: MIT

#include "law.h"

#include <string.h>

static const struct law_variation variations[] = {
    {"default", 1, {0}},
    {"small rounds", 1, {.young_bytes = 64 << 10, .round_ms = 1}},
    {"a collection at every allocation", 24, {.stress_alloc = 1}},
    {"log chunks of 4", 1, {.log_chunk = 4, .young_bytes = 256 << 10}},
    {"8-bit local counts", 1, {.local_limit = 255}},
    {"local counts below 2", 1, {.local_limit = 2, .log_chunk = 4}},
    {"two workers", 1, {.workers = 2, .log_chunk = 4, .round_ms = 1}},
    {"three workers, few mark packets", 1,
     {.workers = 3, .mark_bytes = 1, .round_ms = 1}},
};
#define VARIATIONS (sizeof variations / sizeof variations[0])

struct entry {
  const struct law *law;
  struct law_case c;
};

static void run(void **state)
{
  const struct entry *e = *state;
  e->law->body(&e->c);
}

static char *name_of(const struct entry *e)
{
  char text[256];
  snprintf(text, sizeof text, "%s, %s: %s", e->c.setup.collector,
           e->c.setup.label, e->law->sentence);
  return strdup(text);
}

static bool claims_cycles(const char *collector)
{
  char error[256];
  const struct wane_collector *c =
      wane_collector_open(collector, error, sizeof error);
  if (!c) {
    fprintf(stderr, "%s\n", error);
    exit(3);
  }
  return c->claims & WANE_CLAIM_COMPLETE;
}

static void fill(struct entry *e, const struct law *law, const char *collector,
                 const struct law_variation *v)
{
  e->law = law;
  e->c.setup.collector = collector;
  e->c.setup.label = v->label;
  e->c.setup.config = v->config;
  e->c.slowness = v->slowness;
  e->c.cycles = claims_cycles(collector);
}

int law_main(const struct law *laws, size_t n, int argc, char **argv)
{
  const char *const *names = world_collectors();
  const char *only = argc > 1 ? argv[1] : "";
  size_t n_names = 0, n_tests = 0;
  while (names[n_names]) n_names++;
  size_t most = n * n_names * VARIATIONS;
  struct entry *entries = calloc(most, sizeof *entries);
  struct CMUnitTest *tests = calloc(most, sizeof *tests);
  if (!entries || !tests) return 3;
  for (size_t l = 0; l < n; l++)
    for (size_t c = 0; c < n_names; c++)
      for (size_t v = 0; v < VARIATIONS; v++) {
        struct entry *e = &entries[n_tests];
        fill(e, &laws[l], names[c], &variations[v]);
        char *name = name_of(e);
        if (!strstr(name, only)) {
          free(name);
          continue;
        }
        tests[n_tests++] = (struct CMUnitTest){
            .name = name, .test_func = run, .initial_state = e};
      }
  if (!n_tests) {
    fprintf(stderr, "no law's name contains '%s'\n", only);
    return 2;
  }
  int failed = _cmocka_run_group_tests("laws", tests, n_tests, NULL, NULL);
  for (size_t i = 0; i < n_tests; i++) free((char *)(uintptr_t)tests[i].name);
  free(entries);
  free(tests);
  return failed ? 1 : 0;
}
