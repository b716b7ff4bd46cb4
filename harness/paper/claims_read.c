// claims_read.c: reads a claims file.
// SPDX-License-Identifier: MIT
//
// A claim that could not be judged must not wait for the end of a long sweep
// to say so: whatever can be known before is checked here.

#include "claims_read.h"

#include "claims_lbo.h"
#include "claims_schema.h"
#include "metrics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct claims_file {
  struct yaml_tree *tree;
  struct yaml_claims *yaml;
  struct claim *claims;
  struct claim_table *tables;
  size_t n, n_tables;
};

// Where sentences go.
struct place {
  const struct yaml_tree *tree;
  int claim; // the node of it, of a table or of a column
  char *error;
  size_t size;
};

#define REFUSE(place, node, ...)                                               \
  yaml_refuse((place)->tree, node, (place)->error, (place)->size, __VA_ARGS__)

static int node_of(const struct place *at, const char *key)
{
  int node = yaml_tree_find(at->tree, at->claim, key);
  return node ? node : at->claim;
}

// --- words -----------------------------------------------------------------

// Which of `words` it is; -1: none, which is said.
static int word(const struct place *at, const char *key, const char *text,
                const char *const *words, int n)
{
  char all[200] = "";
  for (int i = 0; i < n; i++) {
    if (strcmp(words[i], text) == 0) return i;
    size_t length = strlen(all);
    snprintf(all + length, sizeof all - length, "%s%s", i ? ", " : "",
             words[i]);
  }
  return REFUSE(at, node_of(at, key), "%s: expected one of %s, found \"%s\"",
                key, all, text);
}

// --- measures --------------------------------------------------------------

static char *take(const char **text, const char *until)
{
  size_t n = strcspn(*text, until);
  char *word = n ? strndup(*text, n) : NULL;
  *text += n;
  return word;
}

// "NAME", "NAME{SCOPE}", "NAME STAT", "NAME{SCOPE} STAT".
static bool split(const char *text, struct claim_term *term)
{
  term->metric = take(&text, "{ ");
  if (*text == '{') {
    text++;
    term->scope = take(&text, "}");
    if (!term->scope || *text++ != '}') return false;
  }
  if (*text == ' ') {
    text++;
    term->stat = take(&text, " ");
    if (!term->stat) return false;
  }
  return term->metric && !*text;
}

static int read_term(const struct place *at, int node, const char *text,
                     struct claim_term *term)
{
  char why[200];
  if (!split(text, term))
    return REFUSE(at, node, "expected METRIC{SCOPE} STAT, found \"%s\"", text);
  const char *name = term->metric;
  if (claim_cost_named(name) != CLAIM_COSTS) {
    if (!term->scope && !term->stat) return 0;
    return REFUSE(at, node, "%s has no scope and no stat", name);
  }
  const struct metric *metric = metrics_find(name);
  if (!metric)
    return REFUSE(at, node, "there is no metric \"%s\"; see wane list metrics",
                  name);
  const char *scopes = metric->scopes, *stats = metric->stats;
  if (!term->scope) term->scope = take(&scopes, "|"); // the first one
  if (!term->stat) term->stat = take(&stats, "|");
  if (!term->scope || !term->stat) return REFUSE(at, node, "no memory");
  if (metrics_check(name, term->scope, term->stat, metric->unit, why,
                    sizeof why))
    return REFUSE(at, node, "%s", why);
  return 0;
}

static int read_terms(const struct place *at, const char *key,
                      const struct yaml_texts *texts, struct claim_term **terms,
                      size_t *n)
{
  int list = node_of(at, key), result = 0;
  if (!texts->n) return 0;
  *terms = calloc(texts->n, sizeof **terms);
  if (!*terms) return REFUSE(at, list, "no memory");
  *n = texts->n;
  for (size_t i = 0; !result && i < *n; i++)
    result = read_term(at, yaml_tree_item(at->tree, list, i), texts->text[i],
                       &(*terms)[i]);
  return result;
}

