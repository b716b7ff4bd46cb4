// test_plugin_needs.c: what a collector may declare and what it may not.
// SPDX-License-Identifier: MIT
//
// Each case changes one thing of a declaration that is accepted, so that it
// is the change that gets refused, and for the reason expected.

#include "check.h"

#include <math.h>
#include <string.h>

#include "runtime/plugin.h"

static char error[1024];

static void batch(void *state, const wane_ref *objects, size_t n)
{
  (void)state, (void)objects, (void)n;
}

static void young(void *state, struct wane_round *round,
                  const struct wane_gc_span *spans, size_t n, uint64_t closers,
                  uint64_t born)
{
  (void)state, (void)round, (void)spans, (void)n, (void)closers, (void)born;
}

static bool due(void *state)
{
  return state != NULL;
}

static void collect(void *state, struct wane_round *round, bool full)
{
  (void)state, (void)round, (void)full;
}

static struct wane_option options[2];
static struct wane_collector c; // as `trial_deletion` would declare itself

static int declare(void **state)
{
  (void)state;
  options[0] = (struct wane_option){
      "limit", WANE_OPTION_INT, "10", "a number", 1, 100, NULL};
  options[1] = (struct wane_option){
      "order", WANE_OPTION_STRING, "new", "which first", 0, 0, "new|old"};
  c = (struct wane_collector){
      .size = sizeof c,
      .abi = WANE_COLLECTOR_ABI,
      .name = "sample",
      .help = "for tests",
      .barrier = WANE_BARRIER_RC_LOG,
      .needs = WANE_NEED_CLOSERS | WANE_NEED_PURPLE | WANE_NEED_SCRATCH,
      .claims = WANE_CLAIM_ACYCLIC | WANE_CLAIM_COMPLETE,
      .options = options,
      .n_options = 2,
      .closers = batch,
      .purple = batch,
      .due = due,
      .collect = collect,
  };
  return 0;
}

static void accepted(void)
{
  if (wane__collector_check(&c, "x/sample.so", error, sizeof error))
    fail_msg("refused: %s", error);
}

// Refused with both parts in the sentence; then as declared again.
static void refused(const char *part, const char *other)
{
  memset(error, 0, sizeof error);
  if (!wane__collector_check(&c, "x/sample.so", error, sizeof error))
    fail_msg("accepted, expected '%s' and '%s'", part, other);
  if (!strstr(error, "x/sample.so") || strchr(error, '\n') ||
      !strstr(error, part) || !strstr(error, other))
    fail_msg("expected '%s' and '%s' in: %s", part, other, error);
  declare(NULL);
}

// A collector that counts nothing and frees nothing.
static void declare_none(void)
{
  c.barrier = WANE_BARRIER_NONE;
  c.needs = c.claims = 0;
  c.closers = c.purple = NULL;
  c.young = NULL;
  c.due = NULL;
  c.collect = NULL;
}

// A collector that traces; the barrier is to be filled in.
static void declare_tracing(uint32_t barrier, uint32_t needs)
{
  declare_none();
  c.barrier = barrier;
  c.needs = needs;
  c.claims = WANE_CLAIM_ACYCLIC | WANE_CLAIM_COMPLETE;
  c.due = due;
  c.collect = collect;
}

static void what_the_first_collectors_declare_is_accepted(void **state)
{
  (void)state;
  accepted(); // trial_deletion
  c.needs |= WANE_NEED_WORLD_STOP;
  accepted(); // trial_deletion_stw
  c.needs = WANE_NEED_SCRATCH | WANE_NEED_WORLD_STOP | WANE_NEED_YOUNG_LARGE;
  c.closers = c.purple = NULL;
  c.young = young;
  accepted(); // cpython
  declare_none();
  accepted(); // nogc
  c.barrier = WANE_BARRIER_RC_LOG;
  c.claims = WANE_CLAIM_ACYCLIC;
  c.options = NULL;
  c.n_options = 0;
  accepted(); // rc
  declare_tracing(WANE_BARRIER_NONE, WANE_NEED_MARKS | WANE_NEED_WORLD_STOP);
  accepted(); // mark_sweep_stw
  declare_tracing(WANE_BARRIER_LOG, WANE_NEED_MARKS);
  accepted(); // satb_mark_sweep
  declare_tracing(WANE_BARRIER_RC_LOG, WANE_NEED_MARKS);
  accepted(); // concurrent_mark_sweep
}

static void identity_must_be_complete(void **state)
{
  (void)state;
  c.name = NULL;
  refused("(null)", "a-z");
  c.name = "Sample";
  refused("'Sample'", "a-z");
  c.name = "samp";
  refused("'samp'", "samp.so");
  c.help = NULL;
  refused("'sample'", "help");
  c.help = "two\nlines";
  refused("'sample'", "help");
}

static void unknown_bits_are_refused(void **state)
{
  (void)state;
  c.barrier = 7;
  refused("barrier 7", "RC_LOG");
  c.needs |= 0x100;
  refused("needs 0x107", "0x3f");
  c.claims |= 0x80;
  refused("claims 0x83", "0x7");
}

