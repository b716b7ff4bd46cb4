// check_cut.c: the beginning of a trace, as `wane trace cut` writes it.
// SPDX-License-Identifier: MIT
//
// In a process of its own, since whoever has the shortest beginning is told
// this very command.
#include "check_cut.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECKPOINTS 8 // that are added

void check_cut_command(struct trial *cut, const char *file, uint64_t events,
                       const char *out)
{
  cut->n = 0;
  trial_add(cut, "trace cut");
  trial_add_word(cut, "%s", file);
  trial_add(cut, "-o");
  trial_add_word(cut, "%s", out);
  trial_add(cut, "--events %llu --every %llu --level 0",
            (unsigned long long)events,
            (unsigned long long)(events / CHECKPOINTS + 1));
}

int check_cut_run(const struct trial *cut)
{
  char *argv[TRIAL_WORDS + 2] = {"wane"};
  int status = 0;
  memcpy(argv + 1, cut->word, cut->n * sizeof *argv);
  pid_t pid = fork();
  if (pid < 0) return -errno;
  if (pid == 0) {
    int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    execv("/proc/self/exe", argv);
    _exit(127);
  }
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return -errno;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}
