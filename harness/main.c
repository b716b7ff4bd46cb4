// main.c: `wane`: finds the subcommand and hands over.
// SPDX-License-Identifier: MIT
//
// `trace` and `micro` are compiled in where their files are; the table below
// is the one list of what there is.
#include "build_info.h"
#include "cmd_check.h"
#include "cmd_compare.h"
#include "cmd_doctor.h"
#include "cmd_export.h"
#include "cmd_list.h"
#include "cmd_new.h"
#include "cmd_paper.h"
#include "cmd_report.h"
#include "cmd_run.h"
#include "cmd_sweep.h"
#include "cmd_topo.h"
#include "exit_code.h"
#if WANE_HAS_TRACE
#include "cmd_trace.h"
#endif
#if WANE_HAS_MICRO
#include "micro.h"
#endif

#include <wane/wane.h>

#include <stdio.h>
#include <string.h>

static const struct command {
  const char *name;
  int (*run)(int argc, char **argv); // argv[0] is the command's name
  const char *help;
} commands[] = {
    {"run", wane_cmd_run, "run workloads on collectors and measure them"},
    {"sweep", wane_cmd_sweep, "run every cell of an experiment"},
    {"paper", wane_cmd_paper, "hold an experiment against what a paper says"},
    {"check", wane_cmd_check, "hold a collector against the laws"},
    {"list", wane_cmd_list, "list collectors, workloads, pacing or metrics"},
    {"export", wane_cmd_export, "results in the forms of other tools"},
    {"report", wane_cmd_report, "draw figures of results"},
    {"compare", wane_cmd_compare, "say whether results became better or worse"},
    {"doctor", wane_cmd_doctor, "audit the machine that is measured on"},
    {"topo", wane_cmd_topo, "show nodes, processors, and plans for threads"},
    {"new", wane_cmd_new, "start a collector or a workload of your own"},
#if WANE_HAS_TRACE
    {"trace", wane_cmd_trace, "look at recorded heap traces"},
#endif
#if WANE_HAS_MICRO
    {"micro", wane_cmd_micro, "micro-benchmarks of single operations"},
#endif
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(void)
{
  puts("usage: wane COMMAND [...]; wane COMMAND --help tells more\n");
  for (int i = 0; i < N_COMMANDS; i++)
    printf("  %-7s %s\n", commands[i].name, commands[i].help);
  puts("\nExit status: 0 all is well, 1 an experiment failed, 2 usage, 3 a "
       "plugin, file\nor the machine is bad, 4 verification failed, 130 "
       "interrupted.");
}

static void print_version(void)
{
  printf("wane %s %s%s (%s, %s counts, %s, %s)\n", BUILD_VERSION, BUILD_SHORT,
         BUILD_DIRTY ? "-dirty" : "", wane_variety(), wane_counting(),
         BUILD_TYPE, BUILD_COMPILER);
}

int main(int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : "--help";
  if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
    print_help();
    return argc > 1 ? WANE_EXIT_OK : WANE_EXIT_USAGE;
  }
  if (strcmp(name, "--version") == 0) {
    print_version();
    return WANE_EXIT_OK;
  }
  for (int i = 0; i < N_COMMANDS; i++)
    if (strcmp(commands[i].name, name) == 0)
      return commands[i].run(argc - 1, argv + 1);
  fprintf(stderr, "wane: expected a command, found \"%s\"; see wane --help\n",
          name);
  return WANE_EXIT_USAGE;
}
