// gnuplot.c: runs gnuplot, which draws all figures.
// SPDX-License-Identifier: MIT
//
// Only what gnuplot itself says in its first line that is not an echo of the
// script goes into the sentence. Main thread.
#include "gnuplot.h"

#include "exit_code.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NEVER = 126 }; // exit codes from here on: it was not started

static const char *program(void)
{
  const char *named = getenv("WANE_GNUPLOT");
  return named && *named ? named : "gnuplot";
}

// In the child: never returns. What cannot be started says so through `fd`.
static void run(const char *directory, const char *script, int fd)
{
  int nothing = open("/dev/null", O_RDWR);
  if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(fd, 1) < 0 ||
      dup2(fd, 2) < 0 || chdir(directory))
    _exit(NEVER);
  execlp(program(), program(), script, (char *)NULL);
  dprintf(2, "cannot be started: %s\n", strerror(errno));
  _exit(NEVER + 1);
}

// All that it says, as far as it fits; the rest is read and dropped, so that
// it never waits for us.
static void hear(int fd, char *said, size_t size)
{
  size_t n = 0;
  char rest[512];
  for (ssize_t got;;) {
    bool full = n + 1 >= size;
    got = read(fd, full ? rest : said + n, full ? sizeof rest : size - 1 - n);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (!full) n += (size_t)got;
  }
  said[n] = '\0';
}

// The last line of text: gnuplot shows where, and then says what.
static const char *sentence_of(char *said)
{
  char *last = said;
  for (char *at = strtok(said, "\n"); at; at = strtok(NULL, "\n")) {
    while (isspace((unsigned char)*at)) at++;
    if (*at && *at != '^') last = at;
  }
  return last;
}

static int judge(const char *script, int status, char *said, char *error,
                 size_t error_size)
{
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return WANE_EXIT_OK;
  const char *why = sentence_of(said);
  snprintf(error, error_size,
           "%s %s: %s; captions, numbers and scripts are there, pictures are "
           "not",
           program(), script, *why ? why : "failed without a word");
  return WANE_EXIT_ENVIRONMENT;
}

int gnuplot_draw(const char *directory, const char *stem, bool *started,
                 char *error, size_t error_size)
{
  char script[128], said[2048];
  int ends[2], status = 0;
  snprintf(script, sizeof script, "%s.gp", stem);
  pid_t pid = -1;
  *started = false;
  if (pipe(ends) == 0) {
    pid = fork();
    if (pid == 0) run(directory, script, ends[1]);
    (void)close(ends[1]);
    if (pid > 0) hear(ends[0], said, sizeof said);
    (void)close(ends[0]);
  }
  if (pid < 0) {
    snprintf(error, error_size, "%s: cannot be started: %s", program(),
             strerror(errno));
    return WANE_EXIT_ENVIRONMENT;
  }
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  *started = !WIFEXITED(status) || WEXITSTATUS(status) < NEVER;
  return judge(script, status, said, error, error_size);
}
