// test_numa_args.c: what a command line may ask of nodes, and what not.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "exit_code.h"
#include "numa_setup.h"
#include "run_args.h"

#include <string.h>

#define FOUR "--topology=synthetic:numa:4 core:2 pu:1"
#define ARGS(...)                                                              \
  (char *[])                                                                   \
  {                                                                            \
    "run", "-crc", "-wrings", __VA_ARGS__, NULL                                \
  }

static char error[1024];
static struct run_args args;
static struct numa_setup setup;

static int parse(char **argv)
{
  int argc = 0;
  while (argv[argc]) argc++;
  *error = '\0';
  return run_args_parse(argc, argv, &args, error, sizeof error);
}

// Parses, and holds it against the topology. An exit code.
static int set_up(char **argv)
{
  assert_int_equal(parse(argv), 0);
  return numa_setup_open(&setup, &args.numa, args.mutators, args.config.workers,
                         error, sizeof error);
}

static void clean_up(void)
{
  numa_setup_close(&setup);
  run_args_free(&args);
}

static void without_options_nodes_are_not_looked_at(void **state)
{
  (void)state;
  assert_int_equal(set_up(ARGS("-q")), WANE_EXIT_OK);
  assert_int_equal(setup.mode, NUMA_OFF);
  assert_string_equal(setup.memory, "none");
  assert_string_equal(setup.place, "none");
  char *config = numa_setup_config(&setup);
  assert_string_equal(config, "");
  free(config);
  clean_up();
}

static void any_option_turns_it_on(void **state)
{
  (void)state;
  static char *const options[] = {"--topology=machine", "--place=compact",
                                  "--memory=local", "--steal=any", "--strict",
                                  "--numa=real"};
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
    assert_int_equal(parse(ARGS(options[i])), 0);
    assert_int_equal(args.numa.asked, NUMA_ASKED_REAL);
    run_args_free(&args);
  }
  assert_int_equal(parse(ARGS("--numa=off")), 0);
  assert_int_equal(args.numa.asked, NUMA_ASKED_OFF);
  run_args_free(&args);
}

static void all_of_it_reaches_the_runtime(void **state)
{
  (void)state;
  assert_int_equal(
      set_up(ARGS("--numa=model", FOUR, "--place=mutators@0-1/collectors@3",
                  "--memory=logs=bind:0,2;objects=local", "--steal=owner",
                  "--numa-cost=local_ns=50,inject=1", "--strict", "-t8",
                  "--workers=2")),
      WANE_EXIT_OK);
  const struct wane_numa_config *c = &setup.config;
  assert_int_equal(setup.mode, NUMA_MODEL);
  assert_ptr_equal(c->topology, setup.topology);
  assert_ptr_equal(c->placement, setup.placement);
  assert_int_equal(c->objects.kind, WANE_MEMORY_LOCAL);
  assert_int_equal(c->metadata.kind, WANE_MEMORY_OS_DEFAULT);
  assert_int_equal(c->logs.kind, WANE_MEMORY_BIND);
  assert_int_equal(c->logs.nodes, 5);
  assert_int_equal(c->steal, WANE_STEAL_OWNER);
  assert_true(c->model && c->count && c->strict && c->inject);
  assert_true(c->local_ns == 50);
  assert_string_equal(setup.memory,
                      "objects=local;metadata=os-default;logs=bind:0,2");
  assert_int_equal(strlen(setup.id), 16);
  assert_int_equal(wane_placement_node(c->placement, WANE_PLACE_WORKER, 1), 3);
  // A workload has its own number of mutators.
  assert_int_equal(numa_setup_place(&setup, 2, 1, error, sizeof error), 0);
  assert_ptr_equal(c->placement, setup.placement);
  char *config = numa_setup_config(&setup), expected[2048];
  snprintf(expected, sizeof expected,
           ".numa-model.strict.topology-%s.place-mutators@0-1/collectors@3."
           "memory-%s.steal-owner.cost-local_ns=50;inject=1",
           setup.id, setup.memory);
  assert_string_equal(config, expected);
  free(config);
  clean_up();
}

static void one_policy_is_for_all_spaces(void **state)
{
  (void)state;
  assert_int_equal(
      set_up(ARGS("--numa=model", FOUR, "--memory=interleave")),
      WANE_EXIT_OK);
  assert_string_equal(setup.memory, "interleave:0-3");
  assert_int_equal(setup.config.metadata.kind, WANE_MEMORY_INTERLEAVE);
  assert_int_equal(setup.config.logs.nodes, 15);
  clean_up();
  assert_int_equal(
      set_up(ARGS("--numa=model", FOUR,
                  "--memory=metadata=worst;logs=worst;objects=worst")),
      WANE_EXIT_OK);
  assert_string_equal(setup.memory, "worst");
  clean_up();
}

