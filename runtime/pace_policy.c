// pace_policy.c: the policies: their options and their formulas.
// SPDX-License-Identifier: MIT
//
// A formula is a pure function from what is known (options, heap limit, rates)
// and what was live to a goal in bytes. When a cycle must start to be over at
// the goal is the business of pacing.c, the same for all. No shared state; any
// thread.

#include "pace_policy.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GIB 0x1p30

// Of a heap without a limit: not below `least`, nor within a step of `live`.
static double at_least(const struct wane__pace_view *view, double goal,
                       double live)
{
  goal = fmax(goal, live + (double)view->settings.step);
  return fmax(goal, (double)view->settings.least);
}

// --- fixed -----------------------------------------------------------------

// With a limit, halfway from `live` to it at the latest: what is left must be
// of some use before the next cycle is.
static double fixed_goal(const struct wane__pace_view *view, double live)
{
  double limit = (double)view->limit;
  if (view->limit)
    return fmax(view->settings.start * limit, live + (limit - live) / 2);
  return at_least(view, view->settings.factor * live, live);
}

// --- go --------------------------------------------------------------------

// Roots are work for the collector as live objects are, so they earn room too
// (proposal 44167).
static double go_goal(const struct wane__pace_view *view, double live)
{
  double room = (live + (double)view->roots) * view->settings.gogc / 100;
  return at_least(view, live + room, live);
}

// --- balance ---------------------------------------------------------------

// A heap that may grow by E bytes pays for collections, per second of the
// program, g/E (cycles) x L/s (each); and c E for memory. The sum is least at
// E = sqrt(L g / (s c)).
static double balance_goal(const struct wane__pace_view *view, double live)
{
  const struct wane__pace_rate *g = &view->growth, *s = &view->collect;
  double room = live; // until something was measured: twice what is live
  if (g->ns > 0 && s->ns > 0 && s->bytes > 0) {
    double cost = live / (s->bytes / s->ns) * (g->bytes / g->ns);
    room = sqrt(cost / (view->settings.c / GIB));
  }
  return at_least(view, live + room, live);
}

// --- explicit --------------------------------------------------------------

static double explicit_goal(const struct wane__pace_view *view, double live)
{
  (void)view;
  (void)live;
  return INFINITY;
}

// --- options ---------------------------------------------------------------

#define SIZE_OPTION(option, text, help_text)                                   \
  {                                                                            \
    .name = option, .type = WANE_OPTION_SIZE, .value = text,                   \
    .help = help_text, .min = 1, .max = 0x1p62                                 \
  }
#define REAL_OPTION(option, text, low, high, help_text)                        \
  {                                                                            \
    .name = option, .type = WANE_OPTION_DOUBLE, .value = text,                 \
    .help = help_text, .min = low, .max = high                                 \
  }
#define LEAST SIZE_OPTION("least", "8MiB", "no goal is lower; bytes")
#define STEP                                                                   \
  SIZE_OPTION("step", "1MiB", "nor nearer to what the last cycle left; bytes")

// The first options of every policy that starts early, in this order.
#define EARLY                                                                  \
  LEAST, STEP,                                                                 \
      REAL_OPTION("earliest", "0.5", 0, 1,                                     \
                  "a cycle starts after this share of the way to the goal"),   \
      REAL_OPTION("latest", "0.95", 0, 1,                                      \
                  "and before this one, however fast marking is"),             \
      REAL_OPTION("margin", "0.1", 0, 10,                                      \
                  "starts earlier than predicted; share of the prediction"),   \
      REAL_OPTION("kp", "0.4", 0, 1, "proportional gain of the prediction"),   \
      REAL_OPTION("ki", "0.49", 0, 1, "integral gain of the prediction")
enum { E_LEAST, E_STEP, E_EARLIEST, E_LATEST, E_MARGIN, E_KP, E_KI, N_EARLY };

static void set_early(const union wane_value *values,
                      struct wane__pace_settings *settings)
{
  settings->least = (uint64_t)values[E_LEAST].integer;
  settings->step = (uint64_t)values[E_STEP].integer;
  settings->earliest = values[E_EARLIEST].real;
  settings->latest = values[E_LATEST].real;
  settings->margin = values[E_MARGIN].real;
  settings->kp = values[E_KP].real;
  settings->ki = values[E_KI].real;
}

static const struct wane_option fixed_options[] = {
    REAL_OPTION("start", "0.9", 0.01, 1, "at this share of the heap limit"),
    REAL_OPTION("factor", "2", 1, 1000,
                "without a limit: at so many times what was live"),
    LEAST, STEP};

static void fixed_set(const union wane_value *values,
                      struct wane__pace_settings *settings)
{
  settings->start = values[0].real;
  settings->factor = values[1].real;
  settings->least = (uint64_t)values[2].integer;
  settings->step = (uint64_t)values[3].integer;
}

static const struct wane_option go_options[] = {
    EARLY, REAL_OPTION("gogc", "100", 0, 1e6,
                       "goal above what is live, per cent of live and roots")};

static void go_set(const union wane_value *values,
                   struct wane__pace_settings *settings)
{
  set_early(values, settings);
  settings->gogc = values[N_EARLY].real;
}

