// test_workloads_adversary.c: the adversarial workloads notice what is wrong.
// SPDX-License-Identifier: MIT
//
// Changes the objects' numbers under the workloads' hands, takes away the
// collector's word that it knows weak references, and lets the heap be full:
// each must say so, and come to an end. A change may hit nothing that is still
// looked at, so each is given work for seconds and more, most of which is not
// done once a change has been noticed. Between two stops of the world mutators
// get up to 10 ms; who makes its objects, looks at them and drops them in less
// is always met too late, so dead_chains takes longer.

#include "drive_workload.h"

static const struct {
  const char *name;
  const char *options; // far longer than it takes to be changed under way
  bool special;        // needs weak references or finalizers
} workloads[] = {
    {"attach_flutter", "turns=100m", false},
    {"blocked_owner", "owners=10000,batch=5000", false},
    {"dead_chains", "cycles=300k,chains=150", false},
    {"finalizers", "cycles=5m", true},
    {"futile_scans", "nodes=10000,steps=100m", false},
    {"long_chain", "nodes=300k,chains=300", false},
    {"ping_pong", "balls=30m", false},
    {"ring_rotation", "steps=100m,hop=1000", false},
    {"thread_storm", "threads=100k", false},
    {"weak_storm", "cycles=5m,places=1k", true},
    {"wide_array", "width=100k,ops=20m", false},
};
enum { N_WORKLOADS = sizeof workloads / sizeof workloads[0] };

#if WANE_BARE // the barrier is fixed to counting
static const char *const collectors[] = {"cpython", "trial_deletion"};
#else
static const char *const collectors[] = {"satb_mark_sweep", "trial_deletion"};
#endif

// All of them have the number behind the header. One time changes it for good.
static void change_number(wane_ref object)
{
  const struct wane_type *type = wane_type_of(object);
  if (type->n_refs == 0 || type->array_offset) return;
  ((uint64_t *)(void *)object)[2] |= (uint64_t)1 << 63;
  ((uint64_t *)(void *)object)[2] ^= (uint64_t)1 << 62;
}

static void changed_objects_are_noticed(void **state)
{
  (void)state;
  for (int w = 0; w < N_WORKLOADS; w++)
    for (int two = 0; two < 2; two++) {
      struct drive d = {.collector = collectors[two],
                        .options = workloads[w].options,
                        .mutators = 1 + (uint32_t)two,
                        .tamper = change_number,
                        .tamper_early = true};
      int result = drive_run(&d, workloads[w].name);
      if (!result || !*d.sentence)
        fail_msg("%s did not notice that its objects were changed",
                 workloads[w].name);
    }
}

static void what_the_collector_lacks_is_no_failure(void **state)
{
  (void)state;
  for (int w = 0; w < N_WORKLOADS; w++) {
    if (!workloads[w].special) continue;
    struct drive d = {.collector = "trial_deletion",
                      .no_weak = true,
                      .options = "cycles=10",
                      .config.report = NULL};
    assert_int_equal(drive_run(&d, workloads[w].name), ENOTSUP);
    assert_string_equal(d.sentence, "");
  }
}

#if !WANE_BARE
static void a_full_heap_ends_them_all(void **state)
{
  (void)state;
  for (int w = 0; w < N_WORKLOADS; w++) {
    struct drive d = {.collector = "nogc",
                      .options = workloads[w].options,
                      .mutators = 3,
                      .config.heap_limit = 2 << 20};
    int result = drive_run(&d, workloads[w].name);
    if (result != ENOMEM || *d.sentence)
      fail_msg("%s returned %d: %s", workloads[w].name, result, d.sentence);
  }
}
#endif

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(changed_objects_are_noticed),
    cmocka_unit_test(what_the_collector_lacks_is_no_failure),
#if !WANE_BARE
    cmocka_unit_test(a_full_heap_ends_them_all),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
