// main.c: runs every scenario in a process of its own and prints a table.
// SPDX-License-Identifier: MIT
//
//   mutant_N [SCENARIO...]     all scenarios, or those named
//
// One row for each: name, verdict, the first sentence it said. Verdicts:
//   ok       it passed
//   failed   a check failed: a live object died, a dead one did not, a count
//            is wrong
//   crashed  a signal ended it, which is how an assertion of the runtime does
//   hung     it took more than 20 s
//   missed   the window it is about was not reached: no verdict
// Exit code: 0 all ok, 1 some are not, 2 no such scenario, 3 no process.

#include "stage.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 20000

static _Noreturn void child(const struct scenario *s, uint64_t seed, int out)
{
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); // a crash is no news here
  dup2(out, STDERR_FILENO);
  s->run(seed);
  _exit(STAGE_OK);
}

static int64_t now_ms(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// Reads what the child says until it ends. False: it took too long.
static bool listen_to(int in, char *text, size_t size)
{
  int64_t until = now_ms() + LIMIT_MS;
  size_t n = 0;
  for (;;) {
    struct pollfd waiting = {.fd = in, .events = POLLIN};
    int64_t left = until - now_ms();
    if (left <= 0) return false;
    int ready = poll(&waiting, 1, (int)left);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    char dump[512];
    bool full = n + 1 == size;
    ssize_t got =
        read(in, full ? dump : text + n, full ? sizeof dump : size - 1 - n);
    if (got <= 0) return true;
    if (!full) n += (size_t)got;
    text[n] = '\0';
  }
}

static const char *verdict(int status, bool in_time)
{
  if (!in_time) return "hung";
  if (WIFSIGNALED(status)) return "crashed";
  if (WEXITSTATUS(status) == STAGE_OK) return "ok";
  return WEXITSTATUS(status) == STAGE_MISSED ? "missed" : "failed";
}

// What led to it comes before.
static const char *last_line(char *text)
{
  size_t n = strlen(text);
  while (n && text[n - 1] == '\n') text[--n] = '\0';
  const char *newline = strrchr(text, '\n');
  return newline ? newline + 1 : text;
}

// True when it passed.
static bool run(const struct scenario *s, uint64_t seed)
{
  char text[8192] = "";
  int ends[2], status = 0;
  fflush(stdout);
  if (pipe(ends)) {
    perror("pipe");
    exit(3);
  }
  pid_t pid = fork();
  if (pid < 0) {
    perror("fork");
    exit(3);
  }
  if (!pid) {
    close(ends[0]);
    child(s, seed, ends[1]);
  }
  close(ends[1]);
  bool in_time = listen_to(ends[0], text, sizeof text);
  if (!in_time) kill(pid, SIGKILL);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  close(ends[0]);
  const char *result = verdict(status, in_time);
  printf("%-64s  %-7s  %s\n", s->name, result, last_line(text));
  return !strcmp(result, "ok");
}

static bool wanted(const char *name, int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    if (!strcmp(name, argv[i])) return true;
  return argc == 1;
}

static uint64_t seed_of_this_run(void)
{
  const char *text = getenv("WANE_SEED");
  char *rest = NULL;
  if (!text) return 1;
  errno = 0;
  uint64_t seed = strtoull(text, &rest, 0);
  if (!errno && rest != text && !*rest) return seed;
  fprintf(stderr, "WANE_SEED is '%s': expected a number\n", text);
  exit(2);
}

int main(int argc, char **argv)
{
  const struct scenario *const tables[] = {
#if WANE_STAGE_CPYTHON
      kill_cpython
#elif WANE_STAGE_MARKING
      kill_marking, kill_slices, kill_helping, kill_nodes, kill_observed
#elif WANE_STAGE_WEAK_TRACE
      kill_weak_trace
#elif WANE_STAGE_ATOMIC
      kill_atomic
#elif WANE_STAGE_NODES
      kill_nodes
#else
      kill_counts, kill_rounds, kill_cycles,
      kill_young,  kill_weak,   kill_threads
#endif
  };
  uint64_t seed = seed_of_this_run();
  unsigned ran = 0, bad = 0;
  printf("mutant %d, seed %" PRIu64 " (WANE_SEED=%" PRIu64 " repeats it)\n",
         WANE_MUTANT, seed, seed);
  for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
    for (const struct scenario *s = tables[t]; s->name; s++) {
      if (!wanted(s->name, argc, argv)) continue;
      ran++;
      bad += !run(s, seed);
    }
  }
  if (!ran) {
    fprintf(stderr, "%s: no scenario of that name\n", argv[1]);
    return 2;
  }
  printf("%u of %u scenarios not ok\n", bad, ran);
  return bad ? 1 : 0;
}
