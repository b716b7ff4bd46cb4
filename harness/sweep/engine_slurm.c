// engine_slurm.c: runs the cells of a sweep on a cluster, as job arrays.
// SPDX-License-Identifier: MIT
//
// An element of an array is one attempt at one cell: `wane sweep --cell`, on a
// node that sees the same folders. Slurm's word is only asked for who is still
// in the queue, and why something failed. Whether a cell is done, its folder
// says: COMPLETED proves nothing. Slurm is told never to start an element
// twice.
//
// An array has at most as many elements as Slurm allows, and the next is not
// submitted before so many are out of the queue. All jobs of a folder have one
// name, so that a sweep finds those that an earlier one, which was killed, has
// left behind: two attempts at one cell must not run at the same time.
//
// The first interrupt takes what waits out of the queue, and lets what runs
// finish; the second one cancels that, too. Main thread.
#include "engine.h"

#include "interrupt.h"
#include "slurm_call.h"
#include "slurm_text.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <wordexp.h>

#define POLL_LEAST_S 0.2
#define POLL_MOST_S 2.0
#define SILENCE_MOST_S 300 // for so long squeue may fail
#define APPEAR_MOST_S 20   // a folder written on a node, to be seen here
#define LEFT_MOST_S 120    // what an earlier sweep left, to be gone

// A sweep on a shared machine measures its neighbours.
static const char default_options[] = "--exclusive";

struct array {
  uint32_t job;
  size_t first, n; // of the plan's cells
};

struct element {
  bool queued;         // Slurm has it
  bool seen;           // in the last answer of squeue
  double gone_since_s; // it is not in the queue, nor is its folder there
};

struct sweep {
  const struct engine_plan *plan;
  struct element *elements; // one per cell of the plan
  struct array *arrays;
  size_t n_arrays;
  size_t submitted;    // cells of the plan, from its beginning
  size_t queued;       // elements that are queued
  uint32_t array_most; // elements in one array
  unsigned next_file;
  char name[32], user[32];
  char *folder;   // DIR/slurm
  int interrupts; // 0, 1: let it finish, 2: do not
  bool cut;       // by them: something was not done
  double poll_s, heard_s;
  char told[64]; // reason for waiting that was told last
  char *error;
  size_t error_size;
};

static double now_s(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int no_memory(struct sweep *sweep)
{
  snprintf(sweep->error, sweep->error_size, "no memory");
  return -ENOMEM;
}

// --- Slurm -----------------------------------------------------------------

static const char *const programs[] = {"sbatch", "squeue", "scancel",
                                       "scontrol"};

static bool on_path(const char *program)
{
  const char *path = getenv("PATH");
  char *copy = strdup(path ? path : ""), *rest = copy;
  bool found = false;
  for (char *folder; !found && (folder = strsep(&rest, ":"));) {
    char *file;
    if (asprintf(&file, "%s/%s", *folder ? folder : ".", program) < 0) break;
    found = access(file, X_OK) == 0;
    free(file);
  }
  free(copy);
  return found;
}

// All that Slurm is told to be; also the proof that it answers.
static int read_config(char **text, char *error, size_t error_size)
{
  char *argv[] = {"scontrol", "show", "config", NULL};
  return slurm_call(argv, text, error, error_size);
}

static int check(char *error, size_t error_size)
{
  for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
    if (on_path(programs[i])) continue;
    snprintf(error, error_size,
             "Slurm is not installed here: there is no %s in PATH",
             programs[i]);
    return -ENOENT;
  }
  char *text;
  int result = read_config(&text, error, error_size);
  free(text);
  return result;
}

// Elements are numbered from 0 to less than MaxArraySize.
static int find_array_most(struct sweep *sweep)
{
  char *text, value[32];
  int result = read_config(&text, sweep->error, sweep->error_size);
  if (result) return result;
  unsigned long most = slurm_value(text, "MaxArraySize", value, sizeof value)
                           ? strtoul(value, NULL, 10)
                           : 0;
  free(text);
  sweep->array_most = most > UINT32_MAX ? UINT32_MAX : (uint32_t)most;
  if (sweep->array_most > 0) return 0;
  snprintf(sweep->error, sweep->error_size,
           "this Slurm allows no job arrays (MaxArraySize)");
  return -EPROTO;
}