static int read_measure(const struct place *at, const struct yaml_texts *terms,
                        const struct yaml_texts *divisor, const char *combine,
                        struct claim_measure *measure)
{
  static const char *const words[] = {"sum", "max"};
  int how = combine ? word(at, "combine", combine, words, 2) : 0;
  if (how < 0) return -EINVAL;
  measure->largest = how;
  int result = read_terms(at, "measure", terms, &measure->terms,
                          &measure->n_terms);
  return result ? result
                : read_terms(at, "divided_by", divisor, &measure->divisor,
                             &measure->n_divisor);
}

// --- selections ------------------------------------------------------------

// As the column has it: "rc|2x" is "rc.2x".
static void as_column(char *config)
{
  for (; *config; config++)
    if (*config == '|') *config = '.';
}

static void read_pick(const struct yaml_pick *from, struct claim_pick *pick)
{
  as_column(from->config);
  *pick = (struct claim_pick){
      .config = from->config,
      .benchmarks = (const char *const *)from->benchmarks.text,
      .n_benchmarks = from->benchmarks.n,
      .hfac = from->heap_factor > 0 ? from->heap_factor : NAN,
      .mutators = from->mutators};
}

// --- words of a claim ------------------------------------------------------

static int read_words(const struct place *at, const struct yaml_claim *from,
                      struct claim *claim)
{
  static const char *const relations[CLAIM_RELATIONS] = {
      "less", "greater", "ratio", "value", "crossover", "falling", "rising"};
  static const char *const axes[] = {"heap_factor", "mutators"};
  static const char *const overs[] = {"mean", "each"};
  int relation = word(at, "relation", from->relation, relations,
                      CLAIM_RELATIONS);
  int along = from->along ? word(at, "along", from->along, axes, 2) : 0;
  int over = from->over ? word(at, "over", from->over, overs, 2) : 0;
  if (relation < 0 || along < 0 || over < 0) return -EINVAL;
  claim->relation = (enum claim_relation)relation;
  claim->along = (enum claim_axis)along;
  claim->over = (enum claim_over)over;
  return 0;
}

// --- bounds ----------------------------------------------------------------

static int read_bounds(const struct place *at, const struct yaml_claim *from,
                       struct claim *claim)
{
  claim->low = from->low ? *from->low : -INFINITY;
  claim->high = from->high ? *from->high : INFINITY;
  if (from->near && (from->low || from->high))
    return REFUSE(at, node_of(at, "near"),
                  "near: expected either near and within, or low and high");
  if (!from->near != !from->within)
    return REFUSE(at, node_of(at, from->near ? "near" : "within"),
                  "expected near and within, found one of them");
  if (from->near) {
    double part = *from->within * fabs(*from->near);
    claim->low = *from->near - part;
    claim->high = *from->near + part;
  }
  if (isinf(claim->low) && isinf(claim->high))
    return REFUSE(at, at->claim, "a %s needs low, high or near",
                  from->relation);
  if (claim->low > claim->high)
    return REFUSE(at, node_of(at, "low"), "low: expected at most high");
  return 0;
}

// Every key means something to this relation, and what it needs is there.
static int check_keys(const struct place *at, const struct yaml_claim *from,
                      const struct claim *claim)
{
  enum claim_relation r = claim->relation;
  bool bounded = r == CLAIM_RATIO || r == CLAIM_VALUE;
  bool alone = r == CLAIM_VALUE || r == CLAIM_FALLING || r == CLAIM_RISING;
  bool axis = r >= CLAIM_CROSSOVER;
  const struct {
    const char *key;
    bool there, wanted, possible;
  } keys[] = {{"than", from->than, !alone, !alone},
              {"along", from->along, axis, axis},
              {"at", from->at, r == CLAIM_CROSSOVER, r == CLAIM_CROSSOVER},
              {"low", from->low, false, bounded},
              {"high", from->high, false, bounded},
              {"near", from->near, false, bounded},
              {"within", from->within, false, bounded}};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    if (keys[i].there && !keys[i].possible)
      return REFUSE(at, node_of(at, keys[i].key),
                    "%s: has no meaning for relation \"%s\"", keys[i].key,
                    from->relation);
    if (keys[i].wanted && !keys[i].there)
      return REFUSE(at, at->claim, "relation \"%s\" needs a key \"%s\"",
                    from->relation, keys[i].key);
  }
  return 0;
}

