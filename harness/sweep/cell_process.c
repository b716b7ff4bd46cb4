// cell_process.c: one attempt at a cell: its process, and its folder.
// SPDX-License-Identifier: MIT
//
// `wane run` writes to a .part of this attempt alone and gives its files their
// names last. When it has ended in one of the ways in which it does that, and
// says how its invocation ended, the folder gets its own name; so a name
// without .part promises all. The process is in a group of its own: what a
// terminal sends to the sweep does not reach it. Main thread.
#include "engine.h"

#include "exit_code.h"
#include "files.h"
#include "interrupt.h"
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_NS 200000000
enum { PATIENCE = 25 }; // ticks between asking a process to end and killing it

struct attempt {
  const struct engine_cell *cell;
  pid_t pid;
  int pidfd;
  int wait_status;
  int asked; // ticks since it was asked to end; 0: it was not
  char *sentence;
  size_t size;
};

bool engine_cell_done(const struct engine_cell *cell)
{
  return files_exists(cell->folder);
}

static enum engine_end fail(struct attempt *attempt, const char *what,
                            int error)
{
  snprintf(attempt->sentence, attempt->size, "%s: %s", what, strerror(-error));
  return ENGINE_FAILED;
}

// --- start ------------------------------------------------------------------

// Between fork and exec.
_Noreturn static void become(const struct engine_cell *cell, int log,
                             pid_t parent)
{
  int nothing = open("/dev/null", O_RDONLY);
  bool good = nothing >= 0 && dup2(nothing, 0) == 0 && dup2(log, 1) == 1 &&
              dup2(log, 2) == 2;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  interrupt_restore();
  if (good) execv(cell->argv[0], cell->argv);
  dprintf(2, "%s cannot be started: %s\n", cell->argv[0], strerror(errno));
  _exit(127);
}

static int open_log(const struct engine_cell *cell)
{
  char *path = files_path(cell->part, "log.txt");
  int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
                : -1;
  int result = fd < 0 ? path ? -errno : -ENOMEM : fd;
  free(path);
  return result;
}

static int start(struct attempt *attempt)
{
  const struct engine_cell *cell = attempt->cell;
  parts_remove_dead(cell->folder);
  int result = files_remove(cell->part);
  if (!result) result = files_make_folder(cell->part);
  int log = result ? result : open_log(cell);
  if (log < 0) return log;
  pid_t parent = getpid();
  attempt->pid = fork();
  if (attempt->pid == 0) become(cell, log, parent);
  result = attempt->pid < 0 ? -errno : 0;
  close(log);
  if (result) return result;
  attempt->pidfd = (int)syscall(SYS_pidfd_open, attempt->pid, 0);
  return 0;
}

// --- wait -------------------------------------------------------------------

// The first interrupt is the engine's; the second asks the process to end,
// which then ends its own child, and later nobody is asked.
static void end_it(struct attempt *attempt)
{
  if (interrupt_count() < 2) return;
  if (attempt->asked++ == 0) (void)kill(attempt->pid, SIGTERM);
  if (attempt->asked == PATIENCE) (void)kill(-attempt->pid, SIGKILL);
}

static void wait_for(struct attempt *attempt, void (*tick)(void *),
                     void *context)
{
  const struct timespec pause = {0, TICK_NS};
  for (;;) {
    pid_t ended = waitpid(attempt->pid, &attempt->wait_status, WNOHANG);
    if (ended == attempt->pid || (ended < 0 && errno != EINTR)) break;
    if (tick) tick(context);
    struct pollfd poll = {attempt->pidfd, POLLIN, 0};
    (void)ppoll(&poll, attempt->pidfd >= 0, &pause, interrupt_mask());
    end_it(attempt);
  }
  if (attempt->pidfd >= 0) close(attempt->pidfd);
}

// --- how it ended -----------------------------------------------------------