// In the queue under this name; the lines are the caller's.
static int ask_queue(struct sweep *sweep, char **lines)
{
  char *argv[] = {"squeue",           "--noheader", "--array",   "--user",
                  sweep->user,        "--name",     sweep->name, "--format",
                  SLURM_QUEUE_FORMAT, NULL};
  return slurm_call(argv, lines, sweep->error, sweep->error_size);
}

// Elements that are in the queue as `state`, or (NULL) in any way.
static void cancel(struct sweep *sweep, const char *state)
{
  char *said, error[256];
  char *argv[] = {"scancel",
                  "--quiet",
                  "--user",
                  sweep->user,
                  "--name",
                  sweep->name,
                  state ? "--state" : NULL,
                  (char *)state,
                  NULL};
  if (slurm_call(argv, &said, error, sizeof error))
    fprintf(stderr, "wane sweep: %s\n", error);
  else
    free(said);
}

// --- submitting ------------------------------------------------------------

// DIR/slurm/array-0001.END, the caller's; NULL: no memory.
static char *file_of(const struct sweep *sweep, const char *end)
{
  char *path;
  return asprintf(&path, "%s/array-%04u.%s", sweep->folder, sweep->next_file,
                  end) < 0
             ? NULL
             : path;
}

static int close_file(struct sweep *sweep, FILE *out, const char *path)
{
  bool bad = ferror(out);
  if (fclose(out) == 0 && !bad) return 0;
  snprintf(sweep->error, sweep->error_size, "%s: cannot be written: %s", path,
           strerror(errno ? errno : EIO));
  return -EIO;
}

static FILE *open_file(struct sweep *sweep, const char *path)
{
  FILE *out = path ? fopen(path, "we") : NULL;
  errno = path ? errno : ENOMEM;
  if (!out)
    snprintf(sweep->error, sweep->error_size, "%s: cannot be written: %s",
             path ? path : sweep->folder, strerror(errno));
  return out;
}

static int write_cells(struct sweep *sweep, const struct array *array,
                       const char *path)
{
  FILE *out = open_file(sweep, path);
  if (!out) return -EIO;
  for (size_t i = 0; i < array->n; i++)
    fprintf(out, "%u\n", sweep->plan->cells[array->first + i].index);
  return close_file(sweep, out, path);
}

static int write_script(struct sweep *sweep, const char *path,
                        const char *cells)
{
  char *here = getcwd(NULL, 0);
  FILE *out = here ? open_file(sweep, path) : NULL;
  if (!here)
    snprintf(sweep->error, sweep->error_size, "the current folder: %s",
             strerror(errno));
  const struct slurm_script script = {.wane = sweep->plan->wane,
                                      .directory = sweep->plan->directory,
                                      .here = here,
                                      .cells = cells,
                                      .logs = sweep->folder};
  if (out) slurm_script_write(out, &script);
  free(here);
  return out ? close_file(sweep, out, path) : -EIO;
}

static const char *word_error(int code)
{
  return code == WRDE_BADCHAR  ? "a character that must be quoted"
         : code == WRDE_SYNTAX ? "a quote that is never closed"
         : code == WRDE_CMDSUB ? "no commands can be in it"
                               : "no memory";
}

// The user's options first: of two, Slurm takes the last.
static int call_sbatch(struct sweep *sweep, const struct array *array,
                       const char *script, uint32_t *job)
{
  char numbers[32], *said;
  const char *options =
      sweep->plan->options ? sweep->plan->options : default_options;
  char *const own[] = {"--parsable", "--no-requeue", "--job-name",  sweep->name,
                       "--array",    numbers,        "--output",    "/dev/null",
                       "--error",    "/dev/null",    (char *)script};
  enum { N_OWN = sizeof own / sizeof own[0] };
  snprintf(numbers, sizeof numbers, "0-%zu", array->n - 1);
  wordexp_t words;
  int result = wordexp(options, &words, WRDE_NOCMD);
  if (result) {
    snprintf(sweep->error, sweep->error_size, "--slurm-options: %s",
             word_error(result));
    return -EINVAL;
  }
  char **argv = calloc(words.we_wordc + N_OWN + 2, sizeof *argv);
  if (argv) {
    argv[0] = "sbatch";
    memcpy(argv + 1, words.we_wordv, words.we_wordc * sizeof *argv);
    memcpy(argv + 1 + words.we_wordc, own, sizeof own);
    result = slurm_call(argv, &said, sweep->error, sweep->error_size);
  } else {
    result = no_memory(sweep);
  }
  free(argv);
  wordfree(&words);
  if (result) return result;
  *job = slurm_job_number(said);
  if (!*job)
    snprintf(sweep->error, sweep->error_size,
             "sbatch: expected the number of a job, found \"%.80s\"", said);
  free(said);
  return *job ? 0 : -EPROTO;
}

