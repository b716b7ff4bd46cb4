// invoke.c: starts one invocation, watches it, and says how it ended.
// SPDX-License-Identifier: MIT
//
// Only three things decide how a run ended: what the child said (its status
// line, sent last), how the process ended, and who killed it. A process that
// ends without a status line crashed, whatever its exit code says. Main
// thread of the parent.
#include "invoke.h"

#include "clocks.h"
#include "interrupt.h"
#include "lines.h"
#include "spawn.h"
#include "wire.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define TICK_NS 100000000
#define REAP_NS 1000000 // the same when only the end is waited for
// What a killed or ended process left in its pipes is read for so long.
#define LINGER_NS 1000000000u

enum end { END_ITSELF, END_TIMEOUT, END_INTERRUPT };

struct invocation {
  const struct run_args *args;
  const struct invoke_watch *watch;
  struct record *record;
  struct spawned child;
  struct lines results, complaints;
  bool told;        // the status line came
  bool bad_line;    // a line that no child of ours writes
  char *last_words; // of its complaints
  uint64_t begin_ns;
  bool ended; // waited for
  int wait_status;
  enum end end;
};

// --- what the child says ---------------------------------------------------

static void set_reason(struct record *record, const char *text)
{
  if (!record->reason && *text) record->reason = strdup(text);
}

static void take_result(char *line, void *context)
{
  struct invocation *in = context;
  struct wire_message message;
  if (wire_parse(line, &message)) {
    in->bad_line = true;
    return;
  }
  switch (message.kind) {
  case WIRE_MEASUREMENT:
    (void)record_add(in->record, &message.measurement);
    break;
  case WIRE_ROW:
    in->watch->row(message.companion, message.text, in->watch->context);
    break;
  case WIRE_NUMA:
    in->watch->numa(message.text, in->watch->context);
    break;
  case WIRE_THREAD:
    (void)record_thread(in->record, message.text);
    break;
  case WIRE_PLACEMENT:
    (void)record_set(in->record, COLUMN_placement, "%s", message.text);
    break;
  case WIRE_COUNTERS:
    free(in->record->counters);
    in->record->counters = strdup(message.text);
    break;
  case WIRE_NOTE:
    (void)record_note(in->record, message.text);
    break;
  case WIRE_FAIL:
    set_reason(in->record, message.text);
    break;
  case WIRE_MUTATORS:
    (void)record_set(in->record, COLUMN_mutators, "%u", message.number);
    break;
  case WIRE_STATUS:
    in->told = message.number <= RUN_SKIPPED;
    in->record->status = (enum run_status)message.number;
    break;
  case WIRE_UNSTARTABLE:
    in->record->environment = true;
    set_reason(in->record, message.text);
    break;
  }
}

static void take_complaint(char *line, void *context)
{
  struct invocation *in = context;
  if (*line) {
    free(in->last_words);
    in->last_words = strdup(line);
  }
  in->watch->complaint(line, in->watch->context);
}

// --- watching --------------------------------------------------------------

static double done(const struct invocation *in)
{
  struct progress_page *page = in->child.page;
  uint32_t iteration = atomic_load(&page->iteration);
  uint32_t permille = atomic_load(&page->permille);
  if (iteration == 0) return 0;
  return (iteration - 1 + permille / 1000.0) / in->args->iterations;
}

// Kills the whole process group: whatever the workload started goes too.
static void end_it(struct invocation *in, enum end why)
{
  if (in->end != END_ITSELF) return;
  in->end = why;
  kill(-in->child.pid, SIGKILL);
  kill(in->child.pid, SIGKILL);
}

static bool open_files(const struct invocation *in)
{
  return in->results.fd >= 0 || in->complaints.fd >= 0;
}

// Waits up to a tick for something to read, and reads it.
static void read_some(struct invocation *in)
{
  struct pollfd files[2] = {{in->results.fd, POLLIN, 0},
                            {in->complaints.fd, POLLIN, 0}};
  const struct timespec tick = {0, open_files(in) ? TICK_NS : REAP_NS};
  if (ppoll(files, 2, &tick, interrupt_mask()) <= 0) return;
  if (files[0].revents && lines_read(&in->results, take_result, in))
    in->bad_line = true;
  if (files[1].revents && lines_read(&in->complaints, take_complaint, in))
    in->bad_line = true;
}

