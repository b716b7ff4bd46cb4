// test_replay_recorded.c: a recorded program's threads in relaxed order.
// SPDX-License-Identifier: MIT
//
// With every check there is: the oracle at each checkpoint and at the end, weak
// cells, and that nothing is left where the collector claims to free it all. By
// default the beginning of the trace; with --full all of it, in both orders, in
// more copies, on more collectors.

#include "drive_workload.h"

#include <unistd.h>

#include "gct_cut.h"

static bool full;
static char path[512];
static unsigned checkpoints;

static void find_trace(void)
{
  const char *source = getenv("WANE_SOURCE_DIR");
  snprintf(path, sizeof path, "%s/workloads/traces/threads_queue.gct",
           source ? source : ".");
}

static void count_checkpoints(void)
{
  struct gct_error error;
  struct gct_file *file;
  if (gct_open(path, &file, &error)) fail_msg("%s: %s", path, error.reason);
  checkpoints = gct_info(file)->n_checkpoints;
  gct_close(file);
}

// The first events only; the program's threads begin at about 94000.
static void cut_trace(void)
{
  struct gct_cut_options options = {.events = 130000, .every = 10000};
  struct gct_cut_result made;
  struct gct_error error;
  struct gct_file *file;
  if (gct_open(path, &file, &error)) fail_msg("%s: %s", path, error.reason);
  strcpy(path, "/tmp/wane-recorded-XXXXXX");
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  if (gct_cut(file, path, &options, NULL, NULL, &made, &error))
    fail_msg("%s", error.reason);
  gct_close(file);
  checkpoints = made.checkpoints;
}

static void replay(const char *collector, const char *order, unsigned copies)
{
  char options[640];
  struct drive d = {.collector = collector,
                    .options = options,
                    .verify = true,
                    .iterations = full ? 1 : 2};
  snprintf(options, sizeof options, "file=%s,order=%s,copies=%u", path, order,
           copies);
  int result = drive_run(&d, "trace");
  if (*d.sentence)
    fail_msg("%s, %s, %u copies: %s", collector, order, copies, d.sentence);
  assert_int_equal(result, 0);
  assert_int_equal(d.checkpoints, checkpoints * copies);
  if (d.run.complete) assert_int_equal(d.left, 0);
}

static void the_oracles_agree_in_relaxed_order(void **state)
{
  (void)state;
  static const char *const collectors[] = {
    "rc",
    "concurrent_mark_sweep",
    "trial_deletion",
    "cpython",
#if !WANE_BARE
    "mark_sweep_stw",
    "satb_mark_sweep",
#endif
  };
  size_t n = sizeof collectors / sizeof *collectors;
  find_trace();
  if (full)
    count_checkpoints();
  else
    cut_trace();
  for (size_t i = 0; i < (full ? n : 2); i++)
    for (unsigned copies = 1; copies <= (full ? 4u : 1u); copies *= 2) {
      replay(collectors[i], "relaxed", copies);
      if (full) replay(collectors[i], "strict", copies);
    }
  if (!full) unlink(path);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_oracles_agree_in_relaxed_order),
  };
  full = argc > 1 && !strcmp(argv[1], "--full");
  return cmocka_run_group_tests(tests, NULL, NULL);
}
