// peer.c: main of every peer program.
// SPDX-License-Identifier: MIT
//
// Reads the command line, runs the program's body on its threads, measures
// the timed region as `wane run` does, and prints one line (peer.h).

#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// One thread's part. `run` is shared and constant while threads exist.
struct task {
  struct peer_run *run;
  unsigned index;
  uint64_t checksum;
  bool good;
};

static void *task_main(void *argument)
{
  struct task *task = argument;
  task->good = peer_program.body(task->run, task->index, &task->checksum);
  return NULL;
}

static uint64_t clock_ns(clockid_t clock)
{
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

// Runs the bodies, the first one on this thread: with one thread the process
// has only one, which is when glibc's malloc is at its best. False: one failed.
static bool run_threads(struct peer_run *run, uint64_t *checksum)
{
  struct task *tasks = calloc(run->threads, sizeof *tasks);
  pthread_t *threads = calloc(run->threads, sizeof *threads);
  bool good = tasks && threads;
  for (unsigned i = 0; good && i < run->threads; i++)
    tasks[i] = (struct task){.run = run, .index = i};
  for (unsigned i = 1; good && i < run->threads; i++) {
    if (pthread_create(&threads[i], NULL, task_main, &tasks[i])) {
      // The others may wait for it in a barrier: there is no way on.
      fprintf(stderr, "peer_%s: no thread %u\n", peer_program.name, i);
      exit(1);
    }
  }
  if (good) task_main(&tasks[0]);
  for (unsigned i = 0; good && i < run->threads; i++) {
    if (i > 0) pthread_join(threads[i], NULL);
    good = tasks[i].good;
    *checksum += tasks[i].checksum;
  }
  free(threads);
  free(tasks);
  return good;
}

static bool read_number(const char *text, uint64_t max, uint64_t *number)
{
  char *end;
  *number = strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == '\0' && *number <= max;
}

static int usage(const char *why)
{
  fprintf(stderr, "peer_%s: %s\n", peer_program.name, why);
  fprintf(stderr, "usage: [-t THREADS] [-s SEED] [name=value,...]\n");
  return 2;
}

static int measure(struct peer_run *run)
{
  uint64_t checksum = 0;
  bool good = !peer_program.setup || peer_program.setup(run);
  uint64_t wall = clock_ns(CLOCK_MONOTONIC);
  uint64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  good = good && run_threads(run, &checksum);
  cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  wall = clock_ns(CLOCK_MONOTONIC) - wall;
  if (good && peer_program.check) good = peer_program.check(run, &checksum);
  if (!good) {
    fprintf(stderr, "peer_%s: out of memory, or a damaged structure\n",
            peer_program.name);
    return 1;
  }
  printf("wall_ns=%" PRIu64 " cpu_ns=%" PRIu64 " checksum=%" PRIu64 "\n", wall,
         cpu, checksum);
  return 0;
}

int main(int argc, char **argv)
{
  struct peer_run run = {.threads = 1, .seed = 1};
  union wane_value values[8];
  char error[512], *storage;
  uint64_t number;
  for (int c; (c = getopt(argc, argv, "t:s:")) != -1;) {
    if (c == '?') return usage("unknown option");
    if (!read_number(optarg, c == 't' ? 1024 : UINT64_MAX, &number) ||
        (c == 't' && number == 0))
      return usage("expected a number: 1 to 1024 threads, or a seed");
    if (c == 't')
      run.threads = (unsigned)number;
    else
      run.seed = number;
  }
  if (argc - optind > 1) return usage("expected one list of options");
  if (wane_options_parse(peer_program.name, peer_program.options,
                         peer_program.n_options, argv[optind], values, &storage,
                         error, sizeof error))
    return usage(error + strlen(peer_program.name) + 2); // "NAME: " is there
  run.options = values;
  peer_start();
  int result = measure(&run);
  free(storage);
  return result;
}
