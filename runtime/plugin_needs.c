// plugin_needs.c: judges what a loaded collector declares.
// SPDX-License-Identifier: MIT
//
// A plugin says what it needs before it is allowed to run, and the runtime
// refuses what it cannot combine, naming both sides. Two rules carry most of
// the table: whatever is derived from counts (closers, purple objects,
// reclamation, hence every claim) needs the barrier that counts; and a
// callback is there exactly when something would call it.
//
// Any thread; reads only.

#include "plugin.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 256 // more than that is garbage, not a table

#define ALL_NEEDS                                                              \
  (WANE_NEED_CLOSERS | WANE_NEED_PURPLE | WANE_NEED_SCRATCH |                  \
   WANE_NEED_WORLD_STOP | WANE_NEED_MARKS | WANE_NEED_YOUNG_LARGE)
#define ALL_CLAIMS                                                             \
  (WANE_CLAIM_ACYCLIC | WANE_CLAIM_COMPLETE | WANE_CLAIM_WEAK)

struct judge {
  const struct wane_collector *c;
  const char *path;
  char *error;
  size_t error_size;
};

#define REFUSE(j, ...)                                                         \
  wane__plugin_refuse((j)->error, (j)->error_size, __VA_ARGS__)

static bool one_line(const char *text)
{
  return text && *text && !strchr(text, '\n');
}

static int identity_check(const struct judge *j)
{
  const char *file = strrchr(j->path, '/');
  file = file ? file + 1 : j->path;
  const char *name = j->c->name;
  if (!wane__plugin_name_valid(name))
    return REFUSE(j, "%s: collector name '%s', expected a-z, 0-9 and _",
                  j->path, name ? name : "(null)");
  size_t n = strlen(name);
  if (strncmp(file, name, n) || strcmp(file + n, ".so"))
    return REFUSE(j,
                  "%s: holds collector '%s', expected its file to be "
                  "called %s.so",
                  j->path, name, name);
  if (!one_line(j->c->help))
    return REFUSE(j, "%s: collector '%s' has no help text of one line", j->path,
                  name);
  return 0;
}

// Where nothing is counted, whoever frees must trace; and a trace that runs
// beside the program must learn what is overwritten.
static int uncounted_check(const struct judge *j)
{
  const struct wane_collector *c = j->c;
  const char *barrier = c->barrier == WANE_BARRIER_LOG ? "LOG" : "NONE";
  const char *what = c->needs & WANE_NEED_CLOSERS ? "need CLOSERS"
                     : c->needs & WANE_NEED_PURPLE ? "need PURPLE"
                     : c->needs & WANE_NEED_YOUNG_LARGE
                         ? "need YOUNG_LARGE"
                     : c->young                    ? "callback young"
                                                   : NULL;
  if (!what && !(c->needs & WANE_NEED_MARKS))
    what = c->needs & WANE_NEED_WORLD_STOP   ? "need WORLD_STOP"
           : c->claims & WANE_CLAIM_ACYCLIC  ? "claim ACYCLIC"
           : c->claims & WANE_CLAIM_COMPLETE ? "claim COMPLETE"
           : c->collect                      ? "callback collect"
                                             : NULL;
  if (what)
    return REFUSE(j,
                  "%s: %s cannot be had with barrier %s, which counts "
                  "nothing: expected barrier RC_LOG",
                  j->path, what, barrier);
  bool marks = c->needs & WANE_NEED_MARKS;
  bool stops = c->needs & WANE_NEED_WORLD_STOP;
  if (marks && c->barrier == WANE_BARRIER_NONE && !stops)
    return REFUSE(j,
                  "%s: need MARKS with barrier NONE, which tells nobody what "
                  "is overwritten: expected need WORLD_STOP, or barrier LOG",
                  j->path);
  if (c->barrier == WANE_BARRIER_LOG && (!marks || stops))
    return REFUSE(j,
                  "%s: barrier LOG is for a trace beside the program: "
                  "expected need MARKS and no need WORLD_STOP",
                  j->path);
  return 0;
}

// Everything derived from counts needs the barrier that counts.
static int barrier_check(const struct judge *j)
{
  const struct wane_collector *c = j->c;
  if (c->barrier > WANE_BARRIER_LOG)
    return REFUSE(j,
                  "%s: barrier %u, known are %d (NONE), %d (RC_LOG), %d (LOG)",
                  j->path, c->barrier, WANE_BARRIER_NONE, WANE_BARRIER_RC_LOG,
                  WANE_BARRIER_LOG);
  if (c->needs & ~(uint32_t)ALL_NEEDS)
    return REFUSE(j,
                  "%s: needs 0x%x has bits this runtime does not know "
                  "(known: 0x%x)",
                  j->path, c->needs, ALL_NEEDS);
  if (c->claims & ~(uint32_t)ALL_CLAIMS)
    return REFUSE(j,
                  "%s: claims 0x%x has bits this runtime does not know "
                  "(known: 0x%x)",
                  j->path, c->claims, ALL_CLAIMS);
  return c->barrier == WANE_BARRIER_RC_LOG ? 0 : uncounted_check(j);
}

