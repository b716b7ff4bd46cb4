// claims_schema.c: a claims file as the structs that hold it.
// SPDX-License-Identifier: MIT

#include "claims_schema.h"

#include "yaml_check.h"

#include <errno.h>

#define OPTIONAL (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define TEXT(struct_, member, flags)                                           \
  CYAML_FIELD_STRING_PTR(#member, flags, struct_, member, 1, CYAML_UNLIMITED)
#define REAL(member)                                                           \
  CYAML_FIELD_FLOAT_PTR(#member, OPTIONAL, struct yaml_claim, member)
#define LIST(struct_, member, flags_, entry_)                                  \
  {                                                                            \
    .key = #member, .data_offset = offsetof(struct_, member.text),             \
    .count_offset = offsetof(struct_, member.n),                               \
    .count_size = sizeof(uint32_t),                                            \
    .value = {                                                                 \
      .type = CYAML_SEQUENCE,                                                  \
      .flags = (enum cyaml_flag)(flags_),                                      \
      .data_size = sizeof(char *),                                             \
      .sequence = {.entry = entry_, .min = 1, .max = CYAML_UNLIMITED}          \
    }                                                                          \
  }

static const struct cyaml_schema_value text_value = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CYAML_UNLIMITED)};

static const struct cyaml_schema_field pick_fields[] = {
    TEXT(struct yaml_pick, config, CYAML_FLAG_POINTER),
    LIST(struct yaml_pick, benchmarks, OPTIONAL, &text_value),
    CYAML_FIELD_FLOAT("heap_factor", CYAML_FLAG_OPTIONAL, struct yaml_pick,
                      heap_factor),
    CYAML_FIELD_UINT("mutators", CYAML_FLAG_OPTIONAL, struct yaml_pick,
                     mutators),
    CYAML_FIELD_END};

static const struct cyaml_schema_field claim_fields[] = {
    TEXT(struct yaml_claim, id, CYAML_FLAG_POINTER),
    TEXT(struct yaml_claim, text, CYAML_FLAG_POINTER),
    TEXT(struct yaml_claim, source, CYAML_FLAG_POINTER),
    TEXT(struct yaml_claim, published, OPTIONAL),
    TEXT(struct yaml_claim, relation, CYAML_FLAG_POINTER),
    TEXT(struct yaml_claim, over, OPTIONAL),
    TEXT(struct yaml_claim, along, OPTIONAL),
    TEXT(struct yaml_claim, combine, OPTIONAL),
    LIST(struct yaml_claim, measure, CYAML_FLAG_POINTER, &text_value),
    LIST(struct yaml_claim, divided_by, OPTIONAL, &text_value),
    CYAML_FIELD_MAPPING_PTR("of", CYAML_FLAG_POINTER, struct yaml_claim, of,
                            pick_fields),
    CYAML_FIELD_MAPPING_PTR("than", OPTIONAL, struct yaml_claim, than,
                            pick_fields),
    REAL(low),
    REAL(high),
    REAL(near),
    REAL(within),
    REAL(at),
    CYAML_FIELD_FLOAT("tolerance", CYAML_FLAG_OPTIONAL, struct yaml_claim,
                      tolerance),
    CYAML_FIELD_END};

static const struct cyaml_schema_value claim_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_claim, claim_fields)};

static const struct cyaml_schema_field column_fields[] = {
    TEXT(struct yaml_column, name, CYAML_FLAG_POINTER),
    TEXT(struct yaml_column, combine, OPTIONAL),
    LIST(struct yaml_column, measure, CYAML_FLAG_POINTER, &text_value),
    LIST(struct yaml_column, divided_by, OPTIONAL, &text_value),
    CYAML_FIELD_END};

static const struct cyaml_schema_value column_value = {CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct yaml_column, column_fields)};

static const struct cyaml_schema_field table_fields[] = {
    TEXT(struct yaml_claim_table, name, CYAML_FLAG_POINTER),
    TEXT(struct yaml_claim_table, title, CYAML_FLAG_POINTER),
    LIST(struct yaml_claim_table, configs, CYAML_FLAG_POINTER, &text_value),
    CYAML_FIELD_SEQUENCE_COUNT("columns", CYAML_FLAG_POINTER,
                               struct yaml_claim_table, columns, n_columns,
                               &column_value, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END};

static const struct cyaml_schema_value table_value = {CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct yaml_claim_table, table_fields)};

static const struct cyaml_schema_field top_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("claims", CYAML_FLAG_POINTER, struct yaml_claims,
                               claims, n, &claim_value, 1, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE_COUNT("tables", OPTIONAL, struct yaml_claims, tables,
                               n_tables, &table_value, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END};

static const struct cyaml_schema_value top = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct yaml_claims, top_fields)};

// The check leaves libcyaml nothing to say.
static const struct cyaml_config quiet = {.mem_fn = cyaml_mem,
                                          .log_level = CYAML_LOG_ERROR,
                                          .flags = CYAML_CFG_NO_ALIAS};

int claims_schema_open(struct yaml_tree **tree, struct yaml_claims **claims,
                       const char *name, const char *bytes, size_t n,
                       char *error, size_t error_size)
{
  cyaml_data_t *data = NULL;
  *claims = NULL;
  *tree = yaml_tree_open(name, bytes, n, error, error_size);
  if (!*tree) return -EINVAL;
  int result = yaml_check(*tree, &top, error, error_size);
  if (result) return result;
  enum cyaml_err loaded =
      cyaml_load_data((const uint8_t *)bytes, n, &quiet, &top, &data, NULL);
  *claims = data;
  if (loaded == CYAML_OK && data) return 0;
  return yaml_refuse(*tree, YAML_ROOT, error, error_size, "%s",
                     cyaml_strerror(loaded));
}

void claims_schema_close(struct yaml_tree *tree, struct yaml_claims *claims)
{
  if (claims) (void)cyaml_free(&quiet, &top, claims, 0);
  yaml_tree_close(tree);
}
