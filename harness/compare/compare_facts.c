// compare_facts.c: in what A and B differ that is not what is compared.
// SPDX-License-Identifier: MIT
//
// From their run.json: machines, compilers, what the doctor found, whether the
// canary kept still; and sizes of heaps. Nothing of it forbids a comparison;
// who reads it decides.
#include "compare.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

// --- facts as texts --------------------------------------------------------

// "unknown" for what is not there; the caller's.
static char *text_of(const json_t *value)
{
  if (!value || json_is_null(value)) return strdup("unknown");
  if (json_is_string(value)) return strdup(json_string_value(value));
  return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
}

// "load, busy": what the doctor would not have measured with.
static char *refused(const json_t *run)
{
  char *text = NULL;
  size_t size, i, n = 0;
  json_t *finding;
  const json_t *doctor = json_object_get(run, "doctor");
  FILE *out = open_memstream(&text, &size);
  if (!out) return NULL;
  if (!json_is_array(doctor)) fputs("unknown", out);
  json_array_foreach(doctor, i, finding)
  {
    const char *name = json_string_value(json_object_get(finding, "name"));
    const char *how = json_string_value(json_object_get(finding, "severity"));
    if (name && how && strcmp(how, "refuse") == 0)
      fprintf(out, "%s%s", n++ ? ", " : "refuse: ", name);
  }
  if (json_is_array(doctor) && !n) fputs("nothing to refuse", out);
  return fclose(out) == 0 ? text : NULL;
}

// --- differences -----------------------------------------------------------

// Takes both texts.
static int add(struct compare_facts *facts, const char *what, char *a, char *b,
               bool always)
{
  bool told = a && b && (always || strcmp(a, b) != 0);
  int result = a && b ? 0 : -ENOMEM;
  if (told) {
    struct compare_fact *more =
        realloc(facts->facts, (facts->n + 1) * sizeof *more);
    char *copy = strdup(what);
    if (more) facts->facts = more;
    if (more && copy) {
      more[facts->n++] = (struct compare_fact){copy, a, b};
      return 0;
    }
    free(copy);
    result = -ENOMEM;
  }
  free(a);
  free(b);
  return result;
}

// Of an object of both: those of its members that A or B has.
static int add_object(struct compare_facts *facts, const json_t *a,
                      const json_t *b)
{
  int result = 0;
  json_t *all = json_object(), *value;
  const char *key;
  if (a) json_object_update(all, (json_t *)(uintptr_t)a);
  if (b) json_object_update_missing(all, (json_t *)(uintptr_t)b);
  json_object_foreach(all, key, value) if (!result) result =
      add(facts, key, text_of(json_object_get(a, key)),
          text_of(json_object_get(b, key)), false);
  json_decref(all);
  return result;
}

static int add_build(struct compare_facts *facts, const json_t *a,
                     const json_t *b)
{
  static const char *const keys[] = {"compiler", "flags", "type", "counting"};
  int result = 0;
  for (size_t i = 0; !result && i < sizeof keys / sizeof keys[0]; i++)
    result = add(facts, keys[i], text_of(json_object_get(a, keys[i])),
                 text_of(json_object_get(b, keys[i])), false);
  return result;
}

static bool is_bad(const char *text)
{
  static const char *const bad[] = {"refuse:", "noisy", "drifting"};
  for (size_t i = 0; text && i < sizeof bad / sizeof bad[0]; i++)
    if (strncmp(text, bad[i], strlen(bad[i])) == 0) return true;
  return false;
}

// What is bad is said even when it is so on both sides.
static int add_conduct(struct compare_facts *facts, const json_t *a,
                       const json_t *b)
{
  char *first = refused(a), *second = refused(b);
  bool bad = is_bad(first) || is_bad(second);
  int result = add(facts, "doctor", first, second, bad);
  if (result) return result;
  first = text_of(json_object_get(json_object_get(a, "canary"), "verdict"));
  second = text_of(json_object_get(json_object_get(b, "canary"), "verdict"));
  bad = is_bad(first) || is_bad(second);
  return add(facts, "canary", first, second, bad);
}

// Heaps of the same factor are of different sizes where the smallest heap was
// found anew.
static int add_heap(struct compare_facts *facts,
                    const struct compare_cell *cell)
{
  char *what;
  const struct compare_side *side = cell->side;
  if (cell->why) return 0;
  if (asprintf(&what, "heap_bytes of %s", cell->label) < 0) return -ENOMEM;
  int result =
      add(facts, what, strdup(side[0].runs[0]->field[REPORT_HEAP_BYTES]),
          strdup(side[1].runs[0]->field[REPORT_HEAP_BYTES]), false);
  free(what);
  return result;
}

static json_t *load(const char *folder)
{
  char *path;
  if (asprintf(&path, "%s/run.json", folder) < 0) return NULL;
  json_t *json = json_load_file(path, 0, NULL);
  free(path);
  return json;
}

int compare_facts_make(struct compare_facts *facts, char *const folders[2],
                       const struct compare_cells *cells)
{
  json_t *a = load(folders[0]), *b = load(folders[1]);
  *facts = (struct compare_facts){0};
  int result = a && b ? 0 : -ENOMEM; // both were read a moment ago
  if (!result)
    result = add_object(facts, json_object_get(a, "machine"),
                        json_object_get(b, "machine"));
  if (!result)
    result = add_build(facts, json_object_get(a, "build"),
                       json_object_get(b, "build"));
  if (!result) result = add_conduct(facts, a, b);
  for (size_t i = 0; !result && i < cells->n; i++)
    result = add_heap(facts, &cells->cells[i]);
  json_decref(a);
  json_decref(b);
  return result;
}

void compare_facts_free(struct compare_facts *facts)
{
  for (size_t i = 0; i < facts->n; i++) {
    free(facts->facts[i].what);
    free(facts->facts[i].a);
    free(facts->facts[i].b);
  }
  free(facts->facts);
}