static void the_same_topology_has_the_same_id(void **state)
{
  (void)state;
  char first[17];
  assert_int_equal(set_up(ARGS("--numa=model", FOUR)), WANE_EXIT_OK);
  strcpy(first, setup.id);
  clean_up();
  assert_int_equal(set_up(ARGS("--numa=model", FOUR, "--place=scatter")),
                   WANE_EXIT_OK);
  assert_string_equal(setup.id, first);
  clean_up();
  assert_int_equal(set_up(ARGS("--numa=model", "--place=scatter",
                               "--topology=synthetic:numa:2 core:4 pu:1")),
                   WANE_EXIT_OK);
  assert_string_not_equal(setup.id, first);
  clean_up();
}

static void words_that_mean_nothing_are_usage(void **state)
{
  (void)state;
  static const struct {
    char *option;
    const char *said;
  } wrong[] = {
      {"--numa=on", "--numa: expected off, real or model, found \"on\""},
      {"--steal=none", "--steal: expected any, local-first, local-only or "
                       "owner, found \"none\""},
      {"--numa-cost=local_ns=9", "--numa-cost: expected --numa model"},
      {"--numa", "--numa: no such option, or its value is missing"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    assert_int_equal(parse(ARGS(wrong[i].option)), -EINVAL);
    assert_non_null(strstr(error, wrong[i].said));
    run_args_free(&args);
  }
  assert_int_equal(parse(ARGS("--numa=model", "--numa=model")), -EINVAL);
  assert_string_equal(error, "--numa: expected once, found twice");
  run_args_free(&args);
  assert_int_equal(parse(ARGS("--numa=off", "--place=compact")), -EINVAL);
  assert_string_equal(error, "--place: says nothing with --numa off");
  run_args_free(&args);
  assert_int_equal(parse(ARGS("--numa=model", "--numa-cost=inject=2")),
                   -EINVAL);
  assert_non_null(strstr(error, "inject"));
  run_args_free(&args);
}

static void policies_are_held_against_the_topology(void **state)
{
  (void)state;
  static const struct {
    char *option;
    const char *said;
    int code;
  } wrong[] = {
      {"--place=far", "--place: thread policy \"far\"", WANE_EXIT_USAGE},
      {"--place=mutators@0/collectors@4", "nodes out of 0-3", WANE_EXIT_USAGE},
      {"--memory=near", "--memory: memory policy \"near\"", WANE_EXIT_USAGE},
      {"--memory=bind:4", "nodes out of 0-3", WANE_EXIT_USAGE},
      {"--memory=heap=local", "objects=, metadata= or logs=, found \"heap\"",
       WANE_EXIT_USAGE},
      {"--memory=logs=local;", "found \"\"", WANE_EXIT_USAGE},
      {"--memory=logs=local;logs=local", "expected logs once, found twice",
       WANE_EXIT_USAGE},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    int code = set_up(ARGS("--numa=model", FOUR, wrong[i].option));
    assert_int_equal(code, wrong[i].code);
    if (!strstr(error, wrong[i].said)) fail_msg("%s", error);
    clean_up();
  }
}

static void topologies_that_cannot_be_are_refused(void **state)
{
  (void)state;
  assert_int_equal(set_up(ARGS("--topology=moon")), WANE_EXIT_USAGE);
  assert_non_null(strstr(error, "--topology: "));
  clean_up();
  assert_int_equal(set_up(ARGS("--topology=xml:/nonexistent")),
                   WANE_EXIT_ENVIRONMENT);
  clean_up();
  // A description of another machine: binding is refused, a model is not.
  assert_int_equal(set_up(ARGS(FOUR)), WANE_EXIT_ENVIRONMENT);
  assert_non_null(strstr(error, "--numa model needs no binding"));
  clean_up();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_options_nodes_are_not_looked_at),
      cmocka_unit_test(any_option_turns_it_on),
      cmocka_unit_test(all_of_it_reaches_the_runtime),
      cmocka_unit_test(one_policy_is_for_all_spaces),
      cmocka_unit_test(the_same_topology_has_the_same_id),
      cmocka_unit_test(words_that_mean_nothing_are_usage),
      cmocka_unit_test(policies_are_held_against_the_topology),
      cmocka_unit_test(topologies_that_cannot_be_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
