// yaml_load.c: an experiment file as the structs that hold it.
// SPDX-License-Identifier: MIT
//
// A schema of libcyaml names every key, and some of ours are the user's: the
// names of suites, modifiers, builds. A schema is data, so each document gets
// one of its own, with the keys that it has in those places; they are arrays
// then, in the order of the keys. Pure.
#include "yaml_load.h"

#include "yaml_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAPS = 4, TOP = 24 };

// What was made for one document.
struct yaml_schema {
  struct cyaml_schema_field *maps[MAPS]; // of the user's keys
  struct cyaml_schema_field **suites;    // each suite's
  size_t n_maps, n_suites;
  struct cyaml_schema_field fields[TOP];
  size_t n_fields;
  struct cyaml_schema_value top;
};

#define OPTIONAL (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define TEXT(struct_, member)                                                  \
  CYAML_FIELD_STRING_PTR(#member, OPTIONAL, struct_, member, 1, CYAML_UNLIMITED)
#define TEXT_NEEDED(struct_, member)                                           \
  CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER, struct_, member, 1,      \
                         CYAML_UNLIMITED)
#define COUNT(struct_, member)                                                 \
  CYAML_FIELD_UINT(#member, CYAML_FLAG_OPTIONAL, struct_, member)
#define REAL(struct_, member)                                                  \
  CYAML_FIELD_FLOAT(#member, CYAML_FLAG_OPTIONAL, struct_, member)

// --- parts whose keys are ours ----------------------------------------------

static const struct cyaml_schema_field minheap_fields[] = {
    TEXT(struct yaml_minheap, collector), COUNT(struct yaml_minheap, trials),
    REAL(struct yaml_minheap, tolerance), CYAML_FIELD_END};

static const struct cyaml_schema_field canary_fields[] = {
    TEXT(struct yaml_canary, config), TEXT(struct yaml_canary, workload),
    COUNT(struct yaml_canary, every), CYAML_FIELD_END};

static const struct cyaml_schema_field modifier_fields[] = {
    TEXT(struct yaml_modifier, heap),
    TEXT(struct yaml_modifier, options),
    TEXT(struct yaml_modifier, pacing),
    TEXT(struct yaml_modifier, rc),
    TEXT(struct yaml_modifier, numa_memory),
    TEXT(struct yaml_modifier, numa_place),
    TEXT(struct yaml_modifier, steal),
    TEXT(struct yaml_modifier, topology),
    TEXT(struct yaml_modifier, build),
    REAL(struct yaml_modifier, heap_factor),
    COUNT(struct yaml_modifier, workers),
    COUNT(struct yaml_modifier, mutators),
    CYAML_FIELD_END};

static const struct cyaml_schema_field numa_fields[] = {
    TEXT_NEEDED(struct yaml_numa, name), TEXT(struct yaml_numa, mode),
    TEXT(struct yaml_numa, topology),    TEXT(struct yaml_numa, place),
    TEXT(struct yaml_numa, memory),      TEXT(struct yaml_numa, steal),
    TEXT(struct yaml_numa, cost),        CYAML_FIELD_END};

static const struct cyaml_schema_value text_value = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CYAML_UNLIMITED)};
static const struct cyaml_schema_value real_value = {
    CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double)};
static const struct cyaml_schema_value count_value = {
    CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, uint32_t)};
static const struct cyaml_schema_value modifier_value = {CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct yaml_modifier, modifier_fields)};
static const struct cyaml_schema_value numa_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_numa, numa_fields)};

#define LIST(key_, flags_, struct_, member, count, entry_)                     \
  {                                                                            \
    .key = key_, .data_offset = offsetof(struct_, member),                     \
    .count_offset = offsetof(struct_, count), .count_size = sizeof(uint32_t),  \
    .value = {                                                                 \
      .type = CYAML_SEQUENCE,                                                  \
      .flags = (enum cyaml_flag)(flags_),                                      \
      .data_size = sizeof *((struct_ *)0)->member,                             \
      .sequence = {.entry = entry_, .min = 1, .max = CYAML_UNLIMITED}          \
    }                                                                          \
  }

#define E struct yaml_experiment

