// stats_text.c: trace statistics for people, in 80 columns.
// SPDX-License-Identifier: MIT
#include "stats_text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// A number as text; it lives as long as the expression it is called in.
struct text {
  char text[40];
};

static struct text number(double value)
{
  struct text number;
  stats_number(number.text, value);
  return number;
}

static struct text bytes(double value)
{
  struct text digits, bytes;
  stats_number(digits.text, value);
  bool scaled = strchr(digits.text, ' ') != NULL;
  snprintf(bytes.text, sizeof bytes.text, "%.31s%s", digits.text,
           scaled ? "B" : " B");
  return bytes;
}

// ---- the headline

static void print_headline(FILE *out, const struct stats_trace *trace)
{
  const struct gct_stats *stats = &trace->stats;
  const double *v = trace->values;
  fprintf(out, "%s: %s events, %s births, %s, %" PRIu32 " thread%s\n",
          trace->name, number((double)stats->events).text,
          number(v[GCT_ABI]).text, bytes(v[GCT_ABY]).text, stats->threads,
          stats->threads == 1 ? "" : "s");
  if (stats->demographics.births == 0) return;
  fprintf(out,
          "  freed     %s %% by the last reference, %s %% by cycle "
          "collections\n",
          number(v[GCT_DRC]).text, number(v[GCT_DCY]).text);
  fprintf(out,
          "  lifetime  median %s births; %s %% less than 4, %s %% less "
          "than 1024\n",
          number(v[GCT_LOM]).text, number(v[GCT_LY4]).text,
          number(v[GCT_LYK]).text);
  fprintf(out,
          "  heap      at most %s objects, %s; on average %s %% of them "
          "garbage\n",
          number(v[GCT_HPO]).text, bytes(v[GCT_HPB]).text,
          number(v[GCT_HFG]).text);
  fprintf(out,
          "  shape     %s %% never had a reference from an object; %s %% "
          "of those\n            reachable are part of a cycle\n",
          number(v[GCT_EIN]).text, number(v[GCT_CLV]).text);
  fprintf(out,
          "  mutators  per birth %s first writes, %s later, %s roots"
          " taken\n",
          number(v[GCT_MWF]).text, number(v[GCT_MWL]).text,
          number(v[GCT_MRT]).text);
  if (stats->threads > 1)
    fprintf(out,
            "  threads   %s %% of the objects shared; at best %s events "
            "at a time\n            (%s if every touch of an object "
            "keeps its place)\n",
            number(v[GCT_TSH]).text, number(v[GCT_PSU]).text,
            number(v[GCT_PTO]).text);
}

// ---- distributions

// Cumulative shares below each limit, in percent of the weight.
static void print_below(FILE *out, const char *name,
                        const struct gct_histogram *histogram,
                        const uint64_t *limits, size_t n)
{
  fprintf(out, "  %-22s", name);
  for (size_t i = 0; i < n; i++)
    if (histogram->weight > 0)
      fprintf(out, " %7.1f", 100 * gct_histogram_below(histogram, limits[i]));
    else
      fprintf(out, " %7s", "NA");
  fputc('\n', out);
}

static void print_limits(FILE *out, const char *name, const uint64_t *limits,
                         size_t n, unsigned unit)
{
  char text[32], below[40];
  fprintf(out, "\n%-24s", name);
  for (size_t i = 0; i < n; i++) {
    uint64_t limit = limits[i] * unit;
    if (limit >= 1u << 20)
      snprintf(text, sizeof text, "%" PRIu64 "Mi", limit >> 20);
    else if (limit >= 1024)
      snprintf(text, sizeof text, "%" PRIu64 "Ki", limit >> 10);
    else
      snprintf(text, sizeof text, "%" PRIu64, limit);
    snprintf(below, sizeof below, "<%s", text);
    fprintf(out, " %7s", below);
  }
  fputc('\n', out);
}

static void print_distributions(FILE *out, const struct gct_demographics *d)
{
  static const uint64_t words[] = {4, 8, 16, 32, 128, 1024, 8192};
  static const uint64_t births[] = {1, 4, 32, 256, 1024, 16384, 1u << 18};
  static const uint64_t edges[] = {1, 2, 3, 5, 9, 17, 256};
  const size_t n = 7;
  print_limits(out, "size, B: cumulative %", words, n, 8);
  print_below(out, "of the objects", &d->size, words, n);
  print_below(out, "of the bytes", &d->size_bytes, words, n);
  print_limits(out, "lifetime, births: %", births, n, 1);
  print_below(out, "of the deaths", &d->life_births, births, n);
  print_below(out, "of the bytes", &d->life_of_bytes, births, n);
  print_below(out, "of those in cycles", &d->life_cycle, births, n);
  print_limits(out, "references ever: %", edges, n, 1);
  print_below(out, "of the objects", &d->in_edges, edges, n);
}

static double share(uint64_t part, uint64_t whole)
{
  return whole > 0 ? 100 * (double)part / (double)whole : 0;
}

static void print_ends(FILE *out, const struct gct_demographics *d)
{
  fprintf(out, "\n%-24s %10s %7s %14s %7s\n", "how they end", "objects", "%",
          "bytes", "%");
  for (int i = 0; i < GCT_ENDINGS; i++)
    fprintf(out, "  %-22s %10" PRIu64 " %7.1f %14" PRIu64 " %7.1f\n",
            stats_end_names[i], d->ends[i], share(d->ends[i], d->births),
            d->end_bytes[i], share(d->end_bytes[i], d->bytes));
}

