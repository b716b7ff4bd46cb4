// yaml_check.c: a document against a schema of libcyaml.
// SPDX-License-Identifier: MIT
//
// Stricter than libcyaml's own reading, which takes "1.5z" for 1.5 and 010 for
// eight, and tells of a wrong key at the place of the one before. The schema is
// the same one, so the two cannot disagree on what keys there are. Pure.
#include "yaml_check.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct check {
  const struct yaml_tree *tree;
  char *error;
  size_t error_size;
};

// Numbers, by the key they stand under. Each key means one thing.
static const struct bound {
  const char *key;
  double low, high;
} bounds[] = {
    {"invocations", 1, 1e6},     {"iterations", 1, 1e6},
    {"seed", 0, 0x1p53},         {"timeout", 0, 1e9},
    {"heap_range", 1, 1e6},      {"spread_factor", 0, 100},
    {"heap_levels", 1, 1024},    {"trials", 1, 1000},
    {"tolerance", 1e-6, 1},      {"every", 0, 1e9},
    {"heap_factor", 1e-3, 1e6},  {"heap_factors", 1e-3, 1e6},
    {"workers", 1, 1024},        {"mutators", 1, 65536},
};
enum { N_BOUNDS = sizeof bounds / sizeof bounds[0] };

#define REFUSE(check, node, ...)                                               \
  yaml_refuse((check)->tree, node, (check)->error, (check)->error_size,        \
              __VA_ARGS__)

static int check_value(const struct check *check, int node, const char *key,
                       const struct cyaml_schema_value *schema);

static const struct bound *bound_of(const char *key)
{
  for (int i = 0; i < N_BOUNDS; i++)
    if (strcmp(bounds[i].key, key) == 0) return &bounds[i];
  return NULL;
}

static int check_number(const struct check *check, int node, const char *key,
                        bool whole)
{
  const char *text = yaml_tree_text(check->tree, node);
  const struct bound *bound = bound_of(key);
  char *end;
  double value = strtod(text, &end);
  bool digits = strspn(text, whole ? "0123456789" : "0123456789.eE+-") ==
                strlen(text);
  if (!*text || *end || !digits || !isfinite(value))
    return REFUSE(check, node, "%s: expected a %s, found \"%s\"", key,
                  whole ? "whole number" : "number", text);
  if (whole && text[0] == '0' && text[1])
    return REFUSE(check, node,
                  "%s: expected a whole number without a zero before it, found "
                  "%s",
                  key, text);
  if (bound && (value < bound->low || value > bound->high))
    return REFUSE(check, node, "%s: expected %.15g to %.15g, found %s", key,
                  bound->low, bound->high, text);
  return 0;
}

static int check_scalar(const struct check *check, int node, const char *key,
                        const struct cyaml_schema_value *schema)
{
  if (yaml_tree_kind(check->tree, node) != YAML_SCALAR)
    return REFUSE(check, node, "%s: expected one value, found a %s", key,
                  yaml_tree_kind(check->tree, node) == YAML_MAPPING ? "mapping"
                                                                    : "list");
  if (schema->type == CYAML_UINT || schema->type == CYAML_FLOAT)
    return check_number(check, node, key, schema->type == CYAML_UINT);
  if (strlen(yaml_tree_text(check->tree, node)) < schema->string.min)
    return REFUSE(check, node, "%s: expected a text, found nothing", key);
  return 0;
}

static int check_sequence(const struct check *check, int node, const char *key,
                          const struct cyaml_schema_value *schema)
{
  if (yaml_tree_kind(check->tree, node) != YAML_SEQUENCE)
    return REFUSE(check, node, "%s: expected a list", key);
  size_t n = yaml_tree_count(check->tree, node);
  if (n < schema->sequence.min)
    return REFUSE(check, node, "%s: expected at least one entry", key);
  int result = 0;
  for (size_t i = 0; !result && i < n; i++)
    result = check_value(check, yaml_tree_item(check->tree, node, i), key,
                         schema->sequence.entry);
  return result;
}

static const struct cyaml_schema_field *
field_of(const struct cyaml_schema_value *schema, const char *key)
{
  const struct cyaml_schema_field *field = schema->mapping.fields;
  while (field->key && strcmp(field->key, key)) field++;
  return field->key ? field : NULL;
}

static int check_missing(const struct check *check, int node, const char *key,
                         const struct cyaml_schema_value *schema)
{
  for (const struct cyaml_schema_field *f = schema->mapping.fields; f->key; f++)
    if (!(f->value.flags & CYAML_FLAG_OPTIONAL) &&
        !yaml_tree_find(check->tree, node, f->key))
      return REFUSE(check, node, "%s%sexpected a key \"%s\", found none", key,
                    *key ? ": " : "", f->key);
  return 0;
}

static int check_mapping(const struct check *check, int node, const char *key,
                         const struct cyaml_schema_value *schema)
{
  if (yaml_tree_kind(check->tree, node) != YAML_MAPPING)
    return REFUSE(check, node, "%s%sexpected a mapping (key: value)", key,
                  *key ? ": " : "");
  size_t n = yaml_tree_count(check->tree, node);
  if (!n) return REFUSE(check, node, "%s: expected at least one key", key);
  int result = 0;
  for (size_t i = 0; !result && i < n; i++) {
    const char *name = yaml_tree_key(check->tree, node, i);
    const struct cyaml_schema_field *field = field_of(schema, name);
    if (!field)
      return REFUSE(check, yaml_tree_key_node(check->tree, node, i),
                    "%s%sthere is no key \"%s\" here", key, *key ? ": " : "",
                    name);
    result = check_value(check, yaml_tree_value(check->tree, node, i), name,
                         &field->value);
  }
  return result ? result : check_missing(check, node, key, schema);
}

static int check_value(const struct check *check, int node, const char *key,
                       const struct cyaml_schema_value *schema)
{
  if (schema->type == CYAML_MAPPING)
    return check_mapping(check, node, key, schema);
  if (schema->type == CYAML_SEQUENCE)
    return check_sequence(check, node, key, schema);
  return check_scalar(check, node, key, schema);
}

int yaml_check(const struct yaml_tree *tree,
               const struct cyaml_schema_value *schema, char *error,
               size_t error_size)
{
  const struct check check = {tree, error, error_size};
  return check_value(&check, YAML_ROOT, "", schema);
}
