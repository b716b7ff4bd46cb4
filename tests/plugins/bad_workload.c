// bad_workload.c: a workload that ends as it is told to.
// SPDX-License-Identifier: MIT
//
// For tests of the harness: crashes, hangs, runs out of memory, computes the
// wrong thing, reports what is no metric. With mode=ok it builds a list of
// `nodes` nodes per mutator, keeps it until finish, reports latencies and how
// often each function was called; check fails when the calls came in another
// order than workload.h promises. What is wrong with a thread: deaf never
// reaches a safepoint, locked blocks with a lock that the next mutator wants,
// vanish ends without a word, forks does so in the middle of rounds, storm gets
// thousands of signals, of which half interrupt what they come upon.

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wane/workload.h>

enum { MODE, NODES, WHERE, FILE_NAME, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [MODE] = {.name = "mode",
              .type = WANE_OPTION_STRING,
              .value = "ok",
              .help = "how it ends",
              .choices = "ok|crash|exit|hang|wrong|oom|metric|unit|prepare|"
                         "setup|needs|body|twice|late|deaf|locked|vanish|forks|"
                         "storm"},
    [NODES] = {.name = "nodes",
               .type = WANE_OPTION_INT,
               .value = "100",
               .help = "nodes of each list",
               .min = 0,
               .max = 1e9},
    [WHERE] = {.name = "iteration",
               .type = WANE_OPTION_INT,
               .value = "1",
               .help = "the iteration in which it happens",
               .min = 1,
               .max = 1000},
    [FILE_NAME] = {.name = "file",
                   .type = WANE_OPTION_STRING,
                   .value = "",
                   .help = "positional, not read"},
};

struct node {
  struct wane_object header;
  struct wane_slot next;
};

static const struct wane_type *node_type;
static struct wane_handle **lists; // one per mutator
static const char *expected;       // the call that must come next

static bool is_mode(const struct wane_workload_run *run, const char *mode)
{
  return (int64_t)run->iteration == run->options[WHERE].integer &&
         strcmp(run->options[MODE].string, mode) == 0;
}

// Notes that `call` came, and fails the run if another one had to come.
static void came(struct wane_workload_run *run, const char *call,
                 const char *next)
{
  if (expected && strcmp(call, expected) != 0)
    run->fail(run, "bad_workload: %s came, expected %s", call, expected);
  expected = next;
}

static int prepare(struct wane_workload_run *run)
{
  came(run, "prepare", "setup");
  if (is_mode(run, "prepare")) {
    run->fail(run, "bad_workload: the file \"%s\" is bad",
              run->options[FILE_NAME].string);
    return EINVAL;
  }
  lists = calloc(run->mutators, sizeof *lists);
  return lists ? 0 : ENOMEM;
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  static const uint32_t refs[] = {offsetof(struct node, next)};
  const struct wane_type_spec spec = {.name = "bad_node",
                                      .size = sizeof(struct node),
                                      .n_refs = 1,
                                      .ref_offsets = refs};
  came(run, "setup", "check");
  if (is_mode(run, "setup")) return EIO;
  if (is_mode(run, "needs")) return ENOTSUP;
  for (uint32_t i = 0; i < run->mutators; i++)
    if (!(lists[i] = wane_handle_new(m, NULL))) return ENOMEM;
  return wane_type_register(&spec, &node_type) ? EINVAL : 0;
}

// Pushes `n` nodes onto list `index`.
static int push(struct wane_mutator *m, uint32_t index, uint64_t n)
{
  for (uint64_t i = 0; i < n; i++) {
    wane_ref node = wane_alloc(m, node_type);
    if (!node) return ENOMEM;
    wane_init(m, node, &((struct node *)(void *)node)->next,
              wane_handle_get(lists[index]));
    wane_handle_set(m, lists[index], node);
  }
  return 0;
}

// --- threads that go wrong ---------------------------------------------------

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool has_lock;

// The mutator that sleeps is the culprit; the one that wants its lock is late
// too.
_Noreturn static void block_with_lock(uint32_t index)
{
  while (index && !has_lock) usleep(1000);
  pthread_mutex_lock(&lock);
  has_lock = true;
  for (;;) pause();
}

// The child goes on alone, and ends as told; the parent as if nothing had been.
static int fork_often(struct wane_mutator *m, uint32_t index, uint64_t nodes)
{
  for (int i = 0; i < 5; i++) {
    int status = -1;
    pid_t pid = fork();
    if (pid < 0) return errno;
    if (pid == 0) {
      alarm(60);
      int result = push(m, index, nodes);
      wane_collect(m);
      _exit(result ? 9 : 3);
    }
    wane_detach(m);
    waitpid(pid, &status, 0);
    wane_attach(m);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 3) return ECHILD;
    int result = push(m, index, nodes);
    if (result) return result;
  }
  return 0;
}