static const struct cyaml_schema_field own_fields[] = {
    TEXT_NEEDED(E, name),
    TEXT(E, description),
    TEXT(E, claims),
    COUNT(E, invocations),
    COUNT(E, iterations),
    COUNT(E, heap_levels),
    CYAML_FIELD_UINT_PTR("spread_factor", OPTIONAL, E, spread_factor),
    CYAML_FIELD_UINT_PTR("seed", OPTIONAL, E, seed),
    CYAML_FIELD_FLOAT_PTR("timeout", OPTIONAL, E, timeout),
    REAL(E, heap_range),
    LIST("heap_factors", OPTIONAL, E, heap_factors, n_heap_factors,
         &real_value),
    CYAML_FIELD_MAPPING_PTR("minheap", OPTIONAL, E, minheap, minheap_fields),
    CYAML_FIELD_MAPPING_PTR("canary", OPTIONAL, E, canary, canary_fields),
    LIST("configs", CYAML_FLAG_POINTER, E, configs.text, configs.n,
         &text_value),
    LIST("mutators", OPTIONAL, E, mutators, n_mutators, &count_value),
    LIST("numa", OPTIONAL, E, numa, n_numa, &numa_value),
    LIST("figures", OPTIONAL, E, figures.text, figures.n, &text_value),
};
enum { N_OWN = sizeof own_fields / sizeof own_fields[0] };

// --- parts whose keys are the user's ----------------------------------------

// Fields for the keys of `node`, all of `entry`, in an array of `stride`.
static struct cyaml_schema_field *
fields_of(const struct yaml_tree *tree, int node,
          const struct cyaml_schema_value *entry, size_t stride)
{
  size_t n = yaml_tree_count(tree, node);
  struct cyaml_schema_field *fields = calloc(n + 1, sizeof *fields);
  for (size_t i = 0; fields && i < n; i++) {
    fields[i].key = yaml_tree_key(tree, node, i);
    fields[i].data_offset = (uint32_t)(i * stride);
    fields[i].value = *entry;
  }
  return fields;
}

static bool is_mapping(const struct yaml_tree *tree, int node)
{
  return node && yaml_tree_kind(tree, node) == YAML_MAPPING;
}

// A pointer at `offset` to such an array. What is no mapping has no keys, and
// the check says so.
static int add_map(struct yaml_schema *schema, const struct yaml_tree *tree,
                   const char *key, uint32_t offset, unsigned flags,
                   const struct cyaml_schema_value *entry, size_t stride,
                   struct cyaml_schema_field **made)
{
  static const struct cyaml_schema_field none[] = {CYAML_FIELD_END};
  int node = yaml_tree_find(tree, YAML_ROOT, key);
  size_t n = is_mapping(tree, node) ? yaml_tree_count(tree, node) : 0;
  struct cyaml_schema_field *fields = NULL;
  if (n && !(fields = fields_of(tree, node, entry, stride))) return -ENOMEM;
  if (n) schema->maps[schema->n_maps++] = fields;
  schema->fields[schema->n_fields++] = (struct cyaml_schema_field){
      .key = key,
      .data_offset = offset,
      .value = {.type = CYAML_MAPPING,
                .flags = (enum cyaml_flag)flags,
                .data_size = (uint32_t)((n ? n : 1) * stride),
                .mapping = {.fields = fields ? fields : none}}};
  if (made) *made = fields;
  return 0;
}

static int add_suites(struct yaml_schema *schema, const struct yaml_tree *tree)
{
  static const struct cyaml_schema_field none[] = {CYAML_FIELD_END};
  const struct cyaml_schema_value suite = {
      .type = CYAML_MAPPING,
      .flags = CYAML_FLAG_POINTER,
      .data_size = sizeof(char *),
      .mapping = {.fields = none}};
  struct cyaml_schema_field *made;
  int result = add_map(schema, tree, "suites", offsetof(E, suites),
                       CYAML_FLAG_POINTER, &suite, sizeof(char **), &made);
  if (result || !made) return result;
  int node = yaml_tree_find(tree, YAML_ROOT, "suites");
  size_t n = yaml_tree_count(tree, node);
  schema->suites = calloc(n, sizeof *schema->suites);
  if (!schema->suites) return -ENOMEM;
  for (size_t i = 0; i < n; i++) {
    int value = yaml_tree_value(tree, node, i);
    size_t count = is_mapping(tree, value) ? yaml_tree_count(tree, value) : 0;
    if (!count) continue;
    struct cyaml_schema_field *fields =
        fields_of(tree, value, &text_value, sizeof(char *));
    if (!fields) return -ENOMEM;
    schema->suites[schema->n_suites++] = fields;
    made[i].value.data_size = (uint32_t)(count * sizeof(char *));
    made[i].value.mapping.fields = fields;
  }
  return 0;
}

