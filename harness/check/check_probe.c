// check_probe.c: loads a plugin in a child, which a constructor may kill.
// SPDX-License-Identifier: MIT
#include "check_probe.h"

#include "describe.h"
#include "plan.h"
#include "spec.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE 20 // seconds

// Are its options such as it takes? The workload plays no part.
static bool options_good(const char *text, char *error, size_t size)
{
  char *argv[] = {(char[]){"run"}, (char[]){"-c"}, strdup(text),
                  (char[]){"-w"},  (char[]){"rings"}, NULL};
  struct run_args args = {0};
  struct plan plan = {0};
  bool good = argv[2] && !run_args_parse(5, argv, &args, error, size) &&
              !plan_open(&args, &plan, error, size);
  if (good) plan_close(&plan);
  run_args_free(&args);
  free(argv[2]);
  return good;
}

static json_t *describe(const char *text, char *error, size_t size)
{
  struct spec spec;
  if (spec_parse(&spec, text, error, size)) return NULL;
  json_t *said = describe_collector(spec.name, error, size);
  if (said && spec.options && !options_good(text, error, size)) {
    json_decref(said);
    said = NULL;
  }
  spec_free(&spec);
  return said;
}

_Noreturn static void ask(const char *text, int out)
{
  char error[512] = "";
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  alarm(PATIENCE);
  signal(SIGALRM, SIG_DFL);
  json_t *said = describe(text, error, sizeof error);
  if (!said) said = json_pack("{s:s}", "error", error);
  FILE *stream = fdopen(out, "w");
  bool ok = stream && said && json_dumpf(said, stream, 0) == 0;
  _exit(ok && fflush(stream) == 0 ? 0 : 1);
}

static json_t *hear(int in, pid_t pid, bool *crashed, char *error, size_t size)
{
  int status;
  json_error_t why;
  FILE *stream = fdopen(in, "r");
  json_t *said = stream ? json_loadf(stream, 0, &why) : NULL;
  if (stream) fclose(stream);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  const char *refused = json_string_value(json_object_get(said, "error"));
  *crashed = !WIFEXITED(status) || WEXITSTATUS(status) || !said;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    snprintf(error, size, "it is not loaded after %d s", PATIENCE);
  else if (WIFSIGNALED(status))
    snprintf(error, size, "signal %d (%s) while it is loaded",
             WTERMSIG(status), strsignal(WTERMSIG(status)));
  else if (*crashed)
    snprintf(error, size, "it ends the process when it is loaded (exit %d)",
             WEXITSTATUS(status));
  else if (refused)
    snprintf(error, size, "%s", refused);
  else
    return said;
  json_decref(said);
  return NULL;
}

json_t *check_probe(const char *text, bool *crashed, char *error, size_t size)
{
  int ends[2];
  *crashed = false;
  fflush(NULL);
  pid_t pid = pipe(ends) ? -1 : fork();
  if (pid < 0) {
    snprintf(error, size, "no process could be started: %s", strerror(errno));
    return NULL;
  }
  if (pid == 0) {
    close(ends[0]);
    ask(text, ends[1]);
  }
  close(ends[1]);
  return hear(ends[0], pid, crashed, error, size);
}
