// victim.c: something that may end badly, run in a process of its own.
// SPDX-License-Identifier: MIT
//
// Called by a process that has no other threads, so the child is whole.

#include "victim.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

_Noreturn static void die(const char *what)
{
  perror(what);
  abort();
}

static void listen_to(struct victim *victim, int fd)
{
  size_t n = 0;
  char rest[4096];
  for (;;) { // the end of it is what matters least
    bool room = n + 1 < sizeof victim->words;
    ssize_t got =
        room ? read(fd, victim->words + n, sizeof victim->words - 1 - n)
             : read(fd, rest, sizeof rest);
    if (got <= 0) break;
    if (room) n += (size_t)got;
  }
  victim->words[n] = '\0';
}

void victim_run(struct victim *victim, int (*body)(void *context),
                void *context, unsigned seconds)
{
  int ends[2], status = 0;
  if (pipe(ends)) die("pipe");
  fflush(NULL);
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // cmocka's handlers would go on with the next test, in the child.
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); // deaths are many here
    dup2(ends[1], 2);
    close(ends[0]);
    close(ends[1]);
    alarm(seconds); // the runtime's threads block it, this one does not
    _exit(body(context));
  }
  close(ends[1]);
  listen_to(victim, ends[0]);
  close(ends[0]);
  if (waitpid(pid, &status, 0) != pid) die("waitpid");
  victim->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  victim->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool victim_aborted(const struct victim *victim, const char *sentence)
{
  const char *line = victim->words;
  for (; victim->signal == SIGABRT && line && *line;
       line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
    const char *end = strchr(line, '\n'), *at = strstr(line, sentence);
    if (!strncmp(line, "wane: ", 6) && at && (!end || at < end)) return true;
  }
  return false;
}
