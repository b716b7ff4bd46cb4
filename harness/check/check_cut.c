// check_cut.c: the shortest beginning of a recorded trace that still fails.
// SPDX-License-Identifier: MIT
//
// `wane trace cut` writes it, in a process of its own: whoever has the shortest
// beginning is told this very command.
#include "check_cut.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECKPOINTS 8 // that are added

// The first `events` events of `file`, to `out`.
static void cut_command(struct trial *cut, const char *file, uint64_t events,
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

// 0, or -errno: there is no such part then.
static int run_cut(const struct trial *cut)
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

// --- the search --------------------------------------------------------------

#define EVENTS_FIRST 256
#define EVENTS_MOST ((uint64_t)1 << 40)

static bool fails_with_beginning(struct search *s, const char *file,
                                 const char *out, const char *options,
                                 uint64_t events)
{
  struct trial cut, trial;
  char *workload = NULL;
  if (search_over(s)) return false;
  cut_command(&cut, file, events, out);
  int result = run_cut(&cut);
  trial_free(&cut);
  if (result) return false;
  if (asprintf(&workload, "trace:%s%s", out, options) < 0) abort();
  search_with_workload(s->base, workload, &trial);
  return search_fails_so(s, trial);
}

// The shortest beginning found, in events; 0: none.
static uint64_t search_beginnings(struct search *s, const char *file,
                                  const char *out, const char *options)
{
  uint64_t low = 0, to = EVENTS_FIRST;
  while (!fails_with_beginning(s, file, out, options, to)) {
    if (search_over(s) || to >= EVENTS_MOST) return 0;
    low = to;
    to *= 2;
  }
  while (to - low > 1 && !search_over(s)) {
    uint64_t middle = low + (to - low) / 2;
    if (fails_with_beginning(s, file, out, options, middle))
      to = middle;
    else
      low = middle;
  }
  return to;
}

// The command is the one for who types it: the part is written here.
bool check_cut(struct search *s)
{
  const char *workload = s->base->word[search_workload(s->base)];
  char file[4096], folder[] = "/tmp/wane-check-XXXXXX", out[64];
  int n = 0;
  if (sscanf(workload, "trace:%4095[^,]%n", file, &n) != 1) return false;
  if (!mkdtemp(folder)) return false;
  snprintf(out, sizeof out, "%s/short.gct", folder);
  uint64_t events = search_beginnings(s, file, out, workload + n);
  unlink(out);
  rmdir(folder);
  if (!events) return false;
  struct trial cut, trial;
  char *word = NULL;
  cut_command(&cut, file, events, "short.gct");
  s->r->first = trial_text(&cut);
  trial_free(&cut);
  if (asprintf(&word, "trace:short.gct%s", workload + n) < 0) abort();
  search_with_workload(&s->best, word, &trial);
  trial_free(&s->best);
  s->best = trial;
  return true;
}
