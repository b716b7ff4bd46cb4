// page_claims.c: what `wane paper` says of claims, on the page.
// SPDX-License-Identifier: MIT
//
// claims.json stands in the folder of the results, if there were claims; what
// is missing in it, because another Wane wrote it, is an empty cell.
#include "page_parts.h"

#include "html.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *claims_of(const struct report *report, size_t source)
{
  char *path;
  const char *folder = report_source_directory(report, source);
  if (asprintf(&path, "%s/claims.json", folder) < 0) return NULL;
  json_t *json = json_load_file(path, 0, NULL);
  free(path);
  return json;
}

bool page_has_claims(const struct report *report)
{
  bool some = false;
  for (size_t i = 0; i < report->n_sources && !some; i++) {
    json_t *json = claims_of(report, i);
    some = json_array_size(json_object_get(json, "claims")) > 0;
    json_decref(json);
  }
  return some;
}

static const char *text_of(const json_t *claim, const char *key)
{
  const char *text = json_string_value(json_object_get(claim, key));
  return text ? text : "";
}

static double number_of(const json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

// "0.81 [0.79, 0.83], n = 5", once for each step of an axis.
static void put_measured(const json_t *claim, FILE *out)
{
  size_t i;
  json_t *total;
  fputs("<td>", out);
  json_array_foreach(json_object_get(claim, "totals"), i, total)
  {
    const json_t *result = json_object_get(total, "result");
    double axis = number_of(total, "axis"), low = number_of(result, "low");
    if (i) fputs("<br>", out);
    if (!isnan(axis)) fprintf(out, "at %g: ", axis);
    fprintf(out, "%.4g", number_of(result, "mean"));
    if (!isnan(low))
      fprintf(out, " [%.4g, %.4g]", low, number_of(result, "high"));
    fprintf(out, ", n = %.0f", number_of(result, "n"));
  }
  fputs("</td>", out);
}

static void put_verdict(const char *verdict, FILE *out)
{
  bool good = !strcmp(verdict, "PASS") || !strcmp(verdict, "WITHIN");
  fprintf(out, "<td%s>", good ? "" : " class=\"bad\"");
  html_text(out, verdict);
  fputs("</td>", out);
}

static void put_claim(const json_t *claim, FILE *out)
{
  const char *reason = text_of(claim, "reason");
  fputs("<tr>", out);
  page_cell(out, text_of(claim, "id"));
  put_verdict(text_of(claim, "verdict"), out);
  page_long_cell(out, text_of(claim, "text"));
  if (*reason)
    page_long_cell(out, reason);
  else
    put_measured(claim, out);
  page_long_cell(out, text_of(claim, "expected"));
  page_long_cell(out, text_of(claim, "published"));
  page_long_cell(out, text_of(claim, "source"));
  fputs("</tr>\n", out);
}

void page_claims(const struct report *report, FILE *out)
{
  static const struct page_head heads[] = {
      {"claim", false},    {"verdict", false},  {"what is said", false},
      {"measured", false}, {"expected", false}, {"published", false},
      {"source", false}};
  if (!page_has_claims(report)) return;
  fputs("<h2 id=\"claims\">Claims</h2>\n", out);
  for (size_t i = 0; i < report->n_sources; i++) {
    json_t *json = claims_of(report, i), *claim;
    const json_t *list = json_object_get(json, "claims");
    char caption[300];
    size_t k;
    snprintf(caption, sizeof caption,
             "%.200s: PASS and WITHIN are as expected, with its interval "
             "(95 %%) or by the mean alone",
             report_source_name(report, i));
    if (json_array_size(list)) {
      page_table_begin(out, caption, heads, sizeof heads / sizeof heads[0]);
      json_array_foreach(list, k, claim) put_claim(claim, out);
      page_table_end(out);
    }
    json_decref(json);
  }
}