// A list is in two members, at offsets from the entry's own.
static int add_benchmarks(struct yaml_schema *schema,
                          const struct yaml_tree *tree)
{
  static const struct cyaml_schema_field list =
      LIST("", CYAML_FLAG_POINTER, struct yaml_list, text, n, &text_value);
  struct cyaml_schema_field *made;
  int result =
      add_map(schema, tree, "benchmarks", offsetof(E, benchmarks), OPTIONAL,
              &list.value, sizeof(struct yaml_list), &made);
  for (size_t i = 0; !result && made && made[i].key; i++) {
    made[i].count_offset = made[i].data_offset + list.count_offset;
    made[i].count_size = list.count_size;
    made[i].data_offset += list.data_offset;
  }
  return result;
}

static void schema_free(struct yaml_schema *schema)
{
  if (!schema) return;
  for (size_t i = 0; i < schema->n_maps; i++) free(schema->maps[i]);
  for (size_t i = 0; i < schema->n_suites; i++) free(schema->suites[i]);
  free(schema->suites);
  free(schema);
}

static struct yaml_schema *schema_make(const struct yaml_tree *tree)
{
  struct yaml_schema *schema = calloc(1, sizeof *schema);
  if (!schema) return NULL;
  memcpy(schema->fields, own_fields, sizeof own_fields);
  schema->n_fields = N_OWN;
  int result = add_map(schema, tree, "builds", offsetof(E, builds), OPTIONAL,
                       &text_value, sizeof(char *), NULL);
  if (!result)
    result = add_map(schema, tree, "modifiers", offsetof(E, modifiers),
                     OPTIONAL, &modifier_value, sizeof(struct yaml_modifier),
                     NULL);
  if (!result) result = add_suites(schema, tree);
  if (!result) result = add_benchmarks(schema, tree);
  schema->top = (struct cyaml_schema_value){
      CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, E, schema->fields)};
  if (!result) return schema;
  schema_free(schema);
  return NULL;
}

// --- load -------------------------------------------------------------------

// The first thing libcyaml says; the check before leaves it little to say.
struct said {
  char text[256];
};

static void listen(cyaml_log_t level, void *context, const char *format,
                   va_list arguments)
{
  struct said *said = context;
  if (level < CYAML_LOG_ERROR || *said->text) return;
  (void)vsnprintf(said->text, sizeof said->text, format, arguments);
  said->text[strcspn(said->text, "\n")] = '\0';
}

static const struct cyaml_config quiet = {.mem_fn = cyaml_mem,
                                          .log_level = CYAML_LOG_ERROR,
                                          .flags = CYAML_CFG_NO_ALIAS};

static int fill(struct yaml_load *load, const char *bytes, size_t n,
                char *error, size_t error_size)
{
  struct said said = {""};
  struct cyaml_config config = quiet;
  cyaml_data_t *data = NULL;
  config.log_fn = listen;
  config.log_ctx = &said;
  enum cyaml_err result = cyaml_load_data((const uint8_t *)bytes, n, &config,
                                          &load->schema->top, &data, NULL);
  load->it = data;
  if (result == CYAML_OK && data) return 0;
  return yaml_refuse(load->tree, YAML_ROOT, error, error_size, "%s: %s",
                     cyaml_strerror(result), said.text);
}

int yaml_load_open(struct yaml_load *load, const char *name, const char *bytes,
                   size_t n, char *error, size_t error_size)
{
  *load = (struct yaml_load){0};
  load->tree = yaml_tree_open(name, bytes, n, error, error_size);
  if (!load->tree) return -EINVAL;
  load->schema = schema_make(load->tree);
  if (!load->schema) {
    snprintf(error, error_size, "%s: no memory", name);
    return -ENOMEM;
  }
  int result =
      yaml_check(load->tree, &load->schema->top, error, error_size);
  return result ? result : fill(load, bytes, n, error, error_size);
}

void yaml_load_close(struct yaml_load *load)
{
  if (load->it) (void)cyaml_free(&quiet, &load->schema->top, load->it, 0);
  schema_free(load->schema);
  yaml_tree_close(load->tree);
  *load = (struct yaml_load){0};
}