static const struct wane_option balance_options[] = {
    EARLY, REAL_OPTION("c", "0.2", 1e-6, 1e6, "what a GiB is worth; CPUs"),
    REAL_OPTION("keep_growth", "0.95", 0, 0.999,
                "of the mean growth that stays after a cycle"),
    REAL_OPTION("keep_collect", "0.5", 0, 0.999,
                "of the mean cost of a cycle that stays")};

static void balance_set(const union wane_value *values,
                        struct wane__pace_settings *settings)
{
  set_early(values, settings);
  settings->c = values[N_EARLY].real;
  settings->keep_growth = values[N_EARLY + 1].real;
  settings->keep_collect = values[N_EARLY + 2].real;
}

static void explicit_set(const union wane_value *values,
                         struct wane__pace_settings *settings)
{
  (void)values;
  (void)settings;
}

// --- the table -------------------------------------------------------------

#define N(array) (sizeof(array) / sizeof *(array))

static const struct wane__pace_policy policies[] = {
    {.public = {"balance",
                "weighs the cost of collecting against that of memory",
                balance_options, N(balance_options)},
     .starts = WANE__PACE_EARLY,
     .set = balance_set,
     .goal = balance_goal},
    {.public = {"go", "lets the heap grow in proportion to what is live",
                go_options, N(go_options)},
     .starts = WANE__PACE_EARLY,
     .set = go_set,
     .goal = go_goal},
    {.public = {"fixed", "starts when a part of the heap is used; no help",
                fixed_options, N(fixed_options)},
     .starts = WANE__PACE_AT_GOAL,
     .set = fixed_set,
     .goal = fixed_goal},
    {.public = {"explicit", "starts when asked to, or when the heap is full",
                NULL, 0},
     .starts = WANE__PACE_ASKED,
     .set = explicit_set,
     .goal = explicit_goal},
};

_Static_assert(N(balance_options) <= WANE__PACE_OPTIONS_MAX &&
                   N(go_options) <= WANE__PACE_OPTIONS_MAX &&
                   N(fixed_options) <= WANE__PACE_OPTIONS_MAX,
               "room for the values of every policy");

const struct wane_pacing_policy *wane_pacing_policy(uint32_t index)
{
  return index < N(policies) ? &policies[index].public : NULL;
}

// --- texts -----------------------------------------------------------------

static int unknown_policy(const char *name, int length, char *error,
                          size_t error_size)
{
  char names[128] = "";
  size_t used = 0;
  for (size_t i = 0; i < N(policies) && used < sizeof names; i++)
    used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                             i ? ", " : "", policies[i].public.name);
  snprintf(error, error_size,
           "pacing: unknown policy \"%.*s\": expected one of %s", length, name,
           names);
  return -EINVAL;
}

static const struct wane__pace_policy *find(const char *name, size_t length)
{
  if (length == 0) return &policies[0];
  for (size_t i = 0; i < N(policies); i++) {
    const char *candidate = policies[i].public.name;
    if (strlen(candidate) == length && !memcmp(candidate, name, length))
      return &policies[i];
  }
  return NULL;
}

// The name, then ";k=v" for each option.
static int format(const struct wane__pace_policy *policy,
                  const union wane_value *values, char *text, size_t size)
{
  const struct wane_pacing_policy *public = &policy->public;
  int n =
      snprintf(text, size, "%s%s", public->name, public->n_options ? ";" : "");
  if (n < 0 || (size_t)n >= size) return -ENOSPC;
  if (!public->n_options) return 0;
  return wane_options_format(public->options, public->n_options, values,
                             text + n, size - (size_t)n);
}

int wane__pace_policy_parse(const char *text,
                            const struct wane__pace_policy **policy,
                            struct wane__pace_settings *settings,
                            char *effective, size_t size, char *error,
                            size_t error_size)
{
  if (!text) text = "";
  size_t length = strcspn(text, ",");
  const struct wane__pace_policy *found = find(text, length);
  if (!found || (length == 0 && *text))
    return unknown_policy(text, (int)length, error, error_size);
  const struct wane_pacing_policy *public = &found->public;
  char owner[64], *storage;
  snprintf(owner, sizeof owner, "pacing %s", public->name);
  union wane_value values[WANE__PACE_OPTIONS_MAX];
  // A comma without an option behind it is a mistake as "k=v," is.
  const char *options = text[length] ? text + length + 1 : NULL;
  if (options && *options == '\0') options = ",";
  int status = wane_options_parse(owner, public->options, public->n_options,
                                  options, values, &storage, error, error_size);
  if (status) return status;
  *settings = (struct wane__pace_settings){0};
  found->set(values, settings);
  *policy = found;
  if (effective) status = format(found, values, effective, size);
  free(storage);
  if (status) {
    snprintf(error, error_size, "%s: its options are too long to print", owner);
  } else if (settings->earliest > settings->latest) {
    snprintf(error, error_size,
             "%s: option earliest: expected at most latest (%g), found %g",
             owner, settings->latest, settings->earliest);
    status = -EINVAL;
  }
  return status;
}

int wane_pacing_check(const char *text, char *effective, size_t size,
                      char *error, size_t error_size)
{
  const struct wane__pace_policy *policy;
  struct wane__pace_settings settings;
  return wane__pace_policy_parse(text, &policy, &settings, effective, size,
                                 error, error_size);
}
