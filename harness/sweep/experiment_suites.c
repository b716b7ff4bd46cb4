// experiment_suites.c: the benchmarks of an experiment.
// SPDX-License-Identifier: MIT
//
// All of every suite, or those that are named. Pure.
#include "experiment_parts.h"

#include <string.h>

static int add_benchmark(const struct reading *reading, int suite, size_t s,
                         size_t b)
{
  struct experiment *it = reading->it;
  const struct yaml_tree *tree = it->load.tree;
  int node = yaml_tree_value(tree, suite, s);
  struct experiment_benchmark *benchmark = &it->benchmarks[it->n_benchmarks++];
  *benchmark = (struct experiment_benchmark){
      .suite = yaml_tree_key(tree, suite, s),
      .name = yaml_tree_key(tree, node, b),
      .text = it->load.it->suites[s][b],
      .node = yaml_tree_value(tree, node, b)};
  if (reading_is_name(benchmark->name, "")) return 0;
  return READING_REFUSE(reading, yaml_tree_key_node(tree, node, b),
                        "\"%s\": expected a name of A-Z, a-z, 0-9 and _",
                        benchmark->name);
}

static int check_suite(const struct reading *reading, int suites, size_t s)
{
  const struct yaml_tree *tree = reading->it->load.tree;
  const char *name = yaml_tree_key(tree, suites, s);
  if (reading_is_name(name, "") && strcmp(name, EXPERIMENT_CANARY)) return 0;
  return READING_REFUSE(reading, yaml_tree_key_node(tree, suites, s),
                        "\"%s\": expected a name of A-Z, a-z, 0-9 and _, and "
                        "not " EXPERIMENT_CANARY,
                        name);
}

// Those of suite `s` that `benchmarks` names; all if it is absent. A name that
// is not there is a mistake.
static int select_of(const struct reading *reading, int suites, size_t s)
{
  const struct yaml_tree *tree = reading->it->load.tree;
  int selection = reading_top(reading, "benchmarks");
  int suite = yaml_tree_value(tree, suites, s);
  int list = yaml_tree_find(tree, selection, yaml_tree_key(tree, suites, s));
  size_t n = yaml_tree_count(tree, suite);
  size_t chosen = list ? yaml_tree_count(tree, list) : 0;
  int result = 0;
  for (size_t b = 0; !result && b < n; b++) {
    bool wanted = !selection;
    for (size_t i = 0; !wanted && i < chosen; i++)
      wanted = !strcmp(yaml_tree_text(tree, yaml_tree_item(tree, list, i)),
                       yaml_tree_key(tree, suite, b));
    if (wanted) result = add_benchmark(reading, suites, s, b);
  }
  for (size_t i = 0; !result && i < chosen; i++) {
    int item = yaml_tree_item(tree, list, i);
    if (!yaml_tree_find(tree, suite, yaml_tree_text(tree, item)))
      result = READING_REFUSE(reading, item,
                              "there is no benchmark \"%s\" in suite \"%s\"",
                              yaml_tree_text(tree, item),
                              yaml_tree_key(tree, suites, s));
  }
  return result;
}

static int check_selection(const struct reading *reading, int suites)
{
  const struct yaml_tree *tree = reading->it->load.tree;
  int selection = reading_top(reading, "benchmarks");
  size_t n = selection ? yaml_tree_count(tree, selection) : 0;
  for (size_t i = 0; i < n; i++)
    if (!yaml_tree_find(tree, suites, yaml_tree_key(tree, selection, i)))
      return READING_REFUSE(reading, yaml_tree_key_node(tree, selection, i),
                            "there is no suite \"%s\" under suites",
                            yaml_tree_key(tree, selection, i));
  return 0;
}

int reading_benchmarks(const struct reading *reading)
{
  struct experiment *it = reading->it;
  const struct yaml_tree *tree = it->load.tree;
  int suites = reading_top(reading, "suites");
  size_t n = yaml_tree_count(tree, suites), all = 0;
  int result = check_selection(reading, suites);
  for (size_t s = 0; s < n; s++)
    all += yaml_tree_count(tree, yaml_tree_value(tree, suites, s));
  it->benchmarks = reading_array(reading, all, sizeof *it->benchmarks);
  if (!it->benchmarks) return reading_no_memory(reading);
  for (size_t s = 0; !result && s < n; s++) {
    result = check_suite(reading, suites, s);
    if (!result) result = select_of(reading, suites, s);
  }
  return result;
}