static void check_time(struct invocation *in)
{
  double seconds = (double)(clocks_wall_ns() - in->begin_ns) * 1e-9;
  double limit = in->args->timeout_s;
  if (limit > 0 && seconds > limit) end_it(in, END_TIMEOUT);
  if (interrupt_came()) end_it(in, END_INTERRUPT);
}

// Until the process has ended and its pipes are empty. A grandchild that
// keeps a pipe open is not waited for.
static void watch_it(struct invocation *in)
{
  uint64_t ended_ns = 0;
  while (!in->ended || open_files(in)) {
    read_some(in);
    in->watch->tick(done(in), in->watch->context);
    if (!in->ended) {
      check_time(in);
      in->ended =
          waitpid(in->child.pid, &in->wait_status, WNOHANG) == in->child.pid;
      ended_ns = clocks_wall_ns();
    } else if (clocks_wall_ns() - ended_ns > LINGER_NS) {
      return;
    }
  }
}

// --- the verdict -----------------------------------------------------------

__attribute__((format(printf, 3, 4))) static void
judge_as(struct invocation *in, enum run_status status, const char *format, ...)
{
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  in->record->status = status;
  free(in->record->reason);
  in->record->reason = strdup(text);
}

static void judge_death(struct invocation *in)
{
  const char *words = in->last_words ? in->last_words : "";
  const char *colon = in->last_words ? ": " : "";
  const struct record *record = in->record;
  if (record->signal)
    judge_as(in, RUN_CRASH, "signal %d (%s)%s%s", record->signal,
             strsignal(record->signal), colon, words);
  else if (!in->told)
    judge_as(in, RUN_CRASH, "exit %d without a result%s%s", record->exit_code,
             colon, words);
  else
    judge_as(in, RUN_CRASH, "exit %d after the run%s%s", record->exit_code,
             colon, words);
}

static void judge(struct invocation *in)
{
  struct record *record = in->record;
  if (WIFSIGNALED(in->wait_status))
    record->signal = WTERMSIG(in->wait_status);
  else
    record->exit_code = WEXITSTATUS(in->wait_status);
  if (in->end == END_INTERRUPT)
    judge_as(in, RUN_SKIPPED, "interrupted");
  else if (in->end == END_TIMEOUT)
    judge_as(in, RUN_TIMEOUT, "not done after %g s%s%s", in->args->timeout_s,
             in->last_words ? ": " : "", in->last_words ? in->last_words : "");
  else if (record->signal || record->exit_code || !in->told)
    judge_death(in);
  else if (in->bad_line)
    judge_as(in, RUN_CRASH, "its results could not be read");
  else if (record->status == RUN_OOM)
    set_reason(record, "the heap limit was reached");
}

static void mark_failure(struct record *record)
{
  struct measurement m = {.metric = "run.status",
                          .scope = "process",
                          .stat = "total",
                          .unit = "count",
                          .value = NAN};
  if (record->status != RUN_OK) (void)record_add(record, &m);
}

int invoke(const struct run_args *args, const struct plan *plan,
           uint32_t collector, uint32_t workload,
           const struct invoke_watch *watch, struct record *record)
{
  struct invocation in = {args, watch, record, .begin_ns = clocks_wall_ns()};
  int result = spawn_child(args, plan->collectors[collector].spec,
                           plan->workloads[workload].spec, &in.child);
  if (result) return result;
  record->status = RUN_CRASH;
  record->last_iteration = args->iterations;
  in.results.fd = in.child.results;
  in.complaints.fd = in.child.complaints;
  watch_it(&in);
  judge(&in);
  mark_failure(record);
  record->seconds = (double)(clocks_wall_ns() - in.begin_ns) * 1e-9;
  lines_free(&in.results);
  lines_free(&in.complaints);
  free(in.last_words);
  spawn_free(&in.child);
  return 0;
}