static int pair_check(const struct judge *j, uint32_t need, const char *name,
                      bool callback, const char *callback_name)
{
  bool wanted = j->c->needs & need;
  if (wanted == callback) return 0;
  return wanted ? REFUSE(j, "%s: need %s without its callback %s", j->path,
                         name, callback_name)
                : REFUSE(j,
                         "%s: callback %s without need %s: nothing would "
                         "call it",
                         j->path, callback_name, name);
}

static int callbacks_check(const struct judge *j)
{
  const struct wane_collector *c = j->c;
  if (pair_check(j, WANE_NEED_CLOSERS, "CLOSERS", c->closers, "closers") ||
      pair_check(j, WANE_NEED_PURPLE, "PURPLE", c->purple, "purple"))
    return -EINVAL;
  if (c->needs & WANE_NEED_MARKS && c->needs & WANE_NEED_CLOSERS)
    return REFUSE(j, "%s: need MARKS and need CLOSERS: a trace finds all "
                  "cycles without candidates", j->path);
  if (c->needs & WANE_NEED_MARKS && !c->due)
    return REFUSE(j, "%s: need MARKS without a callback due", j->path);
  if (c->needs & WANE_NEED_YOUNG_LARGE && !c->young)
    return REFUSE(j, "%s: need YOUNG_LARGE without a callback young", j->path);
  if (c->collect) return 0;
  const char *what = c->needs & WANE_NEED_MARKS        ? "need MARKS"
                     : c->needs & WANE_NEED_WORLD_STOP   ? "need WORLD_STOP"
                     : c->needs & WANE_NEED_CLOSERS    ? "need CLOSERS"
                     : c->needs & WANE_NEED_PURPLE     ? "need PURPLE"
                     : c->claims & WANE_CLAIM_COMPLETE ? "claim COMPLETE"
                     : c->due                          ? "callback due"
                                                       : NULL;
  if (!what) return 0;
  return REFUSE(j, "%s: %s without a callback collect", j->path, what);
}

static int option_check(const struct judge *j, uint32_t i)
{
  const struct wane_option *o = &j->c->options[i];
  if (!wane__plugin_name_valid(o->name))
    return REFUSE(j, "%s: option %u is called '%s', expected a-z, 0-9 and _",
                  j->path, i, o->name ? o->name : "(null)");
  for (uint32_t k = 0; k < i; k++)
    if (!strcmp(j->c->options[k].name, o->name))
      return REFUSE(j, "%s: options %u and %u are both called '%s'", j->path, k,
                    i, o->name);
  if ((unsigned)o->type > WANE_OPTION_STRING)
    return REFUSE(j, "%s: option '%s' has type %u, known are 0 to %d", j->path,
                  o->name, (unsigned)o->type, WANE_OPTION_STRING);
  if (!o->value || !one_line(o->help))
    return REFUSE(j, "%s: option '%s' has no %s", j->path, o->name,
                  o->value ? "help text of one line" : "default value");
  if (!isfinite(o->min) || !isfinite(o->max) || o->min > o->max)
    return REFUSE(j, "%s: option '%s' has bounds %g to %g", j->path, o->name,
                  o->min, o->max);
  if (o->choices && o->type != WANE_OPTION_STRING)
    return REFUSE(j, "%s: option '%s' has choices but is no string", j->path,
                  o->name);
  return 0;
}

static int options_check(const struct judge *j)
{
  uint32_t n = j->c->n_options;
  if (n > OPTIONS_MAX || (n && !j->c->options))
    return REFUSE(j, "%s: %u options%s, expected a table of at most %d",
                  j->path, n, j->c->options ? "" : " at NULL", OPTIONS_MAX);
  for (uint32_t i = 0; i < n; i++)
    if (option_check(j, i)) return -EINVAL;
  union wane_value values[OPTIONS_MAX];
  char *storage = NULL;
  char why[256] = "";
  int rc = wane_options_parse(j->c->name, j->c->options, n, NULL, values,
                              &storage, why, sizeof why);
  free(storage);
  if (rc) return REFUSE(j, "%s: a default is not valid: %s", j->path, why);
  return 0;
}

int wane__collector_check(const struct wane_collector *c, const char *path,
                          char *error, size_t error_size)
{
  const struct judge j = {c, path, error, error_size};
  int rc = identity_check(&j);
  if (!rc) rc = barrier_check(&j);
  if (!rc) rc = callbacks_check(&j);
  if (!rc) rc = options_check(&j);
  return rc;
}