static uint64_t length(struct wane_mutator *m, uint32_t index)
{
  WANE_ROOTS(m, r, 1);
  uint64_t n = 0;
  for (r[0] = wane_handle_get(lists[index]); r[0]; n++)
    r[0] = wane_load(&((struct node *)(void *)r[0])->next);
  return n;
}

static _Atomic unsigned signals;

static void count_signal(int number)
{
  (void)number;
  signals++;
}

// SIGALRM from a timer, without SA_RESTART, and SIGUSR1 from itself, with it.
static int live_in_a_storm(struct wane_mutator *m, uint32_t index,
                           uint64_t nodes)
{
  struct sigaction restart = {.sa_handler = count_signal,
                              .sa_flags = SA_RESTART};
  struct sigaction interrupt = {.sa_handler = count_signal};
  const struct itimerval fast = {{0, 50}, {0, 50}}, off = {{0, 0}, {0, 0}};
  sigaction(SIGUSR1, &restart, NULL);
  sigaction(SIGALRM, &interrupt, NULL);
  setitimer(ITIMER_REAL, &fast, NULL);
  int result = 0;
  for (int i = 0; i < 200 && !result; i++) {
    for (int k = 0; k < 20; k++) kill(getpid(), SIGUSR1);
    result = push(m, index, nodes);
    if (i % 10 == 0) wane_collect(m);
  }
  setitimer(ITIMER_REAL, &off, NULL);
  if (!result && length(m, index) != 200 * nodes) result = EBADMSG;
  return result ? result : signals > 200 ? 0 : EAGAIN;
}

static int misbehave(struct wane_workload_run *run, struct wane_mutator *m,
                     uint32_t index)
{
  if (is_mode(run, "crash")) {
    signal(SIGSEGV, SIG_DFL); // a sanitizer would make it an exit
    raise(SIGSEGV);
  }
  if (is_mode(run, "exit")) _exit(0);
  if (is_mode(run, "hang")) {
    wane_detach(m);
    for (;;) pause();
  }
  uint64_t nodes = (uint64_t)run->options[NODES].integer;
  if (is_mode(run, "deaf"))
    for (;;) pause();
  if (is_mode(run, "locked")) block_with_lock(index);
  if (is_mode(run, "vanish")) pthread_exit(NULL);
  if (is_mode(run, "forks")) return fork_often(m, index, nodes);
  if (is_mode(run, "storm")) return live_in_a_storm(m, index, nodes);
  if (is_mode(run, "oom")) return push(m, index, UINT64_MAX);
  if (is_mode(run, "body")) return EIO;
  return 0;
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  int result = misbehave(run, m, index);
  if (!result) result = push(m, index, (uint64_t)run->options[NODES].integer);
  run->progress(run, 1);
  return result;
}

static void report(struct wane_workload_run *run)
{
  struct wane_histogram *h = malloc(sizeof *h);
  if (!h) return;
  wane_histogram_reset(h);
  for (uint64_t ns = 1; ns <= 100; ns++) wane_histogram_add(h, ns);
  run->report_histogram(run, "latency.simple", h);
  free(h);
  run->report(run, "requests.count", "process", "total", "count", 100);
  if (is_mode(run, "metric"))
    run->report(run, "latency.smiple", "process", "total", "ns", 1);
  if (is_mode(run, "unit"))
    run->report(run, "requests.count", "process", "total", "ns", 1);
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)m;
  came(run, "check", "finish");
  report(run);
  run->note(run, "a note\twith a tab, iteration %u", run->iteration);
  if (is_mode(run, "wrong") || is_mode(run, "twice"))
    run->fail(run, "bad_workload: expected 1, found 2");
  if (is_mode(run, "twice")) run->fail(run, "bad_workload: a second failure");
  return is_mode(run, "wrong") ? EINVAL : 0;
}

static int finish(struct wane_workload_run *run, struct wane_mutator *m)
{
  expected = "setup";
  for (uint32_t i = 0; i < run->mutators; i++) {
    if (!lists[i]) continue;
    wane_handle_set(m, lists[i], NULL);
    wane_handle_free(m, lists[i]);
    lists[i] = NULL;
  }
  return 0;
}

static void dispose(struct wane_workload_run *run)
{
  free(lists);
  if (is_mode(run, "late")) _exit(7);
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "bad_workload",
    .help = "ends as it is told to",
    .options = options,
    .n_options = N_OPTIONS,
    .positional = FILE_NAME + 1,
    .prepare = prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .finish = finish,
    .dispose = dispose,
};
