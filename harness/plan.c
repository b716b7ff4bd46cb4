// plan.c: what a command line asks for, resolved: plugins, options, order.
// SPDX-License-Identifier: MIT
//
// Parent and child both build a plan from the same arguments: the parent to
// refuse mistakes before an hour of measuring, the child to run its one cell.
// Main thread.
#include "plan.h"

#include "exit_code.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(char *error, size_t error_size)
{
  snprintf(error, error_size, "no memory for the plan");
  return WANE_EXIT_ENVIRONMENT;
}

// --- options ---------------------------------------------------------------

// The canonical text of `values`, or NULL.
static char *effective(const struct wane_option *options, size_t n,
                       const union wane_value *values)
{
  size_t size = 256;
  for (char *text = NULL, *more; size <= 1 << 20; size *= 2) {
    more = realloc(text, size);
    if (!more) {
      free(text);
      return NULL;
    }
    text = more;
    if (wane_options_format(options, n, values, text, size) == 0) return text;
    if (size == 1 << 20) free(text);
  }
  return NULL;
}

// Are they what an empty command line gives?
static bool differ_from_defaults(const struct wane_option *options, size_t n,
                                 const char *text)
{
  char error[256], *storage = NULL, *defaults = NULL;
  union wane_value *values = calloc(n + 1, sizeof *values);
  if (values && wane_options_parse("", options, n, NULL, values, &storage,
                                   error, sizeof error) == 0)
    defaults = effective(options, n, values);
  bool differ = !defaults || strcmp(defaults, text) != 0;
  free(defaults);
  free(storage);
  free(values);
  return differ;
}

// `positional`: the name of the option that takes it, or NULL.
static int options_open(struct plan_options *result, const struct spec *spec,
                        const char *owner, const struct wane_option *options,
                        uint32_t n, const char *positional, char *error,
                        size_t error_size)
{
  if (spec_options(spec, positional, &result->text, error, error_size))
    return WANE_EXIT_USAGE;
  result->values = calloc((size_t)n + 1, sizeof *result->values);
  if (!result->values) return no_memory(error, error_size);
  if (wane_options_parse(owner, options, n, result->text, result->values,
                         &result->storage, error, error_size))
    return WANE_EXIT_USAGE;
  result->effective = effective(options, n, result->values);
  if (!result->effective) return no_memory(error, error_size);
  result->custom = differ_from_defaults(options, n, result->effective);
  return WANE_EXIT_OK;
}

static void options_close(struct plan_options *options)
{
  free(options->text);
  free(options->values);
  free(options->storage);
  free(options->effective);
}

// --- plugins ---------------------------------------------------------------

static const char *path_of(const void *symbol)
{
  Dl_info info;
  return dladdr(symbol, &info) && info.dli_fname ? info.dli_fname : "";
}

