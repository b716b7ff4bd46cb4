// claims_text.c: claims and their verdicts in words.
// SPDX-License-Identifier: MIT

#include "claims.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- what is expected ------------------------------------------------------

static void put_terms(FILE *out, const struct claim_term *terms, size_t n,
                      const char *between)
{
  for (size_t i = 0; i < n; i++) {
    fprintf(out, "%s%s", i ? between : "", terms[i].metric);
    if (terms[i].scope) fprintf(out, "{%s} %s", terms[i].scope, terms[i].stat);
  }
}

// "a + b", "(a + b) / c", "max(a, b)".
static void put_measure(FILE *out, const struct claim_measure *m)
{
  bool bracket = m->n_terms > 1 && (m->largest || m->n_divisor);
  if (bracket) fputs(m->largest ? "max(" : "(", out);
  put_terms(out, m->terms, m->n_terms, m->largest ? ", " : " + ");
  if (bracket) fputs(")", out);
  if (!m->n_divisor) return;
  fputs(m->n_divisor > 1 ? " / (" : " / ", out);
  put_terms(out, m->divisor, m->n_divisor, " + ");
  if (m->n_divisor > 1) fputs(")", out);
}

static void put_pick(FILE *out, const struct claim_pick *pick)
{
  fputs(pick->config, out);
  if (!isnan(pick->hfac)) fprintf(out, " at %gx", pick->hfac);
  if (pick->mutators)
    fprintf(out, " with %u mutator%s", pick->mutators,
            pick->mutators == 1 ? "" : "s");
}

static void put_bounds(FILE *out, double low, double high)
{
  if (isinf(low))
    fprintf(out, " is at most %g", high);
  else if (isinf(high))
    fprintf(out, " is at least %g", low);
  else if (low == high)
    fprintf(out, " is %g", low);
  else
    fprintf(out, " is in [%g, %g]", low, high);
}

static void put_relation(FILE *out, const struct claim *claim)
{
  const char *axis =
      claim->along == CLAIM_HFAC ? "heap factor" : "number of mutators";
  switch (claim->relation) {
    case CLAIM_LESS: fputs(" is less than 1", out); break;
    case CLAIM_GREATER: fputs(" is greater than 1", out); break;
    case CLAIM_CROSSOVER:
      fprintf(out, " is less than 1 from %s %g on, greater before", axis,
              claim->at);
      break;
    case CLAIM_FALLING: fprintf(out, " falls with the %s", axis); break;
    case CLAIM_RISING: fprintf(out, " rises with the %s", axis); break;
    default: put_bounds(out, claim->low, claim->high);
  }
}

void claim_expectation(const struct claim *claim, char *text, size_t size)
{
  char *buffer = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&buffer, &n);
  *text = '\0';
  if (!out) return;
  put_measure(out, &claim->measure);
  fputs(" of ", out);
  put_pick(out, &claim->of);
  if (claim->than.config) {
    fputs(", over that of ", out);
    put_pick(out, &claim->than);
    fputc(',', out);
  }
  put_relation(out, claim);
  if (claim->over == CLAIM_EACH) fputs(", for each benchmark", out);
  if (claim->tolerance > 0)
    fprintf(out, " (tolerance %g %%)", claim->tolerance * 100);
  if (fclose(out) == 0) snprintf(text, size, "%s", buffer);
  free(buffer);
}

// --- what was found --------------------------------------------------------

static void put_interval(FILE *out, const struct stats_interval *i)
{
  fprintf(out, "%.4g", i->mean);
  if (!isnan(i->low)) fprintf(out, " [%.4g, %.4g]", i->low, i->high);
  fprintf(out, ", n = %zu", i->n);
}

static const char *kind_of_mean(const struct claim *claim)
{
  return claim->relation == CLAIM_VALUE ? "mean" : "geometric mean";
}