// --- a claim ---------------------------------------------------------------

static int is_new(const struct place *at, const struct claims_file *file,
                  const char *id)
{
  for (size_t i = 0; i < file->n; i++)
    if (strcmp(file->claims[i].id, id) == 0)
      return REFUSE(at, node_of(at, "id"), "id: \"%s\" is there twice", id);
  if (strchr(id, ',') || strchr(id, ' '))
    return REFUSE(at, node_of(at, "id"),
                  "id: expected no comma or space, found \"%s\"", id);
  return 0;
}

static int read_claim(const struct place *at, const struct yaml_claim *from,
                      struct claim *claim)
{
  claim->id = from->id;
  claim->text = from->text;
  claim->source = from->source;
  claim->published = from->published;
  claim->tolerance = from->tolerance;
  claim->at = from->at ? *from->at : NAN;
  read_pick(from->of, &claim->of);
  claim->than.hfac = NAN;
  if (from->than) read_pick(from->than, &claim->than);
  int result = read_words(at, from, claim);
  if (!result)
    result = read_measure(at, &from->measure, &from->divided_by, from->combine,
                          &claim->measure);
  if (!result) result = check_keys(at, from, claim);
  bool bounded =
      claim->relation == CLAIM_RATIO || claim->relation == CLAIM_VALUE;
  return result || !bounded ? result : read_bounds(at, from, claim);
}

// --- a table ---------------------------------------------------------------

static int read_column(const struct place *at, const struct yaml_column *from,
                       struct claim_column *column)
{
  column->name = from->name;
  return read_measure(at, &from->measure, &from->divided_by, from->combine,
                      &column->measure);
}

static int check_table(const struct place *at, const struct claims_file *file,
                       const char *name)
{
  for (size_t i = 0; i < file->n_tables; i++)
    if (strcmp(file->tables[i].name, name) == 0)
      return REFUSE(at, node_of(at, "name"), "name: \"%s\" is there twice",
                    name);
  if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name))
    return 0;
  return REFUSE(at, node_of(at, "name"),
                "name: expected a-z, 0-9 and _, found \"%s\"", name);
}

static int read_table(const struct place *at,
                      const struct yaml_claim_table *from,
                      struct claim_table *table)
{
  *table = (struct claim_table){.name = from->name,
                                .title = from->title,
                                .configs = from->configs.text,
                                .n_configs = from->configs.n};
  for (size_t i = 0; i < table->n_configs; i++) as_column(table->configs[i]);
  table->columns = calloc(from->n_columns, sizeof *table->columns);
  if (!table->columns) return REFUSE(at, at->claim, "no memory");
  int list = node_of(at, "columns"), result = 0;
  for (size_t i = 0; !result && i < from->n_columns; i++) {
    struct place column = *at;
    column.claim = yaml_tree_item(at->tree, list, i);
    result = read_column(&column, &from->columns[i],
                         &table->columns[table->n_columns++]);
  }
  return result;
}

static int read_tables(struct claims_file *file, char *error, size_t error_size)
{
  if (!file->yaml->n_tables) return 0;
  int list = yaml_tree_find(file->tree, YAML_ROOT, "tables"), result = 0;
  struct place at = {file->tree, list, error, error_size};
  file->tables = calloc(file->yaml->n_tables, sizeof *file->tables);
  if (!file->tables) return REFUSE(&at, list, "no memory");
  for (size_t i = 0; !result && i < file->yaml->n_tables; i++) {
    at.claim = yaml_tree_item(file->tree, list, i);
    result = check_table(&at, file, file->yaml->tables[i].name);
    if (!result)
      result = read_table(&at, &file->yaml->tables[i],
                          &file->tables[file->n_tables++]);
  }
  return result;
}

// --- the file --------------------------------------------------------------