static int submit(struct sweep *sweep)
{
  size_t left = sweep->plan->n - sweep->submitted;
  struct array array = {.first = sweep->submitted,
                        .n = left < sweep->array_most ? left
                                                      : sweep->array_most};
  struct array *more =
      realloc(sweep->arrays, (sweep->n_arrays + 1) * sizeof *sweep->arrays);
  if (!more) return no_memory(sweep);
  sweep->arrays = more;
  char *script = file_of(sweep, "sh"), *cells = file_of(sweep, "cells");
  int result = script && cells ? 0 : no_memory(sweep);
  if (!result) result = write_cells(sweep, &array, cells);
  if (!result) result = write_script(sweep, script, cells);
  if (!result) result = call_sbatch(sweep, &array, script, &array.job);
  free(script);
  free(cells);
  if (result) return result;
  for (size_t i = 0; i < array.n; i++)
    sweep->elements[array.first + i].queued = true;
  more[sweep->n_arrays++] = array;
  sweep->submitted += array.n;
  sweep->queued += array.n;
  sweep->next_file++;
  return 0;
}

// --- the end of an element -------------------------------------------------

// The last line of its log that is not empty; false: it has none.
static bool last_of_log(const struct sweep *sweep, uint32_t cell, char *line,
                        size_t size)
{
  char *path, read[1024];
  FILE *in = NULL;
  *line = '\0';
  if (asprintf(&path, "%s/%06u.log", sweep->folder, cell) >= 0) {
    in = fopen(path, "re");
    free(path);
  }
  while (in && fgets(read, sizeof read, in)) {
    read[strcspn(read, "\n")] = '\0';
    if (*read) snprintf(line, size, "%.*s", (int)size - 1, read);
  }
  if (in) fclose(in);
  return *line;
}

// What Slurm knows of the element, the caller's; NULL: nothing.
static char *ask_job(const struct sweep *sweep, size_t i)
{
  char id[32], *said, error[256];
  for (size_t k = 0; k < sweep->n_arrays; k++) {
    const struct array *array = &sweep->arrays[k];
    if (i < array->first || i >= array->first + array->n) continue;
    snprintf(id, sizeof id, "%u_%zu", array->job, i - array->first);
    char *argv[] = {"scontrol", "--oneliner", "show", "job", id, NULL};
    return slurm_call(argv, &said, error, sizeof error) ? NULL : said;
  }
  return NULL;
}

static void end(struct sweep *sweep, size_t i, enum engine_end how,
                const char *sentence)
{
  const struct engine_watch *watch = &sweep->plan->watch;
  sweep->elements[i].queued = false;
  sweep->queued--;
  sweep->cut |= how == ENGINE_INTERRUPTED;
  watch->ended(&sweep->plan->cells[i], how, sentence, watch->context);
}

// Ended as it should, so its folder may be on the way through the network.
static bool may_still_appear(struct sweep *sweep, size_t i, const char *job)
{
  char state[32], code[32];
  struct element *element = &sweep->elements[i];
  if (!job || !slurm_value(job, "JobState", state, sizeof state) ||
      !slurm_value(job, "ExitCode", code, sizeof code) ||
      strcmp(state, "COMPLETED") != 0 || strcmp(code, "0:0") != 0)
    return false;
  if (isnan(element->gone_since_s)) element->gone_since_s = now_s();
  return now_s() - element->gone_since_s < APPEAR_MOST_S;
}

// Of what was cancelled before it began, Slurm may know nothing.
static bool was_cancelled(const char *job)
{
  char state[32];
  return !job || (slurm_value(job, "JobState", state, sizeof state) &&
                  strcmp(state, "CANCELLED") == 0);
}

