// experiment_config.c: "collector|modifier|...", and what modifiers say.
// SPDX-License-Identifier: MIT
//
// Two modifiers that say the same thing differently are a mistake, whichever
// would win; only options add up. Pure.
#include "experiment_parts.h"

#include <wane/option.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// A configuration being put together.
struct making {
  const struct reading *reading;
  struct experiment_config *config;
  int node;
  const char *heap_by, *workers_by, *mutators_by, *build_by; // who said so
  const char *pacing_by, *rc_by, *memory_by, *place_by, *steal_by,
      *topology_by;
};

static int twice(const struct making *making, const char *first,
                 const char *second, const char *what)
{
  return READING_REFUSE(making->reading, making->node,
                        "\"%s\": modifiers \"%s\" and \"%s\" both say %s",
                        making->config->text, first, second, what);
}

static int put_text(const struct making *making, const char **place,
                    const char **by, const char *value, const char *modifier,
                    const char *what)
{
  if (!value) return 0;
  if (*place) return twice(making, *by, modifier, what);
  *place = value;
  *by = modifier;
  return 0;
}

static int put_count(const struct making *making, uint32_t *place,
                     const char **by, uint32_t value, const char *modifier,
                     const char *what)
{
  if (!value) return 0;
  if (*by) return twice(making, *by, modifier, what);
  *place = value;
  *by = modifier;
  return 0;
}

// --- the heap ---------------------------------------------------------------

static int heap_bytes(const struct making *making, int node, const char *text,
                      uint64_t *bytes)
{
  const struct wane_option option = {
      .name = "heap", .type = WANE_OPTION_SIZE, .min = 1, .max = 0x1p62};
  union wane_value value;
  char item[80], sentence[256], *storage = NULL;
  int n = snprintf(item, sizeof item, "heap=%s", text);
  bool good = n > 0 && (size_t)n < sizeof item && !strchr(text, ',') &&
              !wane_options_parse("heap", &option, 1, item, &value, &storage,
                                  sentence, sizeof sentence);
  free(storage);
  if (!good)
    return READING_REFUSE(making->reading, node,
                          "heap: expected unbounded or bytes, with k, m or g, "
                          "found \"%s\"",
                          text);
  *bytes = (uint64_t)value.integer;
  return 0;
}

static int put_heap(struct making *making, const struct yaml_modifier *it,
                    const char *name, int node)
{
  struct experiment_config *config = making->config;
  const struct yaml_tree *tree = making->reading->it->load.tree;
  if (!it->heap && it->heap_factor == 0) return 0;
  if (making->heap_by)
    return twice(making, making->heap_by, name, "what the heap is");
  if (it->heap && it->heap_factor > 0)
    return READING_REFUSE(making->reading, node,
                          "\"%s\": expected heap or heap_factor, found both",
                          name);
  making->heap_by = name;
  config->factor = it->heap_factor;
  config->heap = HEAP_FACTOR;
  if (!it->heap) return 0;
  config->heap = HEAP_UNBOUNDED;
  if (strcmp(it->heap, "unbounded") == 0) return 0;
  config->heap = HEAP_BYTES;
  return heap_bytes(making, yaml_tree_find(tree, node, "heap"), it->heap,
                    &config->bytes);
}

// --- the rest ---------------------------------------------------------------

static int put_build(struct making *making, const char *build,
                     const char *name, int node)
{
  const struct experiment *it = making->reading->it;
  if (!build) return 0;
  if (making->build_by)
    return twice(making, making->build_by, name, "which build it is");
  making->build_by = name;
  for (size_t i = 1; i < it->n_builds; i++)
    if (strcmp(it->builds[i].name, build) == 0) {
      making->config->build = &it->builds[i];
      return 0;
    }
  return READING_REFUSE(making->reading,
                        yaml_tree_find(it->load.tree, node, "build"),
                        "there is no build \"%s\" under builds", build);
}

static int add_options(struct making *making, const char *options)
{
  if (!options) return 0;
  char *text = reading_text(making->reading, "%s,%s",
                            making->config->collector, options);
  if (!text) return reading_no_memory(making->reading);
  making->config->collector = text;
  return 0;
}

static int put_modifier(struct making *making, const char *name,
                        const struct yaml_modifier *it, int node)
{
  struct experiment_config *c = making->config;
  struct making *m = making;
  int result = put_heap(m, it, name, node);
  if (!result)
    result = put_count(m, &c->workers, &m->workers_by, it->workers, name,
                       "how many workers there are");
  if (!result)
    result = put_count(m, &c->mutators, &m->mutators_by, it->mutators, name,
                       "how many mutators there are");
  if (!result)
    result = put_text(m, &c->pacing, &m->pacing_by, it->pacing, name, "pacing");
  if (!result) result = put_text(m, &c->rc, &m->rc_by, it->rc, name, "rc");
  if (!result)
    result = put_text(m, &c->memory, &m->memory_by, it->numa_memory, name,
                      "numa_memory");
  if (!result)
    result = put_text(m, &c->place, &m->place_by, it->numa_place, name,
                      "numa_place");
  if (!result)
    result = put_text(m, &c->steal, &m->steal_by, it->steal, name, "steal");
  if (!result)
    result = put_text(m, &c->topology, &m->topology_by, it->topology, name,
                      "topology");
  if (!result) result = put_build(m, it->build, name, node);
  return result ? result : add_options(m, it->options);
}

static int find_modifier(struct making *making, const char *name)
{
  const struct yaml_load *load = &making->reading->it->load;
  int map = yaml_tree_find(load->tree, YAML_ROOT, "modifiers");
  size_t n = map ? yaml_tree_count(load->tree, map) : 0;
  for (size_t i = 0; i < n; i++)
    if (strcmp(yaml_tree_key(load->tree, map, i), name) == 0)
      return put_modifier(making, yaml_tree_key(load->tree, map, i),
                          &load->it->modifiers[i],
                          yaml_tree_value(load->tree, map, i));
  return READING_REFUSE(making->reading, making->node,
                        "\"%s\": there is no modifier \"%s\" under modifiers",
                        making->config->text, name);
}

int reading_config(const struct reading *reading, const char *text, int node,
                   struct experiment_config *config)
{
  *config = (struct experiment_config){.text = text,
                                       .workers = 1,
                                       .build = &reading->it->builds[0],
                                       .node = node};
  struct making making = {.reading = reading, .config = config, .node = node};
  char *words = reading_text(reading, "%s", text);
  config->label = reading_text(reading, "%s", text);
  if (!words || !config->label) return reading_no_memory(reading);
  for (char *bar = config->label; (bar = strchr(bar, '|'));) *bar = '.';
  if (strlen(text) > 100)
    return READING_REFUSE(reading, node, "expected at most 100 characters");
  char *rest = words, *word = strsep(&rest, "|");
  config->collector = word;
  int result = *word ? 0
                     : READING_REFUSE(reading, node,
                                      "\"%s\": expected a collector first",
                                      text);
  while (!result && (word = strsep(&rest, "|")))
    result = find_modifier(&making, word);
  return result;
}
