// test_type.c: runtime/type.c: what is a type and what is refused.
// SPDX-License-Identifier: MIT

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "type.h"

#include <wane/collector.h>

#include <errno.h>

static char said[512];

static void hear(const char *sentence, void *context)
{
  (void)context;
  snprintf(said, sizeof said, "%s", sentence);
}

static int begin(void **state)
{
  (void)state;
  char error[128];
  struct wane_config config = {.report = hear, .heap_limit = 64 << 20};
  return wane_start(&config, error, sizeof error);
}

static int end(void **state)
{
  (void)state;
  wane_stop();
  return 0;
}

static void a_type_keeps_copies_of_what_it_was_given(void **state)
{
  (void)state;
  char name[] = "pair";
  uint32_t offsets[] = {16, 24};
  struct wane_type_spec spec = {
      .name = name, .size = 32, .n_refs = 2, .ref_offsets = offsets};
  const struct wane_type *type;
  assert_int_equal(wane_type_register(&spec, &type), 0);
  name[0] = 'x';
  offsets[0] = 99;
  assert_string_equal(type->name, "pair");
  assert_int_equal(type->ref_offsets[0], 16);
  assert_int_equal(type->cell, 32);
  assert_true(type->index > 0);
}

static void refused(struct wane_type_spec spec, const char *why)
{
  const struct wane_type *type = NULL;
  said[0] = '\0';
  assert_int_equal(wane_type_register(&spec, &type), -EINVAL);
  assert_null(type);
  if (!strstr(said, why)) fail_msg("said '%s', expected '%s'", said, why);
}

static void a_faulty_type_is_refused_in_a_sentence(void **state)
{
  (void)state;
  static const uint32_t odd[] = {20}, outside[] = {32}, twice[] = {16, 16};
  refused((struct wane_type_spec){.size = 32}, "name");
  refused((struct wane_type_spec){.name = "", .size = 32}, "name");
  refused((struct wane_type_spec){.name = "t", .size = 8}, "header");
  refused((struct wane_type_spec){.name = "t", .size = 1u << 31}, "1 GiB");
  refused((struct wane_type_spec){.name = "t", .size = 32, .n_refs = 1},
          "ref_offsets is NULL");
  refused((struct wane_type_spec){
              .name = "t", .size = 32, .n_refs = 1, .ref_offsets = odd},
          "not 8-aligned");
  refused((struct wane_type_spec){
              .name = "t", .size = 32, .n_refs = 1, .ref_offsets = outside},
          "inside the object");
  refused((struct wane_type_spec){
              .name = "t", .size = 32, .n_refs = 2, .ref_offsets = twice},
          "twice");
  refused((struct wane_type_spec){.name = "t", .size = 24, .array_offset = 20},
          "array_offset");
  refused((struct wane_type_spec){.name = "t", .size = 48, .array_offset = 32},
          "fixed part");
}

// A collector that says nothing of weak references gets no such types.
static void special_types_need_a_collector_that_knows_them(void **state)
{
  (void)state;
  static struct wane_collector c = {.size = sizeof c,
                                    .abi = WANE_COLLECTOR_ABI,
                                    .name = "c",
                                    .help = "for tests",
                                    .barrier = WANE_BARRIER_RC_LOG};
  struct wane_type_spec spec = {.name = "t", .size = 32, .weakable = true};
  const struct wane_type *type = NULL;
  char error[128];
  struct wane_config config = {.report = hear, .heap_limit = 64 << 20};
  for (int knows = 0; knows < 2; knows++) {
    c.claims = knows ? WANE_CLAIM_WEAK : 0;
    config.collector = &c;
    assert_int_equal(wane_start(&config, error, sizeof error), 0);
    said[0] = '\0';
    assert_int_equal(wane_type_register(&spec, &type), knows ? 0 : -ENOTSUP);
    assert_true(knows || strstr(said, "collector c knows no weak references"));
    wane_stop();
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_type_keeps_copies_of_what_it_was_given,
                                      begin, end),
      cmocka_unit_test_setup_teardown(a_faulty_type_is_refused_in_a_sentence,
                                      begin, end),
      cmocka_unit_test(special_types_need_a_collector_that_knows_them),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