// It is not in the queue any more.
static void settle(struct sweep *sweep, size_t i)
{
  const struct engine_cell *cell = &sweep->plan->cells[i];
  char line[256], sentence[600];
  if (engine_cell_done(cell)) {
    end(sweep, i, ENGINE_DONE, "");
    return;
  }
  char *job = ask_job(sweep, i);
  if (!may_still_appear(sweep, i, job)) {
    bool logged = last_of_log(sweep, cell->index, line, sizeof line);
    slurm_why(job, logged ? line : NULL, sentence, sizeof sentence);
    bool ours = sweep->interrupts && was_cancelled(job);
    end(sweep, i, ours ? ENGINE_INTERRUPTED : ENGINE_FAILED, sentence);
  }
  free(job);
}

// --- the queue -------------------------------------------------------------

static void see(struct sweep *sweep, const struct slurm_element *element)
{
  const struct engine_watch *watch = &sweep->plan->watch;
  for (size_t k = 0; k < sweep->n_arrays; k++) {
    const struct array *array = &sweep->arrays[k];
    if (array->job != element->job || element->index >= array->n) continue;
    size_t i = array->first + element->index;
    sweep->elements[i].seen = true;
    if (strcmp(element->state, "RUNNING") == 0)
      watch->running(&sweep->plan->cells[i], watch->context);
  }
}

// Nothing runs, and what waits may wait for ever: somebody should know.
static void tell(struct sweep *sweep, size_t running, const char *reason)
{
  if (running || !slurm_is_stuck(reason) || !strcmp(sweep->told, reason))
    return;
  snprintf(sweep->told, sizeof sweep->told, "%s", reason);
  fprintf(stderr, "wane sweep: %zu cells wait in Slurm's queue: %s\n",
          sweep->queued, reason);
}

// What is queued in Slurm's answer; then what is not there has ended.
static void look(struct sweep *sweep, char *lines)
{
  struct slurm_element element;
  char reason[64] = "", *rest = lines;
  size_t running = 0;
  for (size_t i = 0; i < sweep->submitted; i++) sweep->elements[i].seen = false;
  for (char *line; (line = strsep(&rest, "\n"));) {
    if (!slurm_queue_line(line, &element)) continue;
    see(sweep, &element);
    if (strcmp(element.state, "PENDING") == 0)
      snprintf(reason, sizeof reason, "%s", element.reason);
    else
      running++;
  }
  for (size_t i = 0; i < sweep->submitted; i++)
    if (sweep->elements[i].queued && !sweep->elements[i].seen) settle(sweep, i);
  tell(sweep, running, reason);
}

// How long to wait follows from how long Slurm takes to answer, as it has
// others to answer, too.
static int poll_queue(struct sweep *sweep)
{
  char *lines;
  size_t queued = sweep->queued;
  double before = now_s();
  int result = ask_queue(sweep, &lines);
  double after = now_s(), cost_s = after - before;
  if (!result) {
    sweep->heard_s = after;
    look(sweep, lines);
    free(lines);
  }
  sweep->poll_s *= 1.2;
  if (sweep->queued != queued) sweep->poll_s = POLL_LEAST_S;
  sweep->poll_s = fmin(POLL_MOST_S, fmax(sweep->poll_s, 10 * cost_s));
  // The daemon may be restarted; what runs, runs on.
  return after - sweep->heard_s < SILENCE_MOST_S ? 0 : result;
}

// Waits; false: a signal came.
static bool doze(double seconds)
{
  struct timespec t = {.tv_sec = (time_t)seconds};
  t.tv_nsec = (long)(1e9 * (seconds - (double)t.tv_sec));
  return ppoll(NULL, 0, &t, interrupt_mask()) == 0;
}

// The first signal may have come before it was looked for, and then comes out
// of ppoll later: that must not count as a second one.
static void heed(struct sweep *sweep, bool signalled)
{
  if (sweep->interrupts == 0 && interrupt_came()) {
    while (!doze(0)) continue;
    sweep->interrupts = 1;
    cancel(sweep, "PENDING");
  } else if (sweep->interrupts == 1 && signalled) {
    sweep->interrupts = 2;
    cancel(sweep, NULL);
  }
}

