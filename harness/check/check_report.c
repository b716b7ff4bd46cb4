// check_report.c: verdicts as one JSON value, and that value as text.
// SPDX-License-Identifier: MIT
#include "check_report.h"

#include "check_laws.h"
#include "clocks.h"
#include "exit_code.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAID_MOST 16 // lines of standard error that people are shown

struct check_report {
  const struct check_args *args;
  json_t *value;
  json_t *laws; // its array
  uint64_t begin_ns;
};

static const char *text(const json_t *object, const char *key)
{
  const char *value = json_string_value(json_object_get(object, key));
  return value ? value : "";
}

static json_t *law_of(const struct check_report *r, const char *law)
{
  size_t i;
  json_t *one;
  json_array_foreach(r->laws, i, one) if (strcmp(text(one, "law"), law) == 0)
      return one;
  return NULL;
}

void check_report_law(struct check_report *r, const char *law,
                      const char *sentence)
{
  if (law_of(r, law)) return;
  json_array_append_new(
      r->laws, json_pack("{s:s, s:s, s:s, s:i, s:f, s:i}", "law", law,
                         "sentence", sentence, "verdict", "untried", "runs", 0,
                         "seconds", 0.0, "untried", 0));
}

struct check_report *check_report_open(const struct check_args *args,
                                       const json_t *about)
{
  struct check_report *r = calloc(1, sizeof *r);
  if (!r) abort();
  r->args = args;
  r->begin_ns = clocks_wall_ns();
  r->laws = json_array();
  r->value = json_pack(
      "{s:s, s:s, s:I, s:O?, s:o}", "collector", args->collector, "tier",
      args->full ? "full" : "quick", "seed", (json_int_t)args->seed, "about",
      (json_t *)(uintptr_t)about, "laws", r->laws);
  if (!r->value) abort();
  check_report_law(r, CHECK_LOADS, "it can be loaded, which harms nothing");
  if (!about) return r;
  check_report_law(r, CHECK_ENDS, "every run ends");
  if (json_is_true(json_object_get(about, "frees_all")))
    check_report_law(r, CHECK_LEAKS,
                     "nothing is left when everything was dropped");
  return r;
}

void check_report_close(struct check_report *r)
{
  if (r) json_decref(r->value);
  free(r);
}

static void set_verdict(json_t *law, const char *verdict)
{
  json_object_set_new(law, "verdict", json_string(verdict));
}

static void count(json_t *law, double seconds)
{
  json_t *runs = json_object_get(law, "runs");
  json_t *sum = json_object_get(law, "seconds");
  if (!law) return;
  if (strcmp(text(law, "verdict"), "untried") == 0) set_verdict(law, "kept");
  json_integer_set(runs, json_integer_value(runs) + 1);
  json_real_set(sum, json_real_value(sum) + seconds);
}

void check_report_run(struct check_report *r, const char *law, double seconds)
{
  count(law_of(r, law), seconds);
  if (strcmp(law, CHECK_LOADS) == 0) return;
  count(law_of(r, CHECK_ENDS), 0);
  count(law_of(r, CHECK_LEAKS), 0);
}

void check_report_untried(struct check_report *r, const char *law,
                          const char *reason)
{
  json_t *one = law_of(r, law);
  json_t *untried = json_object_get(one, "untried");
  json_integer_set(untried, json_integer_value(untried) + 1);
  if (!json_object_get(one, "reason"))
    json_object_set_new(one, "reason", json_string(reason ? reason : ""));
}

bool check_report_is_broken(const struct check_report *r, const char *law)
{
  return strcmp(text(law_of(r, law), "verdict"), "broken") == 0;
}

// --- what broke it -----------------------------------------------------------

// What a ruined process writes need not be text, and may be what a terminal
// obeys.
static json_t *string_of(const char *line)
{
  json_t *whole = json_string(line);
  char *plain = strdup(line);
  if (!plain) abort();
  for (char *c = plain; *c; c++)
    if ((unsigned char)*c < ' ' || *c == 127 || (!whole && *c < 0)) *c = '?';
  json_decref(whole);
  whole = json_string(plain);
  free(plain);
  return whole;
}

static json_t *lines(char *const *line, size_t n)
{
  json_t *list = json_array();
  for (size_t i = 0; i < n; i++)
    json_array_append_new(list, string_of(line[i]));
  return list;
}

static void add_reduction(json_t *failure, const struct reduction *reduction)
{
  if (reduction->first)
    json_object_set_new(failure, "first", json_string(reduction->first));
  if (!reduction->tried) return;
  json_object_set_new(failure, "repeatable",
                      json_boolean(reduction->repeatable));
  json_object_set_new(failure, "reduction_runs",
                      json_integer(reduction->runs));
  if (!reduction->to) return;
  json_object_set_new(failure, "operations",
                      json_integer((json_int_t)reduction->to));
  json_object_set_new(failure, "operations_before",
                      json_integer((json_int_t)reduction->from));
}