static void put_total(FILE *out, const struct claim *claim,
                      const struct claim_point *total)
{
  fputs("  measured  ", out);
  if (!isnan(total->x))
    fprintf(out, "at %g%s: ", total->x,
            claim->along == CLAIM_HFAC ? "x" : " mutators");
  put_interval(out, &total->result);
  if (total->pairs > 1)
    fprintf(out, ", %s of %zu", kind_of_mean(claim), total->pairs);
  if (claim->relation >= CLAIM_CROSSOVER)
    fprintf(out, ": %s", claim_verdict_name(total->verdict));
  fputc('\n', out);
}

static void put_point(FILE *out, const struct claim_point *p)
{
  fprintf(out, "    %-24s", p->benchmark);
  if (!isnan(p->hfac)) fprintf(out, " %6.3fx", p->hfac);
  fprintf(out, " %ut  ", p->mutators);
  put_interval(out, &p->result);
  if (p->than.n) fprintf(out, "  (%.6g / %.6g)", p->of.mean, p->than.mean);
  fprintf(out, "  %s\n", claim_verdict_name(p->verdict));
}

// How many have the reason of the i-th, and whether it is the first of them.
static size_t alike(const struct claim_result *r, size_t i, bool *first)
{
  size_t n = 0;
  *first = true;
  for (size_t k = 0; k < r->n_exclusions; k++) {
    if (strcmp(r->exclusions[k].why, r->exclusions[i].why)) continue;
    if (k < i) *first = false;
    n++;
  }
  return n;
}

static void put_exclusion(FILE *out, const struct claim_exclusion *e)
{
  fprintf(out, "  left out  %s on %s", e->config, e->benchmark);
  if (!isnan(e->hfac)) fprintf(out, " at %gx", e->hfac);
  fprintf(out, ", %u mutator%s: %s\n", e->mutators, e->mutators == 1 ? "" : "s",
          e->why);
}

// Many for one reason are one line; the CSV has them all.
static void put_exclusions(FILE *out, const struct claim_result *r)
{
  enum { MANY = 4 };
  for (size_t i = 0; i < r->n_exclusions; i++) {
    bool first;
    size_t n = alike(r, i, &first);
    if (n <= MANY)
      put_exclusion(out, &r->exclusions[i]);
    else if (first)
      fprintf(out, "  left out  %zu, the first %s on %s: %s\n", n,
              r->exclusions[i].config, r->exclusions[i].benchmark,
              r->exclusions[i].why);
  }
}

static void put_result(FILE *out, const struct claim_result *r)
{
  char expected[1024];
  const struct claim *claim = r->claim;
  claim_expectation(claim, expected, sizeof expected);
  fprintf(out, "%s: %s\n  %s\n  source    %s\n", claim->id,
          claim_verdict_name(r->verdict), claim->text, claim->source);
  if (claim->published) fprintf(out, "  published %s\n", claim->published);
  fprintf(out, "  expected  %s\n", expected);
  if (*r->reason) fprintf(out, "  because   %s\n", r->reason);
  for (size_t i = 0; i < r->n_totals; i++) put_total(out, claim, &r->totals[i]);
  put_exclusions(out, r);
  if (r->n_points > 1)
    for (size_t i = 0; i < r->n_points; i++) put_point(out, &r->points[i]);
  fputc('\n', out);
}

void claims_write_txt(const struct claim_result *results, size_t n, FILE *out)
{
  size_t count[CLAIM_VERDICTS] = {0};
  for (size_t i = 0; i < n; i++) count[results[i].verdict]++;
  for (size_t i = 0; i < n; i++) put_result(out, &results[i]);
  for (int i = 0; i < CLAIM_VERDICTS; i++)
    fprintf(out, "%s%s %zu", i ? ", " : "",
            claim_verdict_name((enum claim_verdict)i), count[i]);
  fputs("\nIntervals are of 95 % over invocations; over several benchmarks, "
        "the one that\ntheirs make together.\n",
        out);
}
