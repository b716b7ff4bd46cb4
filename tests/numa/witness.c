// witness.c: runs a command, and writes down where the kernel has its threads
// SPDX-License-Identifier: MIT
//
//   witness OUT COMMAND [ARGUMENT]...
//
// and its memory. Shares nothing with Wane or hwloc. Each thread of each
// process that comes of COMMAND is looked at when it ends, before anything of
// it is gone: nothing is left to chance, and nothing is disturbed while it
// works. Lines of OUT; nodes and processors have the system's numbers:
//
//   cpu CPU NODE
//   thread PID TID ALLOWED CPU  ALLOWED: PUs, as "0-3"; CPU: where it was last
//   pages PID NODE POLICY PAGES policy as in numa_maps, "_" for blanks; the
//                               most pages that its mappings had on the node
//   numastat NODE KEY PAGES     on the whole machine, in the meantime
//   exit STATUS                 as a shell has it: 128 + n for signal n
//
// Exit code: STATUS; 3: no witness.

#include "kernel_word.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEYS 6

static FILE *out;

static void die(const char *what)
{
  fprintf(stderr, "witness: %s: %s\n", what, strerror(errno));
  exit(3);
}

// The number behind `key`, as in "Tgid:\t12"; -1: there is none.
static long number_after(const char *text, const char *key)
{
  const char *at = text ? strstr(text, key) : NULL;
  return at ? strtol(at + strlen(key), NULL, 10) : -1;
}

// --- memory -----------------------------------------------------------------

// One process's pages under one policy; the most that were seen at a time.
static struct seen {
  long pid;
  char policy[64];
  size_t now[KERNEL_NODES], most[KERNEL_NODES];
} *seen;
static size_t n_seen;

static struct seen *seen_of(long pid, const char *policy)
{
  for (size_t i = 0; i < n_seen; i++)
    if (seen[i].pid == pid && strcmp(seen[i].policy, policy) == 0)
      return &seen[i];
  seen = realloc(seen, (n_seen + 1) * sizeof *seen);
  if (!seen) die("no memory");
  seen[n_seen] = (struct seen){.pid = pid};
  snprintf(seen[n_seen].policy, sizeof seen->policy, "%s", policy);
  return &seen[n_seen++];
}

// Files are where whoever read them first was: not ours to say.
static void add_area(const struct kernel_area *area, void *context)
{
  if (area->file) return;
  struct seen *s = seen_of(*(long *)context, area->policy);
  for (int i = 0; i < KERNEL_NODES; i++) s->now[i] += area->pages[i];
}

static void look_at_memory(long pid, long tid)
{
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/task/%ld/numa_maps", pid, tid);
  if (!kernel_areas(path, add_area, &pid)) return;
  for (size_t i = 0; i < n_seen; i++)
    for (int node = 0; node < KERNEL_NODES; node++) {
      struct seen *s = &seen[i];
      if (s->now[node] > s->most[node]) s->most[node] = s->now[node];
      s->now[node] = 0;
    }
}

static void write_memory(void)
{
  for (size_t i = 0; i < n_seen; i++) {
    for (char *c = seen[i].policy; *c; c++)
      if (*c == ' ') *c = '_';
    for (int node = 0; node < KERNEL_NODES; node++)
      if (seen[i].most[node])
        fprintf(out, "pages %ld %d %s %zu\n", seen[i].pid, node,
                seen[i].policy, seen[i].most[node]);
  }
}

// --- threads ----------------------------------------------------------------

// The 39th word of a thread's stat; its name, in brackets, may have blanks.
static int last_cpu(const char *stat)
{
  const char *at = stat ? strrchr(stat, ')') : NULL;
  for (int word = 2; at && word < 39; word++)
    if ((at = strchr(at, ' '))) at++;
  return at ? atoi(at) : -1;
}

static void look_at_thread(long tid)
{
  static const char allowed[] = "Cpus_allowed_list:\t";
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/status", tid);
  char *status = kernel_file(path);
  snprintf(path, sizeof path, "/proc/%ld/task/%ld/stat", tid, tid);
  char *stat = kernel_file(path);
  long pid = number_after(status, "Tgid:\t");
  const char *list = status ? strstr(status, allowed) : NULL;
  if (list && pid > 0) {
    list += sizeof allowed - 1;
    fprintf(out, "thread %ld %ld %.*s %d\n", pid, tid,
            (int)strcspn(list, "\n"), list, last_cpu(stat));
    look_at_memory(pid, tid);
  }
  free(status);
  free(stat);
}

// --- the machine ------------------------------------------------------------

static const char *const keys[KEYS] = {"numa_hit ",       "numa_miss ",
                                       "numa_foreign ",   "interleave_hit ",
                                       "local_node ",     "other_node "};
static long stats[KERNEL_NODES][KEYS]; // -1: no such node

static void read_stats(bool after)
{
  char path[96];
  for (int node = 0; node < KERNEL_NODES; node++) {
    snprintf(path, sizeof path, "/sys/devices/system/node/node%d/numastat",
             node);
    char *text = kernel_file(path);
    for (int i = 0; i < KEYS; i++) {
      long now = number_after(text, keys[i]);
      if (after && now >= 0)
        fprintf(out, "numastat %d %s%ld\n", node, keys[i],
                now - stats[node][i]);
      stats[node][i] = now;
    }
    free(text);
  }
}

static void write_cpus(void)
{
  for (int cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++)
    fprintf(out, "cpu %d %d\n", cpu, kernel_node_of_cpu(cpu));
}

// --- the command ------------------------------------------------------------

#define EVENTS                                                                 \
  (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |            \
   PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL)

// Waits to be followed before it becomes the command.
static pid_t start(char **command)
{
  int gate[2];
  char byte = 0;
  if (pipe(gate)) die("pipe");
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid == 0) {
    close(gate[1]);
    if (read(gate[0], &byte, 1) == 1) execvp(command[0], command);
    fprintf(stderr, "witness: %s: %s\n", command[0], strerror(errno));
    _exit(127);
  }
  if (ptrace(PTRACE_SEIZE, pid, NULL, EVENTS)) die("ptrace");
  if (write(gate[1], &byte, 1) != 1) die("pipe");
  close(gate[0]);
  close(gate[1]);
  return pid;
}

// Lets a thread go on that stopped; signals are its own affair.
static void go_on(pid_t tid, int status)
{
  int event = status >> 16, signal = event ? 0 : WSTOPSIG(status);
  if (event == PTRACE_EVENT_EXIT) look_at_thread(tid);
  ptrace(PTRACE_CONT, tid, NULL, (long)signal);
}

// Until nothing is left of it. Its status as a shell has it.
static int follow(pid_t command)
{
  int result = 0, status;
  pid_t tid;
  while ((tid = waitpid(-1, &status, __WALL)) > 0 ||
         (tid < 0 && errno == EINTR)) {
    if (tid < 0) continue;
    if (WIFSTOPPED(status))
      go_on(tid, status);
    else if (tid == command)
      result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return result;
}

int main(int argc, char **argv)
{
  if (argc < 3) {
    fputs("witness: usage: witness OUT COMMAND [ARGUMENT]...\n", stderr);
    return 3;
  }
  out = fopen(argv[1], "we");
  if (!out) die(argv[1]);
  write_cpus();
  read_stats(false);
  fflush(out);
  int status = follow(start(argv + 2));
  read_stats(true);
  write_memory();
  fprintf(out, "exit %d\n", status);
  if (fclose(out)) die(argv[1]);
  return status;
}