void check_report_broken(struct check_report *r, const char *law,
                         const struct trial *trial,
                         const struct outcome *outcome,
                         const struct reduction *reduction, uint64_t seed)
{
  json_t *one = law_of(r, law);
  char reason[1024], *command = trial_text(trial);
  if (outcome->reason)
    snprintf(reason, sizeof reason, "%s", outcome->reason);
  else
    snprintf(reason, sizeof reason,
             "%.0f objects were left when everything was dropped",
             outcome->leaked);
  json_t *failure = json_pack(
      "{s:s, s:o, s:I, s:s, s:o, s:o}", "status",
      record_status_name(outcome->status), "reason",
      string_of(reason), "seed",
      (json_int_t)seed, "command", trial->n ? command : "", "program",
      lines(outcome->note, outcome->n_notes), "said",
      lines(outcome->said, outcome->n_said));
  add_reduction(failure, reduction);
  set_verdict(one, "broken");
  json_object_set_new(one, "failure", failure);
  free(command);
}

// --- printing ----------------------------------------------------------------

static const char *claims_of(const json_t *about)
{
  if (json_is_true(json_object_get(about, "frees_all")))
    return "it claims to free all garbage";
  if (json_is_true(json_object_get(about, "frees_acyclic")))
    return "it claims to free acyclic garbage";
  return "it claims to free nothing";
}

static void print_failure(const json_t *law)
{
  const json_t *failure = json_object_get(law, "failure"), *line;
  const json_t *said = json_object_get(failure, "said");
  size_t i, n = json_array_size(said);
  printf("\n%s is broken: %s\n", text(law, "law"), text(law, "sentence"));
  printf("  found    %s (%s)\n", text(failure, "reason"),
         text(failure, "status"));
  printf("  seed     %lld\n", (long long)json_integer_value(
                                  json_object_get(failure, "seed")));
  if (*text(failure, "first"))
    printf("  first    %s\n", text(failure, "first"));
  if (*text(failure, "command"))
    printf("  command  %s\n", text(failure, "command"));
  if (json_is_false(json_object_get(failure, "repeatable")))
    puts("  it did not fail again when this was repeated");
  if (json_object_get(failure, "operations"))
    printf("  program  %lld operations of %lld, after %lld runs\n",
           (long long)json_integer_value(
               json_object_get(failure, "operations")),
           (long long)json_integer_value(
               json_object_get(failure, "operations_before")),
           (long long)json_integer_value(
               json_object_get(failure, "reduction_runs")));
  json_array_foreach(json_object_get(failure, "program"), i, line)
      printf("           %s\n", json_string_value(line));
  if (n) puts("  it said");
  json_array_foreach(said, i, line) if (i + SAID_MOST >= n)
      printf("           %s\n", json_string_value(line));
}

static void print_laws(const struct check_report *r)
{
  size_t i;
  const json_t *law;
  json_array_foreach(r->laws, i, law)
  {
    const char *verdict = text(law, "verdict");
    printf("  %-11s %-7s", text(law, "law"),
           strcmp(verdict, "broken") == 0 ? "BROKEN" : verdict);
    json_int_t runs = json_integer_value(json_object_get(law, "runs"));
    json_int_t untried = json_integer_value(json_object_get(law, "untried"));
    if (runs) printf(" %5lld run%s", (long long)runs, runs == 1 ? " " : "s");
    double seconds = json_real_value(json_object_get(law, "seconds"));
    if (seconds > 0) printf(" %7.1f s", seconds);
    if (untried)
      printf("   %lld not made: %s", (long long)untried, text(law, "reason"));
    putchar('\n');
  }
}

static unsigned broken(const struct check_report *r)
{
  unsigned n = 0;
  size_t i;
  const json_t *law;
  json_array_foreach(r->laws, i, law) n +=
      strcmp(text(law, "verdict"), "broken") == 0;
  return n;
}

static bool untried(const struct check_report *r)
{
  size_t i;
  const json_t *law;
  json_array_foreach(r->laws, i, law)
    if (json_integer_value(json_object_get(law, "untried"))) return true;
  return false;
}

int check_report_print(const struct check_report *r, int stopped)
{
  size_t i;
  const json_t *law, *about = json_object_get(r->value, "about");
  unsigned n = broken(r);
  double seconds = (double)(clocks_wall_ns() - r->begin_ns) * 1e-9;
  json_object_set_new(r->value, "seconds", json_real(seconds));
  json_object_set_new(r->value, "broken", json_integer(n));
  json_object_set_new(r->value, "finished", json_boolean(!stopped));
  if (r->args->json) {
    json_dumpf(r->value, stdout, JSON_INDENT(2));
    putchar('\n');
  } else {
    printf("%s: %s; %s check, seed %llu\n", r->args->collector,
           json_is_null(about) ? "it cannot be loaded" : claims_of(about),
           r->args->full ? "full" : "quick",
           (unsigned long long)r->args->seed);
    print_laws(r);
    json_array_foreach(r->laws, i, law) if (json_object_get(law, "failure"))
        print_failure(law);
    if (n)
      printf("\n%u law%s broken, in %.0f s\n", n, n == 1 ? " is" : "s are",
             seconds);
    else if (!stopped)
      printf("every law was kept%s, in %.0f s\n",
             untried(r) ? ", as far as it could be tried" : "", seconds);
    if (stopped) puts("it was stopped before all was tried");
  }
  if (fflush(stdout) || ferror(stdout)) return WANE_EXIT_ENVIRONMENT;
  if (stopped) return stopped;
  return n ? WANE_EXIT_VERIFY : WANE_EXIT_OK;
}
