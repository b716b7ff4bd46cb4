// experiment_mutators.c: how many mutators a workload has, if asked for some.
// SPDX-License-Identifier: MIT
//
// Only the workload knows, once it has read its file (workload.h: prepare). It
// is asked in a process of its own, whose memory goes with it. One that does
// not answer has as many as asked: its cells will say what is wrong. Main
// thread.
#include "experiment_parts.h"

#include "exit_code.h"
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 60 }; // seconds

bool experiment_repeats(const struct experiment_benchmark *benchmark, size_t m)
{
  for (size_t k = 0; benchmark->effective && k < m; k++)
    if (benchmark->effective[k] == benchmark->effective[m]) return true;
  return false;
}

static void say_nothing(struct wane_workload_run *run, const char *format, ...)
{
  (void)run;
  (void)format;
}

_Noreturn static void answer(const struct reading *reading,
                             const struct plan_workload *workload,
                             uint32_t mutators, int out)
{
  struct wane_workload_run run = {.size = sizeof run,
                                  .mutators = mutators,
                                  .options = workload->options.values,
                                  .seed = reading->it->seed,
                                  .iteration = 1,
                                  .fail = say_nothing,
                                  .note = say_nothing};
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  alarm(PATIENCE);
  bool good = workload->plugin->prepare(&run) == 0 && run.mutators;
  good = good && write(out, &run.mutators, sizeof run.mutators) ==
                     (ssize_t)sizeof run.mutators;
  _exit(good ? 0 : 1);
}

static uint32_t ask(const struct reading *reading,
                    const struct plan_workload *workload, uint32_t mutators)
{
  int ends[2], status;
  uint32_t found;
  fflush(NULL);
  if (pipe(ends)) return mutators;
  pid_t pid = fork();
  if (pid == 0) answer(reading, workload, mutators, ends[1]);
  close(ends[1]);
  bool heard = pid > 0 && read(ends[0], &found, sizeof found) ==
                              (ssize_t)sizeof found;
  close(ends[0]);
  while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return heard ? found : mutators;
}

int reading_mutators(const struct reading *reading,
                     struct experiment_benchmark *benchmark,
                     const struct plan_workload *workload)
{
  const struct experiment *it = reading->it;
  if (it->n_mutators < 2 || !workload->plugin->prepare) return WANE_EXIT_OK;
  uint32_t *effective =
      reading_keep(reading, calloc(it->n_mutators, sizeof *effective));
  if (!effective) return WANE_EXIT_ENVIRONMENT;
  for (size_t m = 0; m < it->n_mutators; m++)
    effective[m] = ask(reading, workload, it->mutators[m]);
  benchmark->effective = effective;
  return WANE_EXIT_OK;
}
