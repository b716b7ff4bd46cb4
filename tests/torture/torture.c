// torture.c: runs torments on every collector that reclaims.
// SPDX-License-Identifier: MIT

#include "torture.h"

#include <string.h>

struct entry {
  const struct torment *torment;
  struct torture t;
};

static void run(void **state)
{
  const struct entry *e = *state;
  print_message("WANE_SEED=%" PRIu64 "\n", e->t.seed);
  e->torment->body(&e->t);
}

static bool reclaims(const char *collector)
{
  char error[256];
  const struct wane_collector *c =
      wane_collector_open(collector, error, sizeof error);
  if (!c) {
    fprintf(stderr, "%s\n", error);
    exit(3);
  }
  return c->claims & (WANE_CLAIM_ACYCLIC | WANE_CLAIM_COMPLETE);
}

int torture_main(const struct torment *torments, size_t n, uint64_t seed,
                 int argc, char **argv)
{
  enum { MOST = 256 };
  static struct entry entries[MOST];
  static struct CMUnitTest tests[MOST];
  static char text[MOST][160];
  size_t n_tests = 0;
  bool is_long = argc > 1 && !strcmp(argv[1], "--long");
  const char *only = argc > 1 + is_long ? argv[1 + is_long] : "";
  seed = check_seed(seed);
  for (const char *const *name = world_collectors(); *name; name++) {
    if (!reclaims(*name)) continue;
    for (size_t i = 0; i < n && n_tests < MOST; i++) {
      struct entry *e = &entries[n_tests];
      *e = (struct entry){&torments[i], {*name, seed, is_long ? 20 : 1}};
      snprintf(text[n_tests], sizeof text[0], "%s: %s", *name,
               torments[i].sentence);
      if (!strstr(text[n_tests], only)) continue;
      tests[n_tests] = (struct CMUnitTest){
          .name = text[n_tests], .test_func = run, .initial_state = e};
      n_tests++;
    }
  }
  if (!n_tests) {
    fprintf(stderr, "no torment's name contains '%s'\n", only);
    return 2;
  }
  return _cmocka_run_group_tests("torture", tests, n_tests, NULL, NULL) ? 1 : 0;
}

struct world_setup torture_setup(const struct torture *t)
{
  return (struct world_setup){
      .collector = t->collector,
      .config = {.young_bytes = 128 << 10, .log_bytes = 64 << 10,
                 .round_ms = 1, .heap_limit = (uint64_t)512 << 20,
                 .workers = 1 + (uint32_t)(t->seed % 3),
                 .mark_bytes = t->seed & 1 ? 0 : 1}};
}
