// cmd_topo.c: `wane topo`: nodes, processors, and plans for them.
// SPDX-License-Identifier: MIT
//
// Nothing is bound and nothing is started: a plan for a machine that one does
// not have is as good as one for this. Main thread.
#include "cmd_topo.h"

#include "exit_code.h"
#include "topo_view.h"
#include "whole_file.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: wane topo [SOURCE] [--place POLICY] [-t N] [--workers N]\n"
    "                 [--memory POLICY] [--svg FILE] [--xml FILE]\n"
    "\n"
    "Shows nodes, their memory and processing units (PUs), how far nodes are\n"
    "from each other, and whether threads and memory can be bound here.\n"
    "\n"
    "SOURCE     machine, synthetic:DESCRIPTION or xml:FILE [machine]\n"
    "--place    where N mutators [1] and N collector threads [1] would be:\n"
    "           none, compact, scatter, per-node, list:CPUS,\n"
    "           mutators@NODES/collectors@NODES\n"
    "--memory   where memory would be: os-default, first-touch, local,\n"
    "           bind:NODES, interleave[:NODES], preferred:NODE, next-node,\n"
    "           worst\n"
    "--svg      all of it as a picture, too\n"
    "--xml      the topology as hwloc writes it, for xml:FILE\n"
    "\n"
    "CPUS are the system's numbers (P#), NODES logical ones (L#).\n";

struct arguments {
  const char *source, *place, *memory, *svg, *xml;
  uint32_t mutators, workers;
  bool counted; // one of them is given
};

static int refuse(const char *what, const char *found)
{
  fprintf(stderr, "wane topo: %s: \"%s\"; see wane topo --help\n", what, found);
  return WANE_EXIT_USAGE;
}

static bool take_count(const char *text, uint32_t least, uint32_t *n)
{
  char *end;
  unsigned long value = strtoul(text, &end, 10);
  if (*text < '0' || *text > '9' || *end || value < least || value > 1024)
    return false;
  *n = (uint32_t)value;
  return true;
}

enum { SVG = 256, XML, PLACE, MEMORY, WORKERS, HELP };

static int take_option(struct arguments *a, int option)
{
  switch (option) {
  case SVG:
    a->svg = optarg;
    break;
  case XML:
    a->xml = optarg;
    break;
  case PLACE:
    a->place = optarg;
    break;
  case MEMORY:
    a->memory = optarg;
    break;
  case 't':
    a->counted = true;
    if (take_count(optarg, 0, &a->mutators)) break;
    return refuse("-t: expected 0 to 1024 mutators, found", optarg);
  case WORKERS:
    a->counted = true;
    if (take_count(optarg, 1, &a->workers)) break;
    return refuse("--workers: expected 1 to 1024, found", optarg);
  default:
    fputs("see wane topo --help\n", stderr);
    return WANE_EXIT_USAGE;
  }
  return WANE_EXIT_OK;
}

// WANE_EXIT_OK; -1: help was given; else what is wrong was said.
static int take_arguments(struct arguments *a, int argc, char **argv)
{
  static const struct option options[] = {
      {"svg", required_argument, NULL, SVG},
      {"xml", required_argument, NULL, XML},
      {"place", required_argument, NULL, PLACE},
      {"memory", required_argument, NULL, MEMORY},
      {"mutators", required_argument, NULL, 't'},
      {"workers", required_argument, NULL, WORKERS},
      {"help", no_argument, NULL, HELP},
      {0}};
  int option, result = WANE_EXIT_OK;
  while (!result &&
         (option = getopt_long(argc, argv, "t:", options, NULL)) >= 0)
    result = option == HELP ? -1 : take_option(a, option);
  if (result) return result;
  if (optind < argc) a->source = argv[optind++];
  if (optind < argc) return refuse("one source, please, found", argv[optind]);
  if (a->counted && !a->place)
    return refuse("-t and --workers are for --place, found no", "--place");
  return WANE_EXIT_OK;
}

// --- topology and plans ------------------------------------------------------

static int complain(const char *sentence, int code)
{
  fprintf(stderr, "wane topo: %s\n", sentence);
  return code;
}

// What was typed wrongly is usage; a file or a machine that cannot be read is
// not.
static int open_all(const struct arguments *a, struct topo_view *view,
                    struct wane_memory_policy *memory)
{
  char error[512];
  const char *source = a->source ? a->source : "machine";
  bool typed = strncmp(source, "xml:", 4) && strcmp(source, "machine");
  view->mutators = a->mutators;
  view->workers = a->workers;
  view->topology = wane_topology_open(source, error, sizeof error);
  if (!view->topology)
    return complain(error, typed ? WANE_EXIT_USAGE : WANE_EXIT_ENVIRONMENT);
  if (a->place && !(view->placement = wane_placement_plan(
                        view->topology, a->place, a->mutators, a->workers,
                        error, sizeof error)))
    return complain(error, WANE_EXIT_USAGE);
  if (!a->memory) return WANE_EXIT_OK;
  if (wane_memory_parse(view->topology, a->memory, memory, error, sizeof error))
    return complain(error, WANE_EXIT_USAGE);
  view->memory = memory;
  return WANE_EXIT_OK;
}

// --- what comes out ----------------------------------------------------------

static int write_file(const char *path, const char *text, size_t n)
{
  struct whole_file file;
  int error = whole_file_open(&file, path);
  if (!error) {
    whole_file_write(&file, text, n);
    whole_file_mark(&file);
    error = whole_file_close(&file);
  }
  if (!error) return WANE_EXIT_OK;
  fprintf(stderr, "wane topo: %s: cannot be written: %s\n", path,
          strerror(-error));
  return WANE_EXIT_ENVIRONMENT;
}

static int write_svg(const struct topo_view *view, const char *path)
{
  char *text;
  size_t n;
  if (topo_picture(view, &text, &n))
    return complain("no memory for the picture", WANE_EXIT_ENVIRONMENT);
  int code = write_file(path, text, n);
  free(text);
  return code;
}

static int write_xml(const struct topo_view *view, const char *path)
{
  char *text = wane_topology_xml(view->topology);
  if (!text) return complain("no memory for the XML", WANE_EXIT_ENVIRONMENT);
  int code = write_file(path, text, strlen(text));
  free(text);
  return code;
}

static int show(const struct topo_view *view)
{
  if (topo_print(view, stdout))
    return complain("no memory for the text", WANE_EXIT_ENVIRONMENT);
  if (!fflush(stdout) && !ferror(stdout)) return WANE_EXIT_OK;
  return complain("the text cannot be written", WANE_EXIT_ENVIRONMENT);
}

int wane_cmd_topo(int argc, char **argv)
{
  struct arguments a = {.mutators = 1, .workers = 1};
  struct topo_view view = {0};
  struct wane_memory_policy memory;
  int code = take_arguments(&a, argc, argv);
  if (code < 0) {
    fputs(usage, stdout);
    return WANE_EXIT_OK;
  }
  if (!code) code = open_all(&a, &view, &memory);
  if (!code) code = show(&view);
  if (!code && a.svg) code = write_svg(&view, a.svg);
  if (!code && a.xml) code = write_xml(&view, a.xml);
  wane_placement_free((struct wane_placement *)(uintptr_t)view.placement);
  wane_topology_close((struct wane_topology *)(uintptr_t)view.topology);
  return code;
}