// ---- types

static void print_type(FILE *out, const char *name,
                       const struct gct_type_stats *type,
                       const struct gct_demographics *all)
{
  uint64_t freed = type->ends[GCT_END_COUNT] + type->ends[GCT_END_CYCLE];
  fprintf(out, "%-24.24s %7s %6.1f %6.1f %6.1f %6.1f %6.1f %9s\n", name,
          number((double)type->births).text, share(type->births, all->births),
          share(type->bytes, all->bytes),
          share(type->ends[GCT_END_CYCLE], type->births),
          share(type->ends[GCT_END_LIVE], type->births),
          share(type->lonely, type->births),
          number(freed ? (double)type->lifetime / (double)freed : NAN).text);
}

static int print_types(FILE *out, const struct stats_trace *trace, uint32_t n)
{
  const struct gct_info *info = gct_info(trace->file);
  const struct gct_stats *stats = &trace->stats;
  uint32_t *order = stats_types_by_births(trace);
  if (!order) return -ENOMEM;
  if (n > stats->types_used) n = stats->types_used;
  if (n > 0)
    fprintf(out, "\n%-24s %7s %6s %6s %6s %6s %6s %9s\n", "type", "births",
            "% all", "%bytes", "%cycle", "%live", "%alone", "mean life");
  for (uint32_t i = 0; i < n; i++)
    print_type(out, info->types[order[i]].name, &stats->types[order[i]],
               &stats->demographics);
  if (n > 0 && n < stats->types_used)
    fprintf(out, "(%" PRIu32 " types more)\n", stats->types_used - n);
  free(order);
  return 0;
}

// ---- nominal statistics

// Prints words up to column 80, further lines beginning at `column`, where
// the cursor is.
static void print_wrapped(FILE *out, const char *text, int column)
{
  int at = column;
  while (*text) {
    int n = (int)strcspn(text, " ");
    if (at > column && at + 1 + n > 80) {
      fprintf(out, "\n%*s", column, "");
      at = column;
    } else if (at > column) {
      fputc(' ', out);
      at++;
    }
    fprintf(out, "%.*s", n, text);
    at += n;
    text += n + strspn(text + n, " ");
  }
  fputc('\n', out);
}

static void print_alone(FILE *out, const struct stats_trace *trace)
{
  fprintf(out, "\nkey       value unit           meaning\n");
  for (int i = 0; i < GCT_NOMINALS; i++) {
    if (i > 0 && gct_nominals[i].key[0] != gct_nominals[i - 1].key[0])
      fputc('\n', out);
    fprintf(out, "%s %11s %-14s ", gct_nominals[i].key,
            number(trace->values[i]).text, gct_nominals[i].unit);
    print_wrapped(out, gct_nominals[i].meaning, 31);
  }
}

static void print_standing(FILE *out, const struct stats_trace *trace)
{
  char score[16], meaning[160];
  fprintf(out, "\nkey score rank   value     min  median     max  "
               "meaning, unit\n");
  for (int i = 0; i < GCT_NOMINALS; i++) {
    const struct gct_standing *s = &trace->standing[i];
    if (i > 0 && gct_nominals[i].key[0] != gct_nominals[i - 1].key[0])
      fputc('\n', out);
    snprintf(score, sizeof score, s->score < 0 ? "NA" : "%d", s->score);
    snprintf(meaning, sizeof meaning, "%s, %s", gct_nominals[i].meaning,
             gct_nominals[i].unit);
    fprintf(out, "%s %5s %4u %7s %7s %7s %7s  ", gct_nominals[i].key, score,
            s->rank, number(trace->values[i]).text, number(s->min).text,
            number(s->median).text, number(s->max).text);
    print_wrapped(out, meaning, 48);
  }
}

int stats_text_trace(FILE *out, const struct stats_trace *trace,
                     uint32_t n_types)
{
  print_headline(out, trace);
  print_distributions(out, &trace->stats.demographics);
  print_ends(out, &trace->stats.demographics);
  return print_types(out, trace, n_types);
}

void stats_text_nominal(FILE *out, const struct stats_trace *trace,
                        bool among_several)
{
  if (among_several)
    print_standing(out, trace);
  else
    print_alone(out, trace);
}

void stats_text_overview(FILE *out, const struct stats_trace *traces, size_t n)
{
  static const struct {
    const char *head;
    int key;
  } columns[] = {{"births", GCT_ABI}, {"size", GCT_AOA}, {"life", GCT_LOM},
                 {"cycle%", GCT_DCY}, {"peak", GCT_HPO}, {"garb%", GCT_HFG},
                 {"writes", GCT_MWL}, {"paral", GCT_PSU}};
  const size_t n_columns = sizeof columns / sizeof *columns;
  fprintf(out, "%-16s", "");
  for (size_t k = 0; k < n_columns; k++) fprintf(out, " %7s", columns[k].head);
  fprintf(out, "\n%-16s", "");
  for (size_t k = 0; k < n_columns; k++)
    fprintf(out, " %7s", gct_nominals[columns[k].key].key);
  fputc('\n', out);
  for (size_t i = 0; i < n; i++) {
    fprintf(out, "%-16.16s", traces[i].name);
    for (size_t k = 0; k < n_columns; k++)
      fprintf(out, " %7s", number(traces[i].values[columns[k].key]).text);
    fputc('\n', out);
  }
}
