// main.c: explore: searches schedules of small programs for a failure.
// SPDX-License-Identifier: MIT

#include "finding.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

static const char usage[] =
    "usage: explore [options]\n"
    "  --seed N            the first program's [1]\n"
    "  --runs N            schedules at most [no bound]\n"
    "  --budget S          seconds of processor time [60; 0: no bound]\n"
    "  --strategy NAME     walk, pct, bounded, steps or mixed [mixed]\n"
    "  --depth N           of pct, or preemptions [1 to 6, drawn]\n"
    "  --schedules N       of each program [50]\n"
    "  --collector NAMES   separated by commas [all]\n"
    "  --keep FILE         the failure found, before it is cut down\n"
    "  --save FILE         the failure found\n"
    "  --minimise S        such seconds to cut it down [20; 0: none]\n"
    "  --program FILE      only other schedules of a file's program\n"
    "  --replay FILE       runs what a file holds\n"
    "  --steps N           points of a run at most [2000000]\n"
    "  --hashes            prints the hash of each run\n"
    "Exit code: 0 nothing found (or replayed and passed), 1 found, 2 usage,\n"
    "3 environment.\n";

static struct {
  uint64_t seed, runs, schedules;
  double budget, minimise;
  const char *strategy, *collectors, *save, *keep, *replay, *program;
  uint32_t depth;
  uint64_t steps;
  bool hashes;
} options = {.seed = 1,
             .budget = 60,
             .minimise = 20,
             .schedules = 50,
             .strategy = "mixed",
             .steps = 2000000,
             .collectors = "rc,trial_deletion,trial_deletion_stw,cpython,"
                           "concurrent_mark_sweep,satb_mark_sweep,"
                           "mark_sweep_stw"};

#define COLLECTORS 8

static char names[COLLECTORS][32];
static uint32_t n_names;

static bool take_collectors(void)
{
  for (const char *s = options.collectors; *s;) {
    size_t n = strcspn(s, ",");
    if (n_names == COLLECTORS || n >= sizeof names[0]) return false;
    memcpy(names[n_names], s, n);
    if (!run_collector(names[n_names++])) return false;
    s += n + (s[n] == ',');
  }
  return n_names;
}

static bool take_options(int argc, char **argv)
{
  static const struct option known[] = {
      {"seed", 1, NULL, 's'},      {"runs", 1, NULL, 'r'},
      {"budget", 1, NULL, 'b'},    {"strategy", 1, NULL, 't'},
      {"depth", 1, NULL, 'd'},     {"schedules", 1, NULL, 'n'},
      {"collector", 1, NULL, 'c'}, {"save", 1, NULL, 'f'},
      {"keep", 1, NULL, 'k'},      {"minimise", 1, NULL, 'm'},
      {"replay", 1, NULL, 'p'},    {"steps", 1, NULL, 'l'},
      {"hashes", 0, NULL, 'h'},    {"program", 1, NULL, 'g'},
      {NULL, 0, NULL, 0}};
  int c;
  while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
    switch (c) {
    case 's': options.seed = strtoull(optarg, NULL, 0); break;
    case 'r': options.runs = strtoull(optarg, NULL, 0); break;
    case 'b': options.budget = strtod(optarg, NULL); break;
    case 't': options.strategy = optarg; break;
    case 'd': options.depth = (uint32_t)strtoul(optarg, NULL, 0); break;
    case 'n': options.schedules = strtoull(optarg, NULL, 0); break;
    case 'c': options.collectors = optarg; break;
    case 'f': options.save = optarg; break;
    case 'k': options.keep = optarg; break;
    case 'm': options.minimise = strtod(optarg, NULL); break;
    case 'p': options.replay = optarg; break;
    case 'g': options.program = optarg; break;
    case 'l': options.steps = strtoull(optarg, NULL, 0); break;
    case 'h': options.hashes = true; break;
    default: return false;
    }
  }
  return optind == argc && options.schedules && options.steps &&
         options.depth <= STRATEGY_DEPTH && take_collectors() &&
         (!strcmp(options.strategy, "mixed") ||
          !strcmp(options.strategy, "walk") ||
          !strcmp(options.strategy, "pct") ||
          !strcmp(options.strategy, "steps") ||
          !strcmp(options.strategy, "bounded"));
}

// The strategy of schedule `i` of a program.
static struct strategy choose(uint64_t seed, uint64_t i,
                              const struct strategy_profile *profile)
{
  static const enum strategy_kind mix[] = {
      STRATEGY_STEPS, STRATEGY_BOUNDED, STRATEGY_STEPS, STRATEGY_PCT,
      STRATEGY_STEPS, STRATEGY_WALK,    STRATEGY_STEPS, STRATEGY_BOUNDED,
      STRATEGY_PCT,   STRATEGY_WALK};
  struct strategy s = {.kind = i ? mix[i % 10] : STRATEGY_DEFAULT,
                       .seed = strategy_mix(seed * 1000003 + i),
                       .profile = profile};
  if (i && !strcmp(options.strategy, "walk")) s.kind = STRATEGY_WALK;
  if (i && !strcmp(options.strategy, "pct")) s.kind = STRATEGY_PCT;
  if (i && !strcmp(options.strategy, "bounded")) s.kind = STRATEGY_BOUNDED;
  if (i && !strcmp(options.strategy, "steps")) s.kind = STRATEGY_STEPS;
  s.depth = options.depth ? options.depth
                          : 1 + (uint32_t)(strategy_mix(s.seed) % 6);
  return s;
}

