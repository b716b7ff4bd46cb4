// trial.c: what may crash is tried in a process of its own first.
// SPDX-License-Identifier: MIT
//
// hwloc trusts XML: of files with a wrong letter, some 3 % crash hwloc 2.9 and
// some 10 % make it complain at length and go on with something else. Either
// is taken for a refusal here.

#include "topology.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE 60 // s; a file is read in some ms

// As a process that nobody watches: no handlers of others, no core, no end.
static void prepare(int said)
{
  static const int signals[] = {SIGSEGV, SIGBUS,  SIGFPE,
                                SIGILL,  SIGABRT, SIGALRM};
  struct rlimit none = {0, 0};
  sigset_t all;
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
    signal(signals[i], SIG_DFL);
  sigfillset(&all);
  sigprocmask(SIG_UNBLOCK, &all, NULL);
  setrlimit(RLIMIT_CORE, &none);
  dup2(said, STDERR_FILENO);
  alarm(PATIENCE);
}

// Has it said yes, and nothing else?
static bool listen_to(int said)
{
  char text[256];
  size_t n = 0;
  bool yes = false;
  for (;;) {
    ssize_t got = read(said, text, sizeof text);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return yes && n == 1;
    if (n == 0) yes = text[0] == '\0';
    n += (size_t)got;
  }
}

bool wane__survives(bool (*work)(void *context), void *context)
{
  int ends[2];
  if (pipe2(ends, O_CLOEXEC)) return false;
  pid_t child = fork();
  if (child == 0) {
    prepare(ends[1]);
    bool good = work(context) && write(ends[1], "", 1) == 1;
    _exit(!good);
  }
  close(ends[1]);
  bool good = child > 0 && listen_to(ends[0]);
  close(ends[0]);
  while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
  return good;
}