// What it said last.
static void last_words(const struct engine_cell *cell, char *text, size_t size)
{
  char *path = files_path(cell->part, "log.txt"), line[400];
  FILE *in = path ? fopen(path, "re") : NULL;
  *text = '\0';
  while (in && fgets(line, sizeof line, in))
    if (*line != '\n') snprintf(text, size, "%s", line);
  text[strcspn(text, "\n")] = '\0';
  if (in) fclose(in);
  free(path);
}

static bool has(const struct engine_cell *cell, const char *name)
{
  char *path = files_path(cell->part, "%s", name);
  bool there = path && files_exists(path);
  free(path);
  return there;
}

// Its invocations, by its run.json; a new reference, or NULL.
static json_t *invocations(const struct engine_cell *cell)
{
  json_error_t error;
  char *path = files_path(cell->part, "run.json");
  json_t *json = path ? json_load_file(path, 0, &error) : NULL;
  json_t *list = json_incref(json_object_get(json, "invocations"));
  json_decref(json);
  free(path);
  return list;
}

// Did it end in a way in which its rows say how the run ended? Exit code 3
// says that it was not tried.
static bool rows_are_there(const struct attempt *attempt)
{
  int code = WIFEXITED(attempt->wait_status) ? WEXITSTATUS(attempt->wait_status)
                                             : -1;
  bool good = code == WANE_EXIT_OK || code == WANE_EXIT_EXPERIMENT ||
              code == WANE_EXIT_VERIFY;
  if (!good || !has(attempt->cell, "results.csv")) return false;
  json_t *list = invocations(attempt->cell);
  good = json_array_size(list) == 1;
  json_decref(list);
  return good;
}

// What its run.json gives as a reason, or what it said last.
static void find_words(const struct engine_cell *cell, char *text, size_t size)
{
  json_t *list = invocations(cell);
  const char *reason =
      json_string_value(json_object_get(json_array_get(list, 0), "reason"));
  if (reason)
    snprintf(text, size, "%s", reason);
  else
    last_words(cell, text, size);
  json_decref(list);
}

static void explain(struct attempt *attempt)
{
  char words[400];
  int status = attempt->wait_status;
  find_words(attempt->cell, words, sizeof words);
  if (WIFSIGNALED(status))
    snprintf(attempt->sentence, attempt->size, "ended by signal %d (%s)%s%s",
             WTERMSIG(status), strsignal(WTERMSIG(status)), *words ? ": " : "",
             words);
  else
    snprintf(attempt->sentence, attempt->size, "exit code %d%s%s",
             WEXITSTATUS(status), *words ? ": " : "", words);
}

static enum engine_end give_name(struct attempt *attempt)
{
  const struct engine_cell *cell = attempt->cell;
  if (rename(cell->part, cell->folder)) {
    int error = errno;
    if (!engine_cell_done(cell)) return fail(attempt, cell->folder, -error);
    (void)files_remove(cell->part); // another attempt was faster
  }
  char *parent = strdup(cell->folder), *slash = NULL;
  if (parent) slash = strrchr(parent, '/');
  if (slash) *slash = '\0';
  int result = parent ? files_settle(slash ? parent : ".") : -ENOMEM;
  free(parent);
  parts_remove(cell->folder);
  return result ? fail(attempt, cell->folder, result) : ENGINE_DONE;
}

enum engine_end engine_attempt(const struct engine_cell *cell,
                               void (*tick)(void *context), void *context,
                               char *sentence, size_t size)
{
  struct attempt attempt = {
      .cell = cell, .pidfd = -1, .sentence = sentence, .size = size};
  *sentence = '\0';
  int result = start(&attempt);
  if (result) return fail(&attempt, cell->part, result);
  wait_for(&attempt, tick, context);
  if (rows_are_there(&attempt)) return give_name(&attempt);
  if (!attempt.asked) {
    explain(&attempt);
    return ENGINE_FAILED;
  }
  snprintf(sentence, size, "ended by an interrupt");
  return ENGINE_INTERRUPTED;
}
