// trace_record.c: wane trace record: run a script, keep what its heap did.
// SPDX-License-Identifier: MIT
//
// The recording interpreter (workloads/recorder) is built by its script when
// it is not there yet or its sources have changed. It writes a raw trace into
// a folder of its own beside the output; from that gct_cut makes the trace,
// with checkpoints whose oracles come from its own walk over the graph, and
// gct_verify judges what lies on the disk. Only then the file gets its name.
#include "trace_record.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exit_code.h"
#include "gct_cut.h"
#include "interrupt.h"
#include "trace_report.h"
#include "trace_stats.h"

static const char usage[] =
    "usage: wane trace record [-o FILE] [--checkpoint N] [--paranoid]\n"
    "                         [--level N] [--raw] -- SCRIPT.py [ARG]...\n"
    "\n"
    "Runs a Python 3.11 script and writes down what it does to its heap: each\n"
    "birth, death, pointer store, root and weak reference, at each point\n"
    "where its own collector could run. `-m MODULE` and `-c COMMAND` do\n"
    "instead of SCRIPT.py. The first use builds the recording interpreter\n"
    "(minutes).\n"
    "\n"
    "-o FILE         the trace [SCRIPT.gct]\n"
    "--checkpoint N  a checkpoint each N events [125000]\n"
    "--paranoid      at each of them, read all containers again: what was\n"
    "                missed is exit code 4\n"
    "--level N       of zstd, 0 to 22 [19]\n"
    "--raw           keep the raw recording, as FILE.raw\n"
    "\n"
    "The trace begins with the script's first line, or anew at\n"
    "  sys.audit('wane.trace', 'start')\n"
    "and ends with the script, or at sys.audit('wane.trace', 'end'). Hash\n"
    "seed (PYTHONHASHSEED, else 0) and addresses are fixed: a script of one\n"
    "thread that does the same twice gives the same file, byte for byte. When\n"
    "it fails, its exit code is that of this command and there is no trace.\n"
    "WANE_RECORDER_DIR is where the interpreter is built and kept\n"
    "[~/.cache/wane/recorder].\n";

struct record {
  char *output, *folder, *raw, *whole;
  char interpreter[PATH_MAX];
  uint64_t checkpoint, level;
  bool paranoid, keep_raw;
  char **script; // and its arguments; NULL at the end
};

static int fail(int code, const char *what, const char *why)
{
  fprintf(stderr, "wane trace record: %s: %s\n", what, why);
  return code;
}

// ---- the command line

static bool set_option(struct record *r, const char *option, char *value)
{
  if (strcmp(option, "-o") == 0 || strcmp(option, "--output") == 0)
    return *(r->output = value) != 0;
  if (strcmp(option, "--checkpoint") == 0)
    return trace_number(value, UINT64_MAX, &r->checkpoint) && r->checkpoint;
  return trace_number(value, 22, &r->level);
}

static int wrong(const char *what, const char *token)
{
  fprintf(stderr, "wane trace record: %s: %s\n%s", what, token, usage);
  return WANE_EXIT_USAGE;
}

static int parse(struct record *r, int argc, char **argv)
{
  int i = 2;
  for (; i < argc && argv[i][0] == '-' && strcmp(argv[i], "--") != 0; i++) {
    bool takes = strcmp(argv[i], "-o") == 0 ||
                 strcmp(argv[i], "--output") == 0 ||
                 strcmp(argv[i], "--checkpoint") == 0 ||
                 strcmp(argv[i], "--level") == 0;
    if (strcmp(argv[i], "--paranoid") == 0) {
      r->paranoid = true;
    } else if (strcmp(argv[i], "--raw") == 0) {
      r->keep_raw = true;
    } else if (!takes) {
      return wrong("unknown option", argv[i]);
    } else if (i + 1 == argc) {
      return wrong("option without a value", argv[i]);
    } else {
      if (!set_option(r, argv[i], argv[i + 1]))
        return wrong("bad value", argv[i + 1]);
      i++;
    }
  }
  i += i < argc && strcmp(argv[i], "--") == 0;
  if (i == argc) return wrong("what to record?", "no script");
  r->script = argv + i;
  return WANE_EXIT_OK;
}

// ---- names

