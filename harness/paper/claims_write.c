// claims_write.c: claims and their verdicts for other programs.
// SPDX-License-Identifier: MIT

#include "claims.h"

#include "csv.h"
#include "tex.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

// --- CSV -------------------------------------------------------------------

static void put_number(FILE *out, double value)
{
  char text[32];
  csv_number(text, isinf(value) ? NAN : value);
  fprintf(out, ",%s", text);
}

// A ratio may be infinite; bounds that are, are none.
static void put_value(FILE *out, double value)
{
  if (isinf(value))
    fputs(value > 0 ? ",inf" : ",-inf", out);
  else
    put_number(out, value);
}

static void put_interval(FILE *out, const struct stats_interval *i)
{
  bool some = i->n > 0;
  put_value(out, some ? i->mean : NAN);
  put_value(out, some ? i->low : NAN);
  put_value(out, some ? i->high : NAN);
  put_number(out, some ? (double)i->n : NAN);
}

static void put_text(FILE *out, const char *text)
{
  fputc(',', out);
  csv_field(out, text);
}

static void put_row(FILE *out, const struct claim_result *r, const char *row,
                    const struct claim_point *p)
{
  csv_field(out, r->claim->id);
  put_text(out, row);
  put_text(out, claim_verdict_name(p->verdict));
  put_text(out, p->suite);
  put_text(out, p->benchmark);
  put_number(out, p->hfac);
  put_number(out, p->mutators ? p->mutators : NAN);
  put_number(out, p->x);
  put_interval(out, &p->of);
  put_interval(out, &p->than);
  put_interval(out, &p->result);
  put_number(out, p->low);
  put_number(out, p->high);
  put_number(out, (double)p->pairs);
  put_text(out, NULL);
  fputc('\n', out);
}

static void put_not(FILE *out, const char *id, const char *row,
                    const struct claim_exclusion *e, const char *why)
{
  csv_field(out, id);
  put_text(out, row);
  put_text(out, claim_verdict_name(CLAIM_NOT_MEASURED));
  put_text(out, e ? e->suite : NULL);
  put_text(out, e ? e->benchmark : NULL);
  put_number(out, e ? e->hfac : NAN);
  put_number(out, e ? e->mutators : NAN);
  for (int i = 0; i < 16; i++) put_text(out, NULL);
  put_text(out, why);
  fputc('\n', out);
}

void claims_write_csv(const struct claim_result *results, size_t n, FILE *out)
{
  fputs("claim,row,verdict,suite,benchmark,hfac,mutators,axis,"
        "of_mean,of_low,of_high,of_n,than_mean,than_low,than_high,than_n,"
        "result,result_low,result_high,result_n,low,high,parts,reason\n",
        out);
  for (size_t i = 0; i < n; i++) {
    const struct claim_result *r = &results[i];
    const char *id = r->claim->id;
    if (*r->reason) put_not(out, id, "total", NULL, r->reason);
    for (size_t k = 0; k < r->n_totals; k++)
      put_row(out, r, "total", &r->totals[k]);
    for (size_t k = 0; k < r->n_points; k++)
      put_row(out, r, "part", &r->points[k]);
    for (size_t k = 0; k < r->n_exclusions; k++)
      put_not(out, id, "left out", &r->exclusions[k], r->exclusions[k].why);
  }
}

// --- LaTeX -----------------------------------------------------------------

static void put_tex_number(FILE *out, const struct claim_point *p)
{
  fprintf(out, "%.3g", p->result.mean);
  if (!isnan(p->result.low))
    fprintf(out, " [%.3g, %.3g]", p->result.low, p->result.high);
}

void claims_write_tex(const struct claim_result *results, size_t n, FILE *out)
{
  fputs("% needs \\usepackage{booktabs}\n"
        "\\begin{tabular}{lp{0.5\\linewidth}lll}\n\\toprule\n"
        "& claim & published & measured & verdict \\\\\n\\midrule\n",
        out);
  for (size_t i = 0; i < n; i++) {
    const struct claim_result *r = &results[i];
    tex_text(out, r->claim->id);
    fputs(" & ", out);
    tex_text(out, r->claim->text);
    fputs(" & ", out);
    tex_text(out, r->claim->published ? r->claim->published : "--");
    fputs(" & ", out);
    for (size_t k = 0; k < r->n_totals; k++) {
      if (k) fputs(", ", out);
      put_tex_number(out, &r->totals[k]);
    }
    fprintf(out, " & %s \\\\\n", claim_verdict_name(r->verdict));
  }
  fputs("\\bottomrule\n\\end{tabular}\n", out);
}

// --- JSON ------------------------------------------------------------------

static json_t *number(double value)
{
  return isfinite(value) ? json_real(value) : json_null();
}

static json_t *text(const char *bytes)
{
  return bytes ? json_string(bytes) : json_null();
}

static json_t *interval(const struct stats_interval *i)
{
  if (!i->n) return json_null();
  return json_pack("{so so so sI}", "mean", number(i->mean), "low",
                   number(i->low), "high", number(i->high), "n",
                   (json_int_t)i->n);
}

static json_t *point(const struct claim_point *p)
{
  return json_pack(
      "{ss so so so so so so so so so so sI}", "verdict",
      claim_verdict_name(p->verdict), "suite", text(p->suite), "benchmark",
      text(p->benchmark), "hfac", number(p->hfac), "mutators",
      p->mutators ? json_integer(p->mutators) : json_null(), "axis",
      number(p->x), "of", interval(&p->of), "than", interval(&p->than),
      "result", interval(&p->result), "low", number(p->low), "high",
      number(p->high), "parts", (json_int_t)p->pairs);
}

static json_t *points(const struct claim_point *p, size_t n)
{
  json_t *list = json_array();
  for (size_t i = 0; i < n; i++) json_array_append_new(list, point(&p[i]));
  return list;
}

static json_t *exclusions(const struct claim_result *r)
{
  json_t *list = json_array();
  for (size_t i = 0; i < r->n_exclusions; i++) {
    const struct claim_exclusion *e = &r->exclusions[i];
    json_array_append_new(
        list, json_pack("{so so so sI so ss}", "suite", text(e->suite),
                        "benchmark", text(e->benchmark), "hfac",
                        number(e->hfac), "mutators", (json_int_t)e->mutators,
                        "config", text(e->config), "why", e->why));
  }
  return list;
}

static json_t *claim(const struct claim_result *r)
{
  char expected[1024];
  claim_expectation(r->claim, expected, sizeof expected);
  return json_pack("{so so so so so ss so so so so}", "id", text(r->claim->id),
                   "text", text(r->claim->text), "source",
                   text(r->claim->source), "published",
                   text(r->claim->published), "expected", text(expected),
                   "verdict", claim_verdict_name(r->verdict), "reason",
                   *r->reason ? text(r->reason) : json_null(), "totals",
                   points(r->totals, r->n_totals), "parts",
                   points(r->points, r->n_points), "left_out", exclusions(r));
}

int claims_write_json(const struct claim_result *results, size_t n, FILE *out)
{
  json_t *list = json_array();
  for (size_t i = 0; i < n; i++)
    json_array_append_new(list, claim(&results[i]));
  json_t *all = json_pack("{si so}", "schema_version", 1, "claims", list);
  int result = all && json_dumpf(all, out, JSON_INDENT(2)) == 0 ? 0 : -ENOMEM;
  if (!result) fputc('\n', out);
  json_decref(all);
  return result;
}
