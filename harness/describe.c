// describe.c: what a plugin says of itself, as JSON.
// SPDX-License-Identifier: MIT
#include "describe.h"

#include "plan.h"

#include <math.h>

static void put(json_t *object, const char *key, json_t *value)
{
  json_object_set_new(object, key, value ? value : json_null());
}

static const char *const type_names[] = {
    [WANE_OPTION_BOOL] = "bool",     [WANE_OPTION_INT] = "int",
    [WANE_OPTION_SIZE] = "bytes",    [WANE_OPTION_DOUBLE] = "number",
    [WANE_OPTION_STRING] = "string",
};

static json_t *bound(const struct wane_option *option, double value)
{
  bool none = (option->min == 0 && option->max == 0) || !isfinite(value);
  return none ? NULL : json_real(value);
}

json_t *describe_options(const struct wane_option *options, uint32_t n)
{
  json_t *list = json_array();
  for (uint32_t i = 0; i < n; i++) {
    json_t *o = json_object();
    put(o, "name", json_string(options[i].name));
    put(o, "type", json_string(type_names[options[i].type]));
    put(o, "default", options[i].value ? json_string(options[i].value) : NULL);
    put(o, "min", bound(&options[i], options[i].min));
    put(o, "max", bound(&options[i], options[i].max));
    put(o, "choices",
        options[i].choices ? json_string(options[i].choices) : NULL);
    put(o, "help", json_string(options[i].help ? options[i].help : ""));
    json_array_append_new(list, o);
  }
  return list;
}

const char *describe_barrier(uint32_t barrier)
{
  static const char *const names[] = {[WANE_BARRIER_NONE] = "none",
                                      [WANE_BARRIER_RC_LOG] = "rc_log",
                                      [WANE_BARRIER_LOG] = "log"};
  return names[barrier];
}

json_t *describe_collector(const char *path, char *error, size_t size)
{
  const struct wane_collector *c = wane_collector_open(path, error, size);
  if (!c) return NULL;
  json_t *o = json_object();
  put(o, "name", json_string(c->name));
  put(o, "help", json_string(c->help ? c->help : ""));
  put(o, "counts", json_boolean(c->barrier == WANE_BARRIER_RC_LOG));
  put(o, "frees_acyclic", json_boolean(c->claims & WANE_CLAIM_ACYCLIC));
  put(o, "frees_all", json_boolean(c->claims & WANE_CLAIM_COMPLETE));
  put(o, "stops_world", json_boolean(c->needs & WANE_NEED_WORLD_STOP));
  put(o, "options", describe_options(c->options, c->n_options));
  return o;
}

json_t *describe_workload(const char *path, char *error, size_t size)
{
  const struct wane_workload *w = plan_workload_open(path, error, size);
  if (!w) return NULL;
  json_t *o = json_object();
  put(o, "name", json_string(w->name));
  put(o, "help", json_string(w->help ? w->help : ""));
  put(o, "positional",
      w->positional ? json_string(w->options[w->positional - 1].name) : NULL);
  put(o, "options", describe_options(w->options, w->n_options));
  return o;
}