struct totals {
  uint64_t runs, steps, programs;
  double begin;
};

static bool over(const struct totals *t)
{
  return (options.runs && t->runs >= options.runs) ||
         (options.budget > 0 &&
          finding_clock() - t->begin >= options.budget);
}

static int found(struct finding *f, const struct totals *t, uint64_t seed,
                 const struct strategy *s)
{
  printf("FOUND after %.2f s, %" PRIu64 " runs: seed %" PRIu64
         ", strategy %s, depth %u: %s\n",
         finding_clock() - t->begin, t->runs, seed, strategy_name(s->kind),
         s->depth, f->why);
  fflush(stdout);
  if (options.keep && !finding_write(f, options.keep)) return 3;
  if (options.minimise > 0) {
    uint32_t operations = program_operations(&f->program);
    uint32_t decisions = f->n_decisions;
    double begin = finding_clock();
    uint32_t runs = finding_minimise(f, seed, options.minimise);
    printf("cut down in %.1f s, %u runs: %u operations to %u, %u decisions "
           "to %u\n",
           finding_clock() - begin, runs, operations,
           program_operations(&f->program), decisions, f->n_decisions);
  }
  const struct sched_record *r = finding_run(f);
  if (r->hash != f->hash)
    printf("NOT DETERMINISTIC: %016" PRIx64 ", but now %016" PRIx64 "\n",
           f->hash, r->hash);
  finding_show(stdout, f, r);
  if (options.save && !finding_write(f, options.save)) return 3;
  return 1;
}

// The program of a seed, or the one that is given.
static void make_program(struct program *p, uint64_t seed,
                         const struct finding *given)
{
  if (given) {
    *p = given->program;
    return;
  }
  const char *name = names[seed % n_names];
  const struct wane_collector *c = run_collector(name);
  struct program_for what = {
      .weak = c->claims & WANE_CLAIM_WEAK,
      .counts = c->barrier == WANE_BARRIER_RC_LOG,
      .traces = c->needs & WANE_NEED_MARKS};
  program_make(p, seed, name, &what);
}

// All schedules of one program; true: found, in `f`.
static bool explore_program(struct totals *t, uint64_t seed,
                            const struct finding *given, struct finding *f,
                            struct strategy *s)
{
  static struct program p;
  static struct strategy_profile profile;
  memset(&profile, 0, sizeof profile);
  make_program(&p, seed, given);
  t->programs++;
  for (uint64_t i = 0; i < options.schedules && !over(t); i++) {
    *s = choose(seed, i, &profile);
    const struct sched_record *r = child_run(&p, s);
    strategy_learn(&profile, &r->profile);
    t->runs++;
    t->steps += r->steps;
    if (options.hashes)
      printf("hash %016" PRIx64 " seed %" PRIu64 " schedule %" PRIu64 "\n",
             r->hash, seed, i);
    if (!child_failed(r)) continue;
    finding_take(f, &p, r);
    return true;
  }
  return false;
}

static int explore(void)
{
  static struct finding f, given;
  struct totals t = {.begin = finding_clock()};
  struct strategy s;
  if (options.program && !finding_read(&given, options.program)) return 3;
  for (uint64_t seed = options.seed; !over(&t); seed++)
    if (explore_program(&t, seed, options.program ? &given : NULL, &f, &s))
      return found(&f, &t, seed, &s);
  printf("nothing found: %" PRIu64 " programs from seed %" PRIu64 ", %" PRIu64
         " runs, %.0f points a run, %.1f s\n",
         t.programs, options.seed, t.runs,
         (double)t.steps / (double)(t.runs ? t.runs : 1),
         finding_clock() - t.begin);
  return 0;
}

static int replay(void)
{
  static struct finding f;
  if (!finding_read(&f, options.replay)) return 3;
  uint64_t expected = f.hash;
  const struct sched_record *r = finding_run(&f);
  finding_take(&f, &f.program, r);
  finding_show(stdout, &f, r);
  printf("hash %016" PRIx64 ", %s\n", r->hash,
         r->hash == expected ? "as recorded" : "NOT as recorded");
  return child_failed(r);
}

// What is learned of a program is learned by address, so a seed gives the same
// schedules in every process only where addresses are the same. Where this is
// refused, recorded schedules can be replayed all the same.
static void fix_addresses(char **argv)
{
  int now = personality(0xffffffff);
  if (now < 0 || now & ADDR_NO_RANDOMIZE) return;
  if (personality((unsigned long)now | ADDR_NO_RANDOMIZE) < 0) return;
  if (personality(0xffffffff) & ADDR_NO_RANDOMIZE)
    execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
  fix_addresses(argv);
  if (!take_options(argc, argv)) {
    fputs(usage, stderr);
    return 2;
  }
  child_start(&(struct child_limits){.most_steps = options.steps,
                                     .seconds = 20});
  return options.replay ? replay() : explore();
}