static int read_all(struct claims_file *file, const char *name, char *error,
                    size_t error_size)
{
  file->claims = calloc(file->yaml->n, sizeof *file->claims);
  if (!file->claims) {
    snprintf(error, error_size, "%s: no memory", name);
    return -ENOMEM;
  }
  int list = yaml_tree_find(file->tree, YAML_ROOT, "claims"), result = 0;
  for (size_t i = 0; !result && i < file->yaml->n; i++) {
    const struct place at = {file->tree, yaml_tree_item(file->tree, list, i),
                             error, error_size};
    const struct yaml_claim *from = &file->yaml->claims[i];
    result = is_new(&at, file, from->id);
    if (!result) result = read_claim(&at, from, &file->claims[file->n++]);
  }
  return result ? result : read_tables(file, error, error_size);
}

struct claims_file *claims_read_bytes(const char *name, const char *bytes,
                                      size_t n, char *error, size_t error_size)
{
  struct claims_file *file = calloc(1, sizeof *file);
  if (!file) {
    snprintf(error, error_size, "%s: no memory", name);
    return NULL;
  }
  int result = claims_schema_open(&file->tree, &file->yaml, name, bytes, n,
                                  error, error_size);
  if (!result) result = read_all(file, name, error, error_size);
  if (!result) return file;
  claims_close(file);
  return NULL;
}

struct claims_file *claims_read(const char *path, char *error,
                                size_t error_size)
{
  FILE *in = fopen(path, "rb"), *all;
  char *bytes = NULL, piece[4096];
  size_t n = 0;
  if (!in) {
    snprintf(error, error_size, "%s: %s", path, strerror(errno));
    return NULL;
  }
  all = open_memstream(&bytes, &n);
  for (size_t got; all && (got = fread(piece, 1, sizeof piece, in));)
    fwrite(piece, 1, got, all);
  bool read = !ferror(in);
  fclose(in);
  bool kept = all && fclose(all) == 0;
  struct claims_file *file = NULL;
  if (!read || !kept)
    snprintf(error, error_size, "%s: cannot be read", path);
  else
    file = claims_read_bytes(path, bytes, n, error, error_size);
  free(bytes);
  return file;
}

static void free_terms(struct claim_term *terms, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    free(terms[i].metric);
    free(terms[i].scope);
    free(terms[i].stat);
  }
  free(terms);
}

static void free_measure(struct claim_measure *measure)
{
  free_terms(measure->terms, measure->n_terms);
  free_terms(measure->divisor, measure->n_divisor);
}

void claims_close(struct claims_file *file)
{
  if (!file) return;
  for (size_t i = 0; i < file->n; i++) free_measure(&file->claims[i].measure);
  for (size_t i = 0; i < file->n_tables; i++) {
    for (size_t k = 0; k < file->tables[i].n_columns; k++)
      free_measure(&file->tables[i].columns[k].measure);
    free(file->tables[i].columns);
  }
  free(file->claims);
  free(file->tables);
  claims_schema_close(file->tree, file->yaml);
  free(file);
}

size_t claims_count(const struct claims_file *file)
{
  return file->n;
}

const struct claim *claims_at(const struct claims_file *file, size_t i)
{
  return &file->claims[i];
}

size_t claims_tables(const struct claims_file *file)
{
  return file->n_tables;
}

const struct claim_table *claims_table_at(const struct claims_file *file,
                                          size_t i)
{
  return &file->tables[i];
}

// --- names -----------------------------------------------------------------

static bool among(const char *const *names, size_t n, const char *name)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(names[i], name) == 0) return true;
  return false;
}

static const struct claims_axes *axes_of(const struct claims_names *names,
                                         const char *config)
{
  for (size_t i = 0; names->axes && i < names->n_configs; i++)
    if (strcmp(names->configs[i], config) == 0) return &names->axes[i];
  return NULL;
}

static bool has_factor(const struct claims_axes *axes, double factor)
{
  bool has = axes->any_factor || isnan(factor);
  for (size_t i = 0; !has && i < axes->n_factors; i++)
    has = fabs(axes->factors[i] - factor) < 5e-4;
  return has;
}

