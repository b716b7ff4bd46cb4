// stats_tables.c: trace statistics as CSV.
// SPDX-License-Identifier: MIT
#include "stats_tables.h"

#include <inttypes.h>
#include <math.h>

#include "csv.h"

static void put_text(FILE *out, const char *text)
{
  csv_field(out, text);
  fputc(',', out);
}

static void put_number(FILE *out, double value, char end)
{
  char text[32];
  csv_number(text, value);
  fprintf(out, "%s%c", text, end);
}

static void put_nominal(FILE *out, const struct stats_trace *trace, int key)
{
  const struct gct_standing *standing = &trace->standing[key];
  put_text(out, trace->name);
  put_text(out, gct_nominals[key].key);
  put_number(out, trace->values[key], ',');
  put_text(out, gct_nominals[key].unit);
  put_number(out, standing->rank > 0 ? standing->rank : (double)NAN, ',');
  put_number(out, standing->of, ',');
  put_number(out, standing->score >= 0 ? standing->score : (double)NAN, ',');
  put_number(out, standing->min, ',');
  put_number(out, standing->median, ',');
  put_number(out, standing->max, ',');
  csv_field(out, gct_nominals[key].meaning);
  fputc('\n', out);
}

void stats_table_nominal(FILE *out, const struct stats_trace *traces, size_t n)
{
  fputs("trace,key,value,unit,rank,of,score,min,median,max,meaning\n", out);
  for (size_t i = 0; i < n; i++)
    for (int key = 0; key < GCT_NOMINALS; key++)
      put_nominal(out, &traces[i], key);
}

// `scale` brings the values of the histogram to `unit`.
static void put_histogram(FILE *out, const char *trace, const char *name,
                          const struct gct_histogram *histogram,
                          const char *unit, const char *weight, double scale)
{
  uint64_t below = 0;
  for (uint32_t bin = 0; bin < GCT_HISTOGRAM_BINS; bin++) {
    if (histogram->bins[bin] == 0) continue;
    below += histogram->bins[bin];
    put_text(out, trace);
    put_text(out, name);
    put_number(out, scale * (double)gct_histogram_from(bin), ',');
    put_number(out, scale * (double)gct_histogram_to(bin), ',');
    put_text(out, unit);
    put_number(out, (double)histogram->bins[bin], ',');
    put_text(out, weight);
    put_number(out, (double)below / (double)histogram->weight, '\n');
  }
}

void stats_table_distributions(FILE *out, const struct stats_trace *traces,
                               size_t n)
{
  fputs("trace,distribution,from,to,unit,weight,weight_unit,cumulative\n", out);
  for (size_t i = 0; i < n; i++) {
    const struct gct_demographics *d = &traces[i].stats.demographics;
    const char *name = traces[i].name;
    put_histogram(out, name, "size", &d->size, "B", "objects", 8);
    put_histogram(out, name, "size", &d->size_bytes, "B", "B", 8);
    put_histogram(out, name, "lifetime", &d->life_births, "births", "objects",
                  1);
    put_histogram(out, name, "lifetime", &d->life_of_bytes, "births", "B", 1);
    put_histogram(out, name, "lifetime", &d->life_bytes, "B", "objects", 1);
    put_histogram(out, name, "lifetime_cycle", &d->life_cycle, "births",
                  "objects", 1);
    put_histogram(out, name, "references_ever", &d->in_edges, "count",
                  "objects", 1);
  }
}

static void put_sample(FILE *out, const char *trace, const struct gct_sample *s)
{
  const uint64_t values[] = {s->event,
                             s->births,
                             s->bytes,
                             s->live,
                             s->live_bytes,
                             s->reachable,
                             s->reachable_bytes,
                             s->live - s->reachable,
                             s->live_bytes - s->reachable_bytes,
                             s->roots,
                             s->rooted,
                             s->edges,
                             s->cyclic,
                             s->garbage_cyclic,
                             s->components,
                             s->largest};
  const size_t n = sizeof values / sizeof *values;
  csv_field(out, trace);
  for (size_t i = 0; i < n; i++) fprintf(out, ",%" PRIu64, values[i]);
  fputc('\n', out);
}

void stats_table_series(FILE *out, const struct stats_trace *traces, size_t n)
{
  fputs("trace,event,births,allocated_bytes,live_objects,live_bytes,"
        "reachable_objects,reachable_bytes,garbage_objects,garbage_bytes,"
        "roots,rooted_objects,edges,cyclic_objects,cyclic_garbage_objects,"
        "components,largest_component\n",
        out);
  for (size_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < traces[i].stats.n_samples; k++)
      put_sample(out, traces[i].name, &traces[i].stats.samples[k]);
}

void stats_table_types(FILE *out, const struct stats_trace *traces, size_t n)
{
  fputs("trace,id,type,births,bytes,freed_by_last_reference,"
        "freed_by_cycle_collection,live_at_end,garbage_at_end,"
        "never_referred_to,lifetime_births\n",
        out);
  for (size_t i = 0; i < n; i++) {
    const struct gct_info *info = gct_info(traces[i].file);
    for (uint32_t k = 0; k < traces[i].stats.n_types; k++) {
      const struct gct_type_stats *type = &traces[i].stats.types[k];
      if (type->births == 0) continue;
      put_text(out, traces[i].name);
      fprintf(out, "%" PRIu32 ",", info->types[k].id);
      put_text(out, info->types[k].name);
      fprintf(out, "%" PRIu64 ",%" PRIu64, type->births, type->bytes);
      for (int end = 0; end < GCT_ENDINGS; end++)
        fprintf(out, ",%" PRIu64, type->ends[end]);
      fprintf(out, ",%" PRIu64 ",%" PRIu64 "\n", type->lonely, type->lifetime);
    }
  }
}
