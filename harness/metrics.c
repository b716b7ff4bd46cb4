// metrics.c: the registry of metrics.def.
// SPDX-License-Identifier: MIT
//
// Names are checked where numbers are made (the child), so that a misspelt
// metric fails the run that reports it instead of vanishing from a figure.
// Constant data; any thread.
#include "metrics.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct metric metrics[] = {
#define METRIC(name, unit, scopes, stats, help)                                \
  {name, unit, scopes, stats, help},
#include "metrics.def"
#undef METRIC
};

size_t metrics_count(void)
{
  return sizeof metrics / sizeof metrics[0];
}

const struct metric *metrics_at(size_t index)
{
  return index < metrics_count() ? &metrics[index] : NULL;
}

const struct metric *metrics_find(const char *name)
{
  for (size_t i = 0; i < metrics_count(); i++)
    if (strcmp(metrics[i].name, name) == 0) return &metrics[i];
  return NULL;
}

static bool among(const char *list, const char *word)
{
  size_t length = strlen(word);
  while (*list) {
    size_t n = strcspn(list, "|");
    if (n == length && memcmp(list, word, n) == 0) return true;
    list += n + (list[n] == '|');
  }
  return false;
}

// One thread's or node's own number is as good as the whole process's.
static bool is_scope(const struct metric *metric, const char *scope)
{
  if (strcmp(scope, "matrix") == 0) return false; // numa.csv's alone
  if (among(metric->scopes, scope)) return true;
  size_t prefix = strncmp(scope, "thread:", 7) == 0 ? 7
                  : strncmp(scope, "node:", 5) == 0 ? 5
                                                    : 0;
  if (!prefix || !scope[prefix]) return false;
  return strspn(scope + prefix, "0123456789") == strlen(scope + prefix);
}

const char *metrics_unit(const struct metric *metric, const char *stat)
{
  bool integral = strcmp(stat, "auc") == 0;
  return integral && strcmp(metric->unit, "B") == 0 ? "B.s" : metric->unit;
}

int metrics_check(const char *name, const char *scope, const char *stat,
                  const char *unit, char *error, size_t error_size)
{
  const struct metric *metric = metrics_find(name);
  if (!metric)
    snprintf(error, error_size, "unknown metric \"%s\"; see wane list metrics",
             name);
  else if (!is_scope(metric, scope))
    snprintf(error, error_size, "metric %s: expected scope %s, found \"%s\"",
             name, metric->scopes, scope);
  else if (!among(metric->stats, stat))
    snprintf(error, error_size, "metric %s: expected stat %s, found \"%s\"",
             name, metric->stats, stat);
  else if (strcmp(metrics_unit(metric, stat), unit) != 0)
    snprintf(error, error_size, "metric %s: expected unit %s, found \"%s\"",
             name, metrics_unit(metric, stat), unit);
  else
    return 0;
  return -EINVAL;
}
