// experiment_json.c: an experiment as JSON, every default filled in.
// SPDX-License-Identifier: MIT
//
// The same keys as in the file, so that who knows the one can read the other.
// Main thread.
#include "experiment.h"

#include <math.h>

static void put(json_t *object, const char *key, json_t *value)
{
  json_object_set_new(object, key, value ? value : json_null());
}

static json_t *text(const char *value)
{
  if (!value) return json_null();
  json_t *string = json_string(value);
  return string ? string : json_string("(not UTF-8)");
}

static json_t *factors(const struct experiment *it)
{
  json_t *list = json_array();
  for (size_t i = 0; i < it->n_factors; i++)
    json_array_append_new(list, json_pack("{s:f, s:i}", "factor",
                                          it->factors[i], "level",
                                          (int)it->levels[i]));
  return list;
}

static json_t *heap(const struct experiment_config *config)
{
  switch (config->heap) {
  case HEAP_UNBOUNDED:
    return json_string("unbounded");
  case HEAP_FACTOR:
    return json_pack("{s:f}", "factor", config->factor);
  case HEAP_BYTES:
    return json_pack("{s:I}", "bytes", (json_int_t)config->bytes);
  case HEAP_SWEPT:
    break;
  }
  return json_string("all factors");
}

static json_t *config(const struct experiment_config *c)
{
  json_t *o = json_object();
  put(o, "config", text(c->label));
  put(o, "text", text(c->text));
  put(o, "collector", text(c->collector));
  put(o, "heap", heap(c));
  put(o, "workers", json_integer(c->workers));
  put(o, "mutators", c->mutators ? json_integer(c->mutators) : NULL);
  put(o, "pacing", text(c->pacing));
  put(o, "rc", text(c->rc));
  put(o, "numa_memory", text(c->memory));
  put(o, "numa_place", text(c->place));
  put(o, "steal", text(c->steal));
  put(o, "topology", text(c->topology));
  put(o, "build", text(c->build->name));
  return o;
}

// What each of the experiment's numbers of mutators gives; null: that many.
static json_t *effective(const struct experiment_benchmark *b, size_t n)
{
  json_t *list = b->effective ? json_array() : json_null();
  for (size_t m = 0; b->effective && m < n; m++)
    json_array_append_new(list, json_integer(b->effective[m]));
  return list;
}

static json_t *benchmark(const struct experiment_benchmark *b,
                         size_t n_mutators)
{
  json_t *o = json_object();
  put(o, "suite", text(b->suite));
  put(o, "benchmark", text(b->name));
  put(o, "workload", text(b->text));
  put(o, "size", text(b->size));
  put(o, "mutators", effective(b, n_mutators));
  return o;
}

static json_t *numa(const struct experiment_numa *n)
{
  json_t *o = json_object();
  put(o, "name", text(n->name));
  put(o, "mode", text(n->mode));
  put(o, "topology", text(n->topology));
  put(o, "place", text(n->place));
  put(o, "memory", text(n->memory));
  put(o, "steal", text(n->steal));
  put(o, "cost", text(n->cost));
  return o;
}

static void put_lists(json_t *o, const struct experiment *it)
{
  json_t *configs = json_array(), *benchmarks = json_array(),
         *policies = json_array(), *mutators = json_array(),
         *builds = json_object();
  for (size_t i = 0; i < it->n_configs; i++)
    json_array_append_new(configs, config(&it->configs[i]));
  for (size_t i = 0; i < it->n_benchmarks; i++)
    json_array_append_new(benchmarks,
                          benchmark(&it->benchmarks[i], it->n_mutators));
  for (size_t i = 0; i < it->n_numa; i++)
    json_array_append_new(policies, numa(&it->numa[i]));
  for (size_t i = 0; i < it->n_mutators; i++)
    json_array_append_new(mutators, json_integer(it->mutators[i]));
  for (size_t i = 0; i < it->n_builds; i++)
    put(builds, it->builds[i].name, text(it->builds[i].wane));
  put(o, "builds", builds);
  put(o, "configs", configs);
  put(o, "benchmarks", benchmarks);
  put(o, "mutators", mutators);
  put(o, "numa", policies);
}

static json_t *canary(const struct experiment *it)
{
  if (!it->canary_every) return json_null();
  json_t *o = json_object();
  put(o, "every", json_integer(it->canary_every));
  put(o, "config", config(&it->canary));
  put(o, "benchmark", benchmark(&it->canary_benchmark, it->n_mutators));
  return o;
}

static json_t *minheap(const struct experiment *it)
{
  json_t *o = json_object();
  put(o, "collector", text(it->reference.text));
  put(o, "trials", json_integer(it->minheap_trials));
  put(o, "tolerance", json_real(it->minheap_tolerance));
  return o;
}

static json_t *figures(const struct experiment *it)
{
  const struct yaml_list *list = &it->load.it->figures;
  json_t *array = list->n ? json_array() : NULL;
  for (uint32_t i = 0; i < list->n; i++)
    json_array_append_new(array, text(list->text[i]));
  return array;
}

json_t *experiment_json(const struct experiment *it)
{
  json_t *o = json_object();
  put(o, "name", text(it->name));
  put(o, "description", text(it->description));
  put(o, "file", text(it->file));
  put(o, "xxh3_128", text(it->hash));
  put(o, "invocations", json_integer(it->invocations));
  put(o, "iterations", json_integer(it->iterations));
  put(o, "seed", json_integer((json_int_t)it->seed));
  put(o, "timeout", json_real(it->timeout_s));
  put(o, "heap_levels",
      it->heap_levels ? json_integer(it->heap_levels) : NULL);
  put(o, "heap_range", it->heap_levels ? json_real(it->heap_range) : NULL);
  put(o, "spread_factor",
      it->heap_levels ? json_integer(it->spread_factor) : NULL);
  put(o, "heap_factors", factors(it));
  put(o, "minheap", minheap(it));
  put(o, "canary", canary(it));
  put_lists(o, it);
  put(o, "claims", text(it->claims));
  put(o, "figures", figures(it));
  return o;
}