// SCRIPT.gct in this folder, unless told; and the folder for the raw trace.
static int choose_names(struct record *r)
{
  if (!r->output) {
    char *copy = strdup(r->script[0][0] == '-' ? "recorded" : r->script[0]);
    char *name = copy ? basename(copy) : NULL;
    char *dot = name ? strrchr(name, '.') : NULL;
    if (dot && dot > name) *dot = 0;
    if (!name || asprintf(&r->output, "%s.gct", name) < 0) r->output = NULL;
    free(copy);
  }
  if (!r->output || asprintf(&r->folder, "%s.part-XXXXXX", r->output) < 0)
    return fail(WANE_EXIT_ENVIRONMENT, "memory", strerror(ENOMEM));
  if (!mkdtemp(r->folder)) {
    int code = fail(WANE_EXIT_ENVIRONMENT, r->output, strerror(errno));
    free(r->folder);
    r->folder = NULL;
    return code;
  }
  if (asprintf(&r->raw, "%s/raw.gct", r->folder) < 0 ||
      asprintf(&r->whole, "%s/whole.gct", r->folder) < 0)
    return fail(WANE_EXIT_ENVIRONMENT, "memory", strerror(ENOMEM));
  return WANE_EXIT_OK;
}

// Removes the folder and what is in it: also what a killed child left.
static void clean_up(const struct record *r)
{
  DIR *dir = r->folder ? opendir(r->folder) : NULL;
  for (struct dirent *entry; dir && (entry = readdir(dir));)
    if (entry->d_name[0] != '.') unlinkat(dirfd(dir), entry->d_name, 0);
  if (dir) closedir(dir);
  if (r->folder) rmdir(r->folder);
}

// ---- processes

// Waits; hands interruptions on. Returns what waitpid gave, or -1.
static int wait_for(pid_t pid)
{
  int status = -1, fd = (int)syscall(SYS_pidfd_open, pid, 0);
  struct pollfd end = {.fd = fd, .events = POLLIN};
  bool told = false;
  while (fd >= 0 && ppoll(&end, 1, NULL, interrupt_mask()) < 0)
    if (interrupt_came() && !told) {
      kill(pid, SIGTERM);
      told = true;
    }
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (fd >= 0) close(fd);
  return status;
}

// Runs the build script; its last line is the interpreter.
static int build(struct record *r)
{
  char exe[PATH_MAX], script[PATH_MAX + 64], *dir;
  const char *home = getenv("HOME"), *cache = getenv("XDG_CACHE_HOME");
  const char *chosen = getenv("WANE_RECORDER_DIR");
  ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
  exe[n > 0 ? n : 0] = 0;
  snprintf(script, sizeof script, "%s/../share/wane/recorder/build.sh",
           dirname(exe));
  if (access(script, X_OK) != 0)
    return fail(WANE_EXIT_ENVIRONMENT, script, strerror(errno));
  if (!chosen && !cache && !home)
    return fail(WANE_EXIT_ENVIRONMENT, "WANE_RECORDER_DIR",
                "not set, and neither is HOME");
  if ((chosen  ? asprintf(&dir, "%s", chosen)
       : cache ? asprintf(&dir, "%s/wane/recorder", cache)
               : asprintf(&dir, "%s/.cache/wane/recorder", home)) < 0)
    return fail(WANE_EXIT_ENVIRONMENT, "memory", strerror(ENOMEM));
  int ends[2];
  pid_t pid = pipe(ends) == 0 ? fork() : -1;
  if (pid == 0) {
    interrupt_restore();
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl(script, script, dir, (char *)NULL);
    _exit(127);
  }
  free(dir);
  if (pid < 0) return fail(WANE_EXIT_ENVIRONMENT, "fork", strerror(errno));
  close(ends[1]);
  int status = wait_for(pid);
  n = read(ends[0], r->interpreter, sizeof r->interpreter - 1);
  close(ends[0]);
  if (interrupt_came()) return WANE_EXIT_INTERRUPTED;
  if (status != 0 || n <= 1) return WANE_EXIT_ENVIRONMENT; // it has said why
  r->interpreter[n - 1] = 0;
  return WANE_EXIT_OK;
}

static void become_interpreter(const struct record *r)
{
  size_t n = 0;
  char every[32];
  while (r->script[n]) n++;
  char **argv = calloc(n + 2, sizeof *argv);
  if (!argv) _exit(127);
  argv[0] = (char *)r->interpreter;
  memcpy(argv + 1, r->script, n * sizeof *argv);
  setenv("WANE_RECORD_OUT", r->raw, 1);
  snprintf(every, sizeof every, "%" PRIu64, r->checkpoint);
  if (r->paranoid) setenv("WANE_RECORD_CHECK", every, 1);
  setenv("PYTHONHASHSEED", "0", 0);
  setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
  personality(ADDR_NO_RANDOMIZE);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  execv(r->interpreter, argv);
  _exit(127);
}