static const char *without_folder(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

char *plan_label(const char *name, const struct spec *spec)
{
  char *text;
  int n =
      asprintf(&text, "%s%s%s%s%s", name, spec->positional ? ":" : "",
               spec->positional ? without_folder(spec->positional) : "",
               spec->options ? "," : "", spec->options ? spec->options : "");
  return n < 0 ? NULL : text;
}

static int collector_open(struct plan_collector *collector,
                          const struct spec *spec, char *error,
                          size_t error_size)
{
  collector->spec = spec;
  collector->plugin = wane_collector_open(spec->name, error, error_size);
  if (!collector->plugin) return WANE_EXIT_ENVIRONMENT;
  collector->path = path_of(collector->plugin);
  collector->label = plan_label(collector->plugin->name, spec);
  if (!collector->label) return no_memory(error, error_size);
  return options_open(&collector->options, spec, collector->plugin->name,
                      collector->plugin->options, collector->plugin->n_options,
                      NULL, error, error_size);
}

static bool valid_name(const char *name)
{
  return name && *name &&
         strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

const struct wane_workload *plan_workload_open(const char *name, char *error,
                                               size_t error_size)
{
  const struct wane_workload *workload =
      wane_plugin_open("workloads", name, "wane_workload", WANE_WORKLOAD_ABI,
                       sizeof *workload, error, error_size);
  const char *wrong = NULL;
  if (!workload) return NULL;
  if (!valid_name(workload->name))
    wrong = "its name is not of a-z, 0-9 and _";
  else if (!workload->body)
    wrong = "it has no body";
  else if (workload->n_options && !workload->options)
    wrong = "it counts options but has no table of them";
  else if (workload->positional > workload->n_options)
    wrong = "its positional argument is no option of it";
  if (!wrong) return workload;
  snprintf(error, error_size, "%s: wane_workload is bad: %s", path_of(workload),
           wrong);
  return NULL;
}

char *plan_benchmark(const char *name, const char *positional)
{
  char *text;
  if (!positional) return strdup(name);
  const char *stem = without_folder(positional);
  int n = asprintf(&text, "%s_%.*s", name, (int)strcspn(stem, "."), stem);
  if (n < 0) return NULL;
  for (char *c = text; *c; c++)
    if (!isalnum((unsigned char)*c)) *c = '_';
  return text;
}

static int workload_open(struct plan_workload *workload,
                         const struct spec *spec, char *error,
                         size_t error_size)
{
  workload->spec = spec;
  const struct wane_workload *plugin =
      plan_workload_open(spec->name, error, error_size);
  if (!plugin) return WANE_EXIT_ENVIRONMENT;
  workload->plugin = plugin;
  workload->path = path_of(plugin);
  workload->benchmark = plan_benchmark(plugin->name, spec->positional);
  workload->label = plan_label(plugin->name, spec);
  if (!workload->benchmark || !workload->label)
    return no_memory(error, error_size);
  const char *positional =
      plugin->positional ? plugin->options[plugin->positional - 1].name : NULL;
  return options_open(&workload->options, spec, plugin->name, plugin->options,
                      plugin->n_options, positional, error, error_size);
}

// --- the plan --------------------------------------------------------------

static int plan_steps(const struct run_args *args, struct plan *plan,
                      char *error, size_t error_size)
{
  uint64_t cells = (uint64_t)plan->n_collectors * plan->n_workloads;
  uint64_t n = cells * args->invocations;
  if (n > 10000000) {
    snprintf(error, error_size,
             "expected at most 10000000 invocations in "
             "all, found %llu",
             (unsigned long long)n);
    return WANE_EXIT_USAGE;
  }
  plan->steps = calloc(n, sizeof *plan->steps);
  if (!plan->steps) return no_memory(error, error_size);
  plan->n_steps = (uint32_t)n;
  order_fill(plan->steps, (uint32_t)cells, args->invocations, args->seed);
  return WANE_EXIT_OK;
}

int plan_open(const struct run_args *args, struct plan *plan, char *error,
              size_t error_size)
{
  int result = WANE_EXIT_OK;
  *plan = (struct plan){0};
  plan->collectors = calloc(args->n_collectors, sizeof *plan->collectors);
  plan->workloads = calloc(args->n_workloads, sizeof *plan->workloads);
  if (!plan->collectors || !plan->workloads)
    return no_memory(error, error_size);
  for (size_t i = 0; !result && i < args->n_collectors; i++)
    result = collector_open(&plan->collectors[plan->n_collectors++],
                            &args->collectors[i], error, error_size);
  for (size_t i = 0; !result && i < args->n_workloads; i++)
    result = workload_open(&plan->workloads[plan->n_workloads++],
                           &args->workloads[i], error, error_size);
  return result ? result : plan_steps(args, plan, error, error_size);
}

void plan_close(struct plan *plan)
{
  for (uint32_t i = 0; i < plan->n_collectors; i++) {
    options_close(&plan->collectors[i].options);
    free(plan->collectors[i].label);
  }
  for (uint32_t i = 0; i < plan->n_workloads; i++) {
    options_close(&plan->workloads[i].options);
    free(plan->workloads[i].benchmark);
    free(plan->workloads[i].label);
  }
  free(plan->collectors);
  free(plan->workloads);
  free(plan->steps);
}
