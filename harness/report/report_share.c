// report_share.c: what the figures of `wane report` share.
// SPDX-License-Identifier: MIT
#include "report_figure.h"

#include "csv.h"

#include <string.h>

const char *report_class_words(enum report_class class)
{
  static const char *const words[REPORT_CLASSES] = {
      "", " - nothing was bound", " - modelled, not measured",
      " - on an emulated machine"};
  return words[class];
}

// --- csv -------------------------------------------------------------------

static const enum report_field fields[] = {
    REPORT_BENCHMARK,      REPORT_SIZE,        REPORT_COLLECTOR,
    REPORT_COLLECTOR_OPTS, REPORT_WORKERS,     REPORT_HEAP_BYTES,
    REPORT_NUMA_MODE,      REPORT_NUMA_POLICY, REPORT_THREAD_POLICY,
    REPORT_GC_POLICY,      REPORT_TOPOLOGY};

const char report_series_columns[] =
    "class,series,configuration,benchmark,size,collector,collector_opts,"
    "gc_workers,heap_bytes,numa_mode,numa_policy,thread_policy,gc_policy,"
    "topology_id";

static void put_unquoted(const char *text, FILE *csv)
{
  bool listed = strchr(text, ',') != NULL;
  if (listed) putc('"', csv);
  for (; *text; text++) putc(*text == '"' ? '\'' : *text, csv);
  if (listed) putc('"', csv);
}

void report_series_fields(const struct report_view *view,
                          const struct report_item *item, FILE *csv)
{
  csv_field(csv, report_class_name(view->class));
  putc(',', csv);
  csv_field(csv, item->label);
  putc(',', csv);
  csv_field(csv, item->key);
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    const char *text =
        fields[i] == REPORT_SIZE ? item->size : item->run->field[fields[i]];
    putc(',', csv);
    if (fields[i] == REPORT_COLLECTOR_OPTS) // as labels: gnuplot is to read it
      put_unquoted(text, csv);
    else if (i > 1 && text[0] == 'N' && text[1] == 'A' && !text[2])
      fputs("NA", csv); // missing; "size" is never
    else
      csv_field(csv, text);
  }
}

void report_row_end(struct report_paper *paper)
{
  putc('\n', paper->csv);
  paper->rows++;
}

void report_row_numbers(struct report_paper *paper, const double *values,
                        size_t n)
{
  char text[32];
  for (size_t i = 0; i < n; i++) {
    csv_number(text, values[i]);
    fprintf(paper->csv, ",%s", text);
  }
}
