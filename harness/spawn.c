// spawn.c: a child process that runs one cell, and the pipes to it.
// SPDX-License-Identifier: MIT
//
// fork and exec of the same binary: every invocation begins with a fresh
// heap, fresh page tables and fresh address randomisation, and whatever
// happens to it happens to no other. Its standard input is empty; what it
// prints goes to the pipe of its complaints, never among the results. It has a
// process group of its own, so that Ctrl-C reaches the parent alone, which
// decides. Main thread.
#include "spawn.h"

#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define CHILD_RESULTS 3
#define CHILD_PROGRESS 4

// --- the command line ------------------------------------------------------

#define WORDS 32
struct command {
  char *word[WORDS];
  int n;
};

__attribute__((format(printf, 2, 3))) static void add(struct command *command,
                                                      const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  char *word;
  if (command->n >= 0 && vasprintf(&word, format, arguments) >= 0)
    command->word[command->n++] = word;
  else
    command->n = -1;
  va_end(arguments);
}

static void command_free(struct command *command)
{
  for (int i = 0; i < WORDS; i++) free(command->word[i]);
}

static void add_numa(struct command *command, const struct numa_args *args)
{
  if (args->numa) add(command, "--numa=%s", args->numa);
  if (args->topology) add(command, "--topology=%s", args->topology);
  if (args->place) add(command, "--place=%s", args->place);
  if (args->memory) add(command, "--memory=%s", args->memory);
  if (args->steal_text) add(command, "--steal=%s", args->steal_text);
  if (args->cost) add(command, "--numa-cost=%s", args->cost);
  if (args->strict) add(command, "--strict");
}

// What run_args.c must parse back to the same values.
static int command_make(struct command *command, const struct run_args *args,
                        const struct spec *collector,
                        const struct spec *workload)
{
  *command = (struct command){0};
  add(command, "wane");
  add(command, "run");
  add(command, "-c%s", collector->text);
  add(command, "-w%s", workload->text);
  add(command, "-t%u", args->mutators);
  add(command, "-n%u", args->iterations);
  add(command, "--workers=%u", args->config.workers);
  add(command, "--seed=%" PRIu64, args->seed);
  if (args->config.heap_limit)
    add(command, "-H%" PRIu64, args->config.heap_limit);
  if (args->config.pacing) add(command, "--pacing=%s", args->config.pacing);
  if (args->rc) add(command, "--rc=%s", args->rc);
  if (args->verify) add(command, "--verify");
  add(command, "--requests=%" PRIu64, args->requests);
  if (!args->directory) add(command, "--without-rows"); // nowhere to put them
  add(command, "--sample=%.17g", args->sample_ms);
  add_numa(command, &args->numa);
  add(command, "--child-fd=%d", CHILD_RESULTS);
  add(command, "--progress-fd=%d", CHILD_PROGRESS);
  if (command->n >= 0) return 0;
  command_free(command);
  return -ENOMEM;
}

// --- files -----------------------------------------------------------------

// A pipe without O_NONBLOCK, at descriptors above those the child uses.
static int high_pipe(int ends[2])
{
  int low[2];
  if (pipe2(low, O_CLOEXEC)) return -errno;
  for (int i = 0; i < 2; i++) {
    ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 10);
    close(low[i]);
  }
  return ends[0] < 0 || ends[1] < 0 ? -EMFILE : 0;
}

static int make_page(struct progress_page **page)
{
  int low = memfd_create("wane progress", MFD_CLOEXEC);
  if (low < 0) return -errno;
  int fd = fcntl(low, F_DUPFD_CLOEXEC, 10);
  close(low);
  if (fd < 0 || ftruncate(fd, sizeof **page)) return -errno;
  void *map =
      mmap(NULL, sizeof **page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED) return -errno;
  *page = map;
  return fd;
}

// --- the child, between fork and exec --------------------------------------

_Noreturn static void become(struct command *command, int results,
                             int complaints, int progress, pid_t parent)
{
  int nothing = open("/dev/null", O_RDONLY);
  bool good = nothing >= 0 && dup2(nothing, 0) == 0 &&
              dup2(complaints, 1) == 1 && dup2(complaints, 2) == 2 &&
              dup2(results, CHILD_RESULTS) == CHILD_RESULTS &&
              dup2(progress, CHILD_PROGRESS) == CHILD_PROGRESS;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  interrupt_restore();
  if (good) execv("/proc/self/exe", command->word);
  dprintf(2, "wane: the child could not be started: %s\n", strerror(errno));
  _exit(127);
}

int spawn_child(const struct run_args *args, const struct spec *collector,
                const struct spec *workload, struct spawned *spawned)
{
  struct command command;
  int results[2] = {-1, -1}, complaints[2] = {-1, -1}, progress = -1;
  *spawned = (struct spawned){0};
  int result = command_make(&command, args, collector, workload);
  if (result) return result;
  result = high_pipe(results);
  if (!result) result = high_pipe(complaints);
  if (!result) result = progress = make_page(&spawned->page);
  pid_t parent = getpid();
  if (result >= 0) result = spawned->pid = fork();
  if (result < 0 && spawned->pid < 0) result = -errno;
  if (result == 0)
    become(&command, results[1], complaints[1], progress, parent);
  close(results[1]);
  close(complaints[1]);
  if (progress >= 0) close(progress);
  command_free(&command);
  spawned->results = results[0];
  spawned->complaints = complaints[0];
  if (result > 0) return 0;
  close(results[0]);
  close(complaints[0]);
  spawn_free(spawned);
  return result;
}

void spawn_free(struct spawned *spawned)
{
  if (spawned->page) munmap(spawned->page, sizeof *spawned->page);
  spawned->page = NULL;
}