// --- what an earlier sweep of this folder left in the queue ----------------

static int clear_queue(struct sweep *sweep)
{
  bool told = false;
  for (double begin = now_s(); now_s() - begin < LEFT_MOST_S;) {
    char *lines;
    int result = ask_queue(sweep, &lines);
    if (result) return result;
    bool empty = *lines == '\0';
    free(lines);
    if (empty) return 0;
    if (!told) {
      fputs("wane sweep: cancels what an earlier sweep has left in Slurm's "
            "queue\n",
            stderr);
      cancel(sweep, NULL);
      told = true;
    }
    (void)doze(POLL_LEAST_S);
    if (interrupt_came()) return -EINTR;
  }
  snprintf(sweep->error, sweep->error_size,
           "jobs of an earlier sweep of this folder cannot be cancelled; see "
           "squeue --name %s",
           sweep->name);
  return -EBUSY;
}

int engine_slurm_left(const char *directory, char *error, size_t error_size)
{
  struct sweep sweep = {.error = error, .error_size = error_size};
  char *folder, *lines;
  if (asprintf(&folder, "%s/slurm", directory) < 0) return no_memory(&sweep);
  bool never = access(folder, F_OK) != 0;
  free(folder);
  if (never || !on_path("squeue")) return 0;
  slurm_job_name(directory, sweep.name);
  snprintf(sweep.user, sizeof sweep.user, "%u", (unsigned)getuid());
  int result = ask_queue(&sweep, &lines);
  if (result) return result;
  if (*lines) {
    snprintf(error, error_size,
             "Slurm still has cells of this sweep in its queue (squeue --name "
             "%s); expected --engine slurm, or none there",
             sweep.name);
    result = -EBUSY;
  }
  free(lines);
  return result;
}

// --- all of it -------------------------------------------------------------

static int work(struct sweep *sweep)
{
  int result = 0;
  while (!result) {
    bool left = sweep->submitted < sweep->plan->n;
    bool more = left && !sweep->interrupts;
    sweep->cut |= left && !more;
    if (!more && sweep->queued == 0) break;
    if (more && sweep->queued < sweep->array_most) result = submit(sweep);
    if (!result) heed(sweep, !doze(sweep->poll_s));
    if (!result) result = poll_queue(sweep);
  }
  if (result) cancel(sweep, NULL); // nobody would gather it
  return result ? result : sweep->cut ? -EINTR : 0;
}

// The first number under which no file is yet.
static int open_folder(struct sweep *sweep)
{
  if (asprintf(&sweep->folder, "%s/slurm", sweep->plan->directory) < 0) {
    sweep->folder = NULL;
    return no_memory(sweep);
  }
  if (mkdir(sweep->folder, 0777) && errno != EEXIST) {
    int error = errno;
    snprintf(sweep->error, sweep->error_size, "%s: cannot be created: %s",
             sweep->folder, strerror(error));
    return -error;
  }
  for (sweep->next_file = 1;; sweep->next_file++) {
    char *path = file_of(sweep, "cells");
    if (!path) return no_memory(sweep);
    bool there = access(path, F_OK) == 0;
    free(path);
    if (!there) return 0;
  }
}

static int run(const struct engine_plan *plan, char *error, size_t error_size)
{
  struct sweep sweep = {.plan = plan,
                        .poll_s = POLL_LEAST_S,
                        .error = error,
                        .error_size = error_size};
  slurm_job_name(plan->directory, sweep.name);
  snprintf(sweep.user, sizeof sweep.user, "%u", (unsigned)getuid());
  sweep.elements = calloc(plan->n + 1, sizeof *sweep.elements);
  for (size_t i = 0; sweep.elements && i < plan->n; i++)
    sweep.elements[i].gone_since_s = NAN;
  int result = sweep.elements ? open_folder(&sweep) : no_memory(&sweep);
  if (!result) result = find_array_most(&sweep);
  if (!result) result = clear_queue(&sweep);
  sweep.heard_s = now_s();
  if (!result) result = work(&sweep);
  free(sweep.elements);
  free(sweep.arrays);
  free(sweep.folder);
  return result;
}

const struct engine engine_slurm = {
    .name = "slurm",
    .help = "on a cluster, as job arrays; its nodes must see the same folders",
    .check = check,
    .run = run};
