// cmd_list.c: `wane list collectors|workloads|pacing|metrics`.
// SPDX-License-Identifier: MIT
//
// The plugins of every folder that is searched and the runtime's own pacing
// policies, with their options, and the metrics of metrics.def. One JSON value
// serves both formats, so that neither can say less than the other. A plugin
// that cannot be loaded is listed with the reason, and makes the exit status
// 3. Main thread.
#include "cmd_list.h"

#include "describe.h"
#include "exit_code.h"
#include "metrics.h"

#include <wane/wane.h>

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(json_t *object, const char *key, json_t *value)
{
  json_object_set_new(object, key, value ? value : json_null());
}

// --- gathering -------------------------------------------------------------

struct listing {
  json_t *list;
  json_t *(*open)(const char *path, char *error, size_t size);
  bool broken;
};

static void add_plugin(const char *name, const char *path, void *context)
{
  struct listing *listing = context;
  char error[512];
  json_t *o = listing->open(path, error, sizeof error);
  if (!o) {
    listing->broken = true;
    o = json_object();
    put(o, "name", json_string(name));
    put(o, "error", json_string(error));
  }
  put(o, "path", json_string(path));
  json_array_append_new(listing->list, o);
}

static json_t *pacing_json(void)
{
  json_t *list = json_array();
  const struct wane_pacing_policy *policy;
  for (uint32_t i = 0; (policy = wane_pacing_policy(i)); i++) {
    json_t *o = json_object();
    put(o, "name", json_string(policy->name));
    put(o, "help", json_string(policy->help));
    put(o, "default", json_boolean(i == 0));
    put(o, "options", describe_options(policy->options, policy->n_options));
    json_array_append_new(list, o);
  }
  return list;
}

static json_t *metrics_json(void)
{
  json_t *list = json_array();
  for (size_t i = 0; i < metrics_count(); i++) {
    const struct metric *m = metrics_at(i);
    json_t *o = json_object();
    put(o, "name", json_string(m->name));
    put(o, "unit", json_string(m->unit));
    put(o, "scopes", json_string(m->scopes));
    put(o, "stats", json_string(m->stats));
    put(o, "help", json_string(m->help));
    json_array_append_new(list, o);
  }
  return list;
}

// --- printing --------------------------------------------------------------

static const char *text(const json_t *object, const char *key)
{
  const char *value = json_string_value(json_object_get(object, key));
  return value ? value : "";
}

static void print_option(const json_t *o)
{
  const char *value = text(o, "default");
  printf("    %-14s %-7s %-10s %s", text(o, "name"), text(o, "type"),
         *value ? value : "-", text(o, "help"));
  if (*text(o, "choices")) printf(" (%s)", text(o, "choices"));
  json_t *min = json_object_get(o, "min"), *max = json_object_get(o, "max");
  if (json_is_real(min) && json_is_real(max))
    printf(" [%.15g .. %.15g]", json_real_value(min), json_real_value(max));
  putchar('\n');
}

static void print_plugins(const json_t *list)
{
  size_t i, k;
  json_t *plugin, *option;
  json_array_foreach(list, i, plugin)
  {
    if (*text(plugin, "error")) {
      printf("%s: cannot be used: %s\n", text(plugin, "name"),
             text(plugin, "error"));
      continue;
    }
    const char *positional = text(plugin, "positional");
    printf("%s%s%s: %s\n", text(plugin, "name"), *positional ? ":" : "",
           positional, text(plugin, "help"));
    json_array_foreach(json_object_get(plugin, "options"), k, option)
        print_option(option);
  }
}

static void print_metrics(const json_t *list)
{
  size_t i;
  json_t *m;
  json_array_foreach(list, i, m) printf(
      "%-24s %-6s %-20s %s\n%-24s %s\n", text(m, "name"), text(m, "unit"),
      text(m, "scopes"), text(m, "stats"), "", text(m, "help"));
}

// --- the command -----------------------------------------------------------

static const char usage[] =
    "usage: wane list collectors|workloads|pacing|metrics "
    "[--format table|json]\n";

static int refuse(const char *what, const char *found)
{
  fprintf(stderr,
          "wane list: expected %s, found \"%s\"; see wane list "
          "--help\n",
          what, found);
  return WANE_EXIT_USAGE;
}

// What one may list: plugins of a folder, or what the program itself has.
static const struct kind {
  const char *name;
  json_t *(*open)(const char *path, char *error, size_t size);
  json_t *(*all)(void);
  void (*print)(const json_t *list);
} kinds[] = {
    {"collectors", describe_collector, NULL, print_plugins},
    {"workloads", describe_workload, NULL, print_plugins},
    {"pacing", NULL, pacing_json, print_plugins},
    {"metrics", NULL, metrics_json, print_metrics},
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

static int list(const struct kind *kind, bool json)
{
  struct listing listing = {NULL, kind->open, false};
  listing.list = kind->all ? kind->all() : json_array();
  if (kind->open) wane_plugin_list(kind->name, add_plugin, &listing);
  if (json) {
    json_dumpf(listing.list, stdout, JSON_INDENT(2));
    putchar('\n');
  } else {
    kind->print(listing.list);
  }
  json_decref(listing.list);
  return listing.broken ? WANE_EXIT_ENVIRONMENT : WANE_EXIT_OK;
}

int wane_cmd_list(int argc, char **argv)
{
  static const struct option options[] = {
      {"format", required_argument, NULL, 'f'},
      {"help", no_argument, NULL, 'h'},
      {0}};
  bool json = false;
  opterr = 0;
  for (int key; (key = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    if (key == 'h') {
      fputs(usage, stdout);
      return WANE_EXIT_OK;
    }
    if (key != 'f') return refuse("--format", argv[optind - 1]);
    json = strcmp(optarg, "json") == 0;
    if (!json && strcmp(optarg, "table") != 0)
      return refuse("--format table or json", optarg);
  }
  const char *what = optind < argc ? argv[optind] : "nothing";
  const char *wanted = "one of collectors, workloads, pacing, metrics";
  if (optind + 1 < argc) return refuse(wanted, argv[optind + 1]);
  for (int i = 0; i < N_KINDS; i++)
    if (strcmp(what, kinds[i].name) == 0) return list(&kinds[i], json);
  return refuse(wanted, what);
}