// 0, or the code to exit with: the script's own if it is the script's fault.
static int run_script(const struct record *r)
{
  char why[64];
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    interrupt_restore();
    become_interpreter(r);
  }
  if (pid < 0) return fail(WANE_EXIT_ENVIRONMENT, "fork", strerror(errno));
  int status = wait_for(pid);
  if (interrupt_came()) return WANE_EXIT_INTERRUPTED;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    if (access(r->raw, R_OK) == 0) return 0;
    return fail(WANE_EXIT_EXPERIMENT, r->script[0],
                "it ended without a trace (by os._exit?)");
  }
  if (WIFSIGNALED(status))
    snprintf(why, sizeof why, "killed by signal %d; no trace is written",
             WTERMSIG(status));
  else
    snprintf(why, sizeof why, "exit code %d; no trace is written",
             WEXITSTATUS(status));
  return fail(WIFEXITED(status) ? WEXITSTATUS(status) : WANE_EXIT_EXPERIMENT,
              r->script[0], why);
}

// ---- the trace

// The script and its arguments as one line of meta data.
static char *command_of(const struct record *r)
{
  size_t length = 1;
  for (char **word = r->script; *word; word++) length += strlen(*word) + 1;
  char *line = calloc(length, 1);
  if (!line) return NULL;
  char *copy = strdup(r->script[0]);
  strcat(line, copy ? basename(copy) : "?");
  free(copy);
  for (char **word = r->script + 1; *word; word++)
    strcat(strcat(line, " "), *word);
  for (char *c = line; *c; c++)
    if ((unsigned char)*c < 32 || *c == 127) *c = ' ';
  return line;
}

static int make_whole(const struct record *r, struct gct_error *error)
{
  const char *seed = getenv("PYTHONHASHSEED");
  char *command = command_of(r);
  const struct gct_meta meta[] = {{"program", command ? command : "?"},
                                  {"recorder", "wane, CPython 3.11"},
                                  {"hash_seed", seed ? seed : "0"}};
  struct gct_cut_options options = {.every = r->checkpoint,
                                    .level = (int)r->level,
                                    .meta = meta,
                                    .n_meta = 3};
  struct gct_cut_result made;
  struct gct_file *file;
  struct trace_progress progress;
  int result = gct_open(r->raw, &file, error);
  if (result == 0) {
    gct_progress *show = trace_progress_begin(&progress, "checkpoints");
    result =
        gct_cut(file, r->whole, &options, show, &progress, &made, error);
    trace_progress_end(&progress);
    gct_close(file);
  }
  free(command);
  return result;
}

static int verify(const struct record *r, struct gct_error *error)
{
  struct gct_report found;
  struct gct_file *file;
  struct trace_progress progress;
  int result = gct_open(r->whole, &file, error);
  if (result != 0) return result;
  gct_progress *show = trace_progress_begin(&progress, "verifying");
  result = gct_verify(file, show, &progress, &found, error);
  trace_progress_end(&progress);
  gct_close(file);
  return result;
}

// What the trace is like.
static int print_demographics(const struct record *r)
{
  char *argv[] = {"wane", "stats", "--brief", "--", r->output, NULL};
  return wane_trace_stats(5, argv);
}

static int make_trace(const struct record *r)
{
  struct gct_error error;
  char kept[PATH_MAX];
  int result = make_whole(r, &error);
  if (result == 0) result = verify(r, &error);
  if (result != 0) return trace_report(r->output, result, &error);
  snprintf(kept, sizeof kept, "%s.raw", r->output);
  if (rename(r->whole, r->output) != 0 ||
      (r->keep_raw && rename(r->raw, kept) != 0))
    return fail(WANE_EXIT_ENVIRONMENT, r->output, strerror(errno));
  return print_demographics(r);
}

int wane_trace_record(int argc, char **argv)
{
  struct record r = {.checkpoint = 125000, .level = 19};
  if (argc > 2 && strcmp(argv[2], "--help") == 0) {
    fputs(usage, stdout);
    return WANE_EXIT_OK;
  }
  int code = parse(&r, argc, argv);
  if (code != WANE_EXIT_OK) return code;
  interrupt_install();
  code = build(&r);
  if (code == WANE_EXIT_OK) code = choose_names(&r);
  if (code == WANE_EXIT_OK) code = run_script(&r);
  if (code == WANE_EXIT_OK) code = make_trace(&r);
  clean_up(&r);
  return code;
}
