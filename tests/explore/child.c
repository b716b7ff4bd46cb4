// child.c: one run in a process of its own.
// SPDX-License-Identifier: MIT
//
// The parent has one thread and never touches the runtime, so each run begins
// from the same state, and a run that crashes, hangs or breaks its heap is a
// finding and not the end.

#include "child.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int __real_sched_getcpu(void);
void *__real_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_mmap(void *hint, size_t bytes, int protection, int flags, int fd,
                  off_t offset);

static struct {
  struct child_limits limits;
  struct sched_record *record; // shared with the child
  int errors;                  // a file that is the child's stderr
} parent;

// The runtime's maps at places of their own, so that addresses in its heap do
// not depend on the process.
void *__wrap_mmap(void *hint, size_t bytes, int protection, int flags, int fd,
                  off_t offset)
{
  static char *next = (char *)(uintptr_t)UINT64_C(0x200000000000);
  const size_t step = (size_t)2 << 20;
  if (hint || fd >= 0)
    return __real_mmap(hint, bytes, protection, flags, fd, offset);
  void *p = __real_mmap(next, bytes, protection, flags | MAP_FIXED_NOREPLACE,
                        fd, offset);
  next += (bytes + 2 * step - 1) / step * step;
  return p;
}

void child_start(const struct child_limits *limits)
{
  parent.limits = *limits;
  parent.record =
      __real_mmap(NULL, sizeof *parent.record, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  parent.errors = memfd_create("errors", MFD_CLOEXEC);
  if (parent.record == MAP_FAILED || parent.errors < 0) {
    perror("explore");
    exit(3);
  }
}

// Threads that take turns do it quicker on one processor, and where who is
// woken does not come at once: who woke it is about to wait.
static void stay_here(void)
{
  cpu_set_t here;
  (void)sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
  int cpu = __real_sched_getcpu();
  CPU_ZERO(&here);
  if (cpu < 0) return;
  CPU_SET((unsigned)cpu, &here);
  (void)sched_setaffinity(0, sizeof here, &here);
}

// The first line that the child said before it died; what happened last comes
// before that, with times.
static void take_last_words(const char *how)
{
  char said[4096];
  ssize_t got = pread(parent.errors, said, sizeof said - 1, 0);
  said[got < 0 ? 0 : got] = '\0';
  char *line, *rest = NULL;
  for (line = strtok_r(said, "\n", &rest);
       line && strstr(line, " ms ago: "); line = strtok_r(NULL, "\n", &rest))
    continue;
  snprintf(parent.record->why, sizeof parent.record->why, "%s%s", how,
           line ? line : "");
}

static void judge(int status)
{
  struct sched_record *r = parent.record;
  char how[64];
  if (WIFEXITED(status) && r->outcome != SCHED_RUNNING) return;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
    r->outcome = SCHED_STUCK;
    snprintf(r->why, sizeof r->why,
             "hangs: %u seconds without a point of the scheduler",
             parent.limits.seconds);
    return;
  }
  r->outcome = SCHED_FAILED;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
    snprintf(how, sizeof how, "aborted: ");
  else if (WIFSIGNALED(status))
    snprintf(how, sizeof how, "%s: ", strsignal(WTERMSIG(status)));
  else
    snprintf(how, sizeof how, "ended with code %d: ", WEXITSTATUS(status));
  take_last_words(how);
}

const struct sched_record *child_run(const struct program *program,
                                     const struct strategy *strategy)
{
  struct sched_record *r = parent.record;
  memset(r, 0, offsetof(struct sched_record, decisions));
  r->n_hops = r->n_threads = 0;
  memset(&r->profile, 0, sizeof r->profile);
  if (ftruncate(parent.errors, 0)) abort();
  lseek(parent.errors, 0, SEEK_SET);
  fflush(NULL);
  pid_t pid = fork();
  if (pid < 0) {
    perror("explore: fork");
    exit(3);
  }
  if (!pid) {
    setrlimit(RLIMIT_CORE, &(struct rlimit){0});
    stay_here();
    dup2(parent.errors, STDERR_FILENO);
    alarm(parent.limits.seconds);
    run_program(program, &(struct sched_setup){
                             .strategy = *strategy,
                             .tick_ns = program->tick_ns,
                             .most_steps = parent.limits.most_steps,
                             .record = r});
  }
  int status;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) abort();
  judge(status);
  return r;
}
