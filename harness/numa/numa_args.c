// numa_args.c: the part of `wane run`'s command line that is about nodes.
// SPDX-License-Identifier: MIT
//
// What can be checked without a topology is checked here: names, numbers, and
// options that exclude each other. Policies name nodes and PUs, so they wait
// for numa_setup.c. Main thread only.
#include "numa_args.h"

#include <wane/option.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  KEY_NUMA = 512,
  KEY_TOPOLOGY,
  KEY_PLACE,
  KEY_MEMORY,
  KEY_STEAL,
  KEY_COST,
  KEY_STRICT
};

static const struct argp_option options[] = {
    {"numa", KEY_NUMA, "off|real|model", 0,
     "Look at NUMA nodes: bind to them, or only count as if [off; real when "
     "any of these is given]",
     1},
    {"topology", KEY_TOPOLOGY, "SOURCE", 0,
     "machine, synthetic:DESCRIPTION or xml:FILE [machine]", 1},
    {"place", KEY_PLACE, "POLICY", 0,
     "Threads: none, compact, scatter, per-node, list:CPUS or "
     "mutators@NODES/collectors@NODES [none]",
     1},
    {"memory", KEY_MEMORY, "POLICY|SPACE=POLICY;...", 0,
     "Memory: os-default, first-touch, local, bind:NODES, interleave[:NODES], "
     "preferred:NODE, next-node or worst; of all, or of the spaces objects, "
     "metadata and logs [os-default]",
     1},
    {"steal", KEY_STEAL, "POLICY", 0,
     "Collector threads share work: any, local-first, local-only or owner "
     "[any]",
     1},
    {"numa-cost", KEY_COST, "local_ns=NS,inject=0|1", 0,
     "Of the model: an access to local memory, and whether what remote ones "
     "take longer is waited for [90, 0]",
     1},
    {"strict", KEY_STRICT, NULL, 0,
     "What cannot be placed as asked ends the invocation", 1},
    {0}};

__attribute__((format(printf, 2, 3))) static int
refuse(const struct numa_parse *parse, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(parse->error, parse->error_size, format, arguments);
  va_end(arguments);
  return EINVAL;
}

// --- values ----------------------------------------------------------------

static const char *const steal_names[] = {
    [WANE_STEAL_ANY] = "any",
    [WANE_STEAL_LOCAL_FIRST] = "local-first",
    [WANE_STEAL_LOCAL_ONLY] = "local-only",
    [WANE_STEAL_OWNER] = "owner",
};

const char *numa_steal_name(enum wane_steal steal)
{
  return steal_names[steal];
}

static int take_steal(const struct numa_parse *parse, const char *text)
{
  for (size_t i = 0; i < sizeof steal_names / sizeof steal_names[0]; i++)
    if (strcmp(text, steal_names[i]) == 0) {
      parse->args->steal = (enum wane_steal)i;
      return 0;
    }
  return refuse(parse,
                "--steal: expected any, local-first, local-only or owner, "
                "found \"%s\"",
                text);
}

static int take_mode(const struct numa_parse *parse, const char *text)
{
  static const char *const names[] = {"off", "real", "model"};
  for (int i = 0; i < 3; i++)
    if (strcmp(text, names[i]) == 0) {
      parse->args->asked = (enum numa_asked)i;
      return 0;
    }
  return refuse(parse, "--numa: expected off, real or model, found \"%s\"",
                text);
}

static int take_cost(const struct numa_parse *parse, const char *text)
{
  static const struct wane_option costs[] = {
      {.name = "local_ns",
       .type = WANE_OPTION_DOUBLE,
       .value = "90",
       .min = 0,
       .max = 1e6},
      {.name = "inject", .type = WANE_OPTION_BOOL, .value = "0"},
  };
  union wane_value values[2];
  char *storage = NULL, sentence[256];
  if (wane_options_parse("--numa-cost", costs, 2, text, values, &storage,
                         sentence, sizeof sentence))
    return refuse(parse, "%s", sentence);
  free(storage);
  parse->args->local_ns = values[0].real;
  parse->args->inject = values[1].boolean;
  return 0;
}

// --- the parser ------------------------------------------------------------

// Each option once: a second one would silently win.
static int once(const struct numa_parse *parse, const char *flag,
                const char **kept, const char *text)
{
  if (*kept) return refuse(parse, "%s: expected once, found twice", flag);
  *kept = text;
  return 0;
}

static const char *first_given(const struct numa_args *args)
{
  return args->topology     ? "--topology"
         : args->place      ? "--place"
         : args->memory     ? "--memory"
         : args->steal_text ? "--steal"
         : args->strict     ? "--strict"
                            : NULL;
}

static int finish(const struct numa_parse *parse)
{
  struct numa_args *args = parse->args;
  const char *given = first_given(args);
  if (!args->numa && given) args->asked = NUMA_ASKED_REAL;
  if (args->cost && args->asked != NUMA_ASKED_MODEL)
    return refuse(parse, "--numa-cost: expected --numa model beside it");
  if (args->asked == NUMA_ASKED_OFF && given)
    return refuse(parse, "%s: says nothing with --numa off", given);
  return 0;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
  const struct numa_parse *parse = state->input;
  struct numa_args *args = parse->args;
  int result;
  switch (key) {
  case ARGP_KEY_INIT:
    args->local_ns = 90;
    return 0;
  case KEY_NUMA:
    result = once(parse, "--numa", &args->numa, text);
    return result ? result : take_mode(parse, text);
  case KEY_TOPOLOGY:
    return once(parse, "--topology", &args->topology, text);
  case KEY_PLACE:
    return once(parse, "--place", &args->place, text);
  case KEY_MEMORY:
    return once(parse, "--memory", &args->memory, text);
  case KEY_STEAL:
    result = once(parse, "--steal", &args->steal_text, text);
    return result ? result : take_steal(parse, text);
  case KEY_COST:
    result = once(parse, "--numa-cost", &args->cost, text);
    return result ? result : take_cost(parse, text);
  case KEY_STRICT:
    args->strict = true;
    return 0;
  case ARGP_KEY_END:
    return finish(parse);
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

const struct argp numa_argp = {.options = options, .parser = parse_option};