static void nothing_derived_from_counts_without_counting(void **state)
{
  (void)state;
  declare_none();
  c.needs = WANE_NEED_CLOSERS;
  c.closers = batch;
  refused("CLOSERS", "NONE");
  declare_none();
  c.needs = WANE_NEED_PURPLE;
  c.purple = batch;
  refused("PURPLE", "NONE");
  declare_none();
  c.needs = WANE_NEED_WORLD_STOP;
  c.collect = collect;
  refused("WORLD_STOP", "NONE");
  declare_none();
  c.needs = WANE_NEED_YOUNG_LARGE;
  c.young = young;
  refused("YOUNG_LARGE", "NONE");
  declare_none();
  c.collect = collect;
  refused("collect", "NONE");
  declare_none();
  c.claims = WANE_CLAIM_ACYCLIC;
  refused("ACYCLIC", "NONE");
  declare_none();
  c.claims = WANE_CLAIM_COMPLETE;
  refused("COMPLETE", "NONE");
}

static void a_trace_needs_the_barrier_that_goes_with_it(void **state)
{
  (void)state;
  declare_tracing(WANE_BARRIER_NONE, WANE_NEED_MARKS);
  refused("MARKS", "WORLD_STOP");
  declare_tracing(WANE_BARRIER_LOG, 0);
  refused("ACYCLIC", "LOG");
  declare_tracing(WANE_BARRIER_LOG, WANE_NEED_MARKS | WANE_NEED_WORLD_STOP);
  refused("LOG", "WORLD_STOP");
  declare_tracing(WANE_BARRIER_LOG, WANE_NEED_MARKS | WANE_NEED_CLOSERS);
  c.closers = batch;
  refused("CLOSERS", "LOG");
  declare_tracing(WANE_BARRIER_RC_LOG, WANE_NEED_MARKS | WANE_NEED_CLOSERS);
  c.closers = batch;
  refused("MARKS", "CLOSERS");
  declare_tracing(WANE_BARRIER_RC_LOG, WANE_NEED_MARKS);
  c.due = NULL;
  refused("MARKS", "due");
  declare_tracing(WANE_BARRIER_RC_LOG, WANE_NEED_MARKS);
  c.collect = NULL;
  refused("MARKS", "collect");
}

static void callbacks_and_needs_come_in_pairs(void **state)
{
  (void)state;
  c.closers = NULL;
  refused("CLOSERS", "closers");
  c.needs &= ~(uint32_t)WANE_NEED_CLOSERS;
  refused("closers", "nothing would call it");
  c.purple = NULL;
  refused("PURPLE", "purple");
  c.needs &= ~(uint32_t)WANE_NEED_PURPLE;
  refused("purple", "nothing would call it");
  c.needs |= WANE_NEED_YOUNG_LARGE;
  refused("YOUNG_LARGE", "young");
}

static void something_must_collect(void **state)
{
  (void)state;
  c.collect = NULL;
  refused("CLOSERS", "collect");
  c.collect = NULL;
  c.needs = WANE_NEED_WORLD_STOP;
  c.closers = c.purple = NULL;
  refused("WORLD_STOP", "collect");
  c.collect = NULL;
  c.needs = 0;
  c.closers = c.purple = NULL;
  refused("COMPLETE", "collect");
  c.collect = NULL;
  c.needs = 0;
  c.claims = WANE_CLAIM_ACYCLIC;
  c.closers = c.purple = NULL;
  refused("due", "collect");
}

static void options_table_must_be_valid(void **state)
{
  (void)state;
  c.options = NULL;
  refused("2 options", "NULL");
  c.n_options = 100000;
  refused("100000 options", "256");
  options[1].name = "limit";
  refused("0 and 1", "'limit'");
  options[0].name = NULL;
  refused("option 0", "(null)");
  options[0].type = (enum wane_option_type)9;
  refused("'limit'", "type 9");
  options[0].help = "";
  refused("'limit'", "help");
  options[0].value = NULL;
  refused("'limit'", "default");
  options[0].min = 101;
  refused("'limit'", "bounds");
  options[0].max = (double)NAN;
  refused("'limit'", "bounds");
  options[0].choices = "a|b";
  refused("'limit'", "choices");
  options[0].value = "101";
  refused("default", "101");
  options[0].value = "ten";
  refused("default", "ten");
  options[1].value = "middle";
  refused("default", "middle");
}

#define TEST(name) cmocka_unit_test_setup(name, declare)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(what_the_first_collectors_declare_is_accepted),
      TEST(identity_must_be_complete),
      TEST(unknown_bits_are_refused),
      TEST(nothing_derived_from_counts_without_counting),
      TEST(a_trace_needs_the_barrier_that_goes_with_it),
      TEST(callbacks_and_needs_come_in_pairs),
      TEST(something_must_collect),
      TEST(options_table_must_be_valid),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