static bool has_mutators(const struct claims_axes *axes, uint32_t mutators)
{
  bool has = axes->any_mutators || !mutators;
  for (size_t i = 0; !has && i < axes->n_mutators; i++)
    has = axes->mutators[i] == mutators;
  return has;
}

static int check_place(const struct place *at, int node,
                       const struct claim_pick *pick,
                       const struct claims_names *names)
{
  const struct claims_axes *axes = axes_of(names, pick->config);
  if (axes && !has_factor(axes, pick->hfac))
    return REFUSE(at, yaml_tree_find(at->tree, node, "heap_factor"),
                  "heap_factor: no cell of \"%s\" has %g", pick->config,
                  pick->hfac);
  if (axes && !has_mutators(axes, pick->mutators))
    return REFUSE(at, yaml_tree_find(at->tree, node, "mutators"),
                  "mutators: no cell of \"%s\" has %u", pick->config,
                  pick->mutators);
  return 0;
}

// Are there cells on both sides?
static int check_at(const struct place *at, const struct claim *claim,
                    const struct claims_names *names)
{
  const struct claims_axes *axes = axes_of(names, claim->of.config);
  bool heap = claim->along == CLAIM_HFAC, below = false, above = false;
  if (claim->relation != CLAIM_CROSSOVER || !axes ||
      (heap ? axes->any_factor : axes->any_mutators))
    return 0;
  for (size_t i = 0; i < (heap ? axes->n_factors : axes->n_mutators); i++) {
    double x = heap ? axes->factors[i] : (double)axes->mutators[i];
    below |= x < claim->at;
    above |= x >= claim->at;
  }
  if (below && above) return 0;
  return REFUSE(at, yaml_tree_find(at->tree, at->claim, "at"),
                "at: no cell of \"%s\" is %s %g", claim->of.config,
                below ? "at or above" : "below", claim->at);
}

static int check_pick(const struct place *at, const char *key,
                      const struct claim_pick *pick,
                      const struct claims_names *names)
{
  int node = yaml_tree_find(at->tree, at->claim, key);
  if (!among(names->configs, names->n_configs, pick->config))
    return REFUSE(at, yaml_tree_find(at->tree, node, "config"),
                  "config: the experiment has no \"%s\"", pick->config);
  int list = yaml_tree_find(at->tree, node, "benchmarks");
  for (size_t i = 0; i < pick->n_benchmarks; i++)
    if (!among(names->benchmarks, names->n_benchmarks, pick->benchmarks[i]))
      return REFUSE(at, yaml_tree_item(at->tree, list, i),
                    "benchmarks: the experiment has no \"%s\"",
                    pick->benchmarks[i]);
  return check_place(at, node, pick, names);
}

static int check_configs(const struct claims_file *file, size_t i,
                         const struct claims_names *names, char *error,
                         size_t error_size)
{
  const struct claim_table *table = &file->tables[i];
  int tables = yaml_tree_find(file->tree, YAML_ROOT, "tables");
  int list = yaml_tree_find(file->tree, yaml_tree_item(file->tree, tables, i),
                            "configs");
  for (size_t k = 0; k < table->n_configs; k++)
    if (!among(names->configs, names->n_configs, table->configs[k]))
      return yaml_refuse(file->tree, yaml_tree_item(file->tree, list, k), error,
                         error_size, "configs: the experiment has no \"%s\"",
                         table->configs[k]);
  return 0;
}

int claims_check_names(const struct claims_file *file,
                       const struct claims_names *names, char *error,
                       size_t error_size)
{
  int list = yaml_tree_find(file->tree, YAML_ROOT, "claims"), result = 0;
  for (size_t i = 0; !result && i < file->n; i++) {
    const struct claim *claim = &file->claims[i];
    const struct place at = {file->tree, yaml_tree_item(file->tree, list, i),
                             error, error_size};
    result = check_pick(&at, "of", &claim->of, names);
    if (!result && claim->than.config)
      result = check_pick(&at, "than", &claim->than, names);
    if (!result) result = check_at(&at, claim, names);
  }
  for (size_t i = 0; !result && i < file->n_tables; i++)
    result = check_configs(file, i, names, error, error_size);
  return result;
}
