// cmd_paper.c: `wane paper`: an experiment, its claims and its figures.
// SPDX-License-Identifier: MIT
//
// Each step is a command of its own (wane sweep, wane report), called with a
// command line, so that what a paper does can be done by hand, too. Claims are
// judged before the figures are drawn, since the page shows them. All that can
// be known to be wrong is said before anything runs. Main thread.
#include "cmd_paper.h"

#include "claims_missing.h"
#include "claims_read.h"
#include "cmd_report.h"
#include "cmd_sweep.h"
#include "exit_code.h"
#include "experiment.h"
#include "paper_args.h"
#include "whole_folder.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct paper {
  struct paper_args args;
  struct experiment experiment;
  struct claims_file *claims; // NULL: the experiment has none
  bool *wanted;               // of each claim
  char *directory, *report;   // DIR, DIR/report
  char error[1024];
};

static int say(const struct paper *paper, int code)
{
  fprintf(stderr, "wane paper: %s\n", paper->error);
  return code;
}

static int no_memory(struct paper *paper)
{
  snprintf(paper->error, sizeof paper->error, "no memory");
  return WANE_EXIT_ENVIRONMENT;
}

// --- before anything runs --------------------------------------------------

// Every claim's configurations and benchmarks are the experiment's.
static int check_names(struct paper *paper)
{
  const struct experiment *e = &paper->experiment;
  const char **configs = calloc(e->n_configs + 1, sizeof *configs);
  const char **benchmarks = calloc(e->n_benchmarks + 1, sizeof *benchmarks);
  int result = WANE_EXIT_OK;
  if (configs && benchmarks) {
    for (size_t i = 0; i < e->n_configs; i++) configs[i] = e->configs[i].label;
    for (size_t i = 0; i < e->n_benchmarks; i++)
      benchmarks[i] = e->benchmarks[i].name;
    const struct claims_names names = {configs, benchmarks, e->n_configs,
                                       e->n_benchmarks};
    if (claims_check_names(paper->claims, &names, paper->error,
                           sizeof paper->error))
      result = WANE_EXIT_ENVIRONMENT;
  } else {
    result = no_memory(paper);
  }
  free(configs);
  free(benchmarks);
  return result;
}

static bool want(struct paper *paper, const char *id)
{
  size_t n = claims_count(paper->claims);
  for (size_t i = 0; i < n; i++)
    if (strcmp(claims_at(paper->claims, i)->id, id) == 0)
      return paper->wanted[i] = true;
  return false;
}

static int choose_claims(struct paper *paper)
{
  size_t n = claims_count(paper->claims);
  paper->wanted = calloc(n, sizeof *paper->wanted);
  if (!paper->wanted) return no_memory(paper);
  if (!paper->args.claims) {
    for (size_t i = 0; i < n; i++) paper->wanted[i] = true;
    return WANE_EXIT_OK;
  }
  char *rest = paper->args.claims;
  for (char *id; (id = strsep(&rest, ","));)
    if (!want(paper, id)) {
      snprintf(paper->error, sizeof paper->error,
               "--claims: %s has no claim \"%s\"", paper->experiment.claims,
               id);
      return WANE_EXIT_USAGE;
    }
  return WANE_EXIT_OK;
}

static int read_claims(struct paper *paper)
{
  const struct experiment *e = &paper->experiment;
  char *path = NULL;
  if (!e->claims) {
    if (!paper->args.claims) return WANE_EXIT_OK;
    snprintf(paper->error, sizeof paper->error,
             "--claims: %s names no file of claims", paper->args.experiment);
    return WANE_EXIT_USAGE;
  }
  bool absolute = *e->claims == '/';
  if (asprintf(&path, "%s%s%s", absolute ? "" : e->folder, absolute ? "" : "/",
               e->claims) < 0)
    return no_memory(paper);
  paper->claims = claims_read(path, paper->error, sizeof paper->error);
  free(path);
  if (!paper->claims) return WANE_EXIT_ENVIRONMENT;
  int result = check_names(paper);
  return result ? result : choose_claims(paper);
}

static int check_figures(struct paper *paper)
{
  const struct yaml_load *load = &paper->experiment.load;
  int list = yaml_tree_find(load->tree, YAML_ROOT, "figures");
  for (uint32_t i = 0; i < load->it->figures.n; i++) {
    const char *name = load->it->figures.text[i];
    if (wane_report_has(name)) continue;
    (void)yaml_refuse(load->tree, yaml_tree_item(load->tree, list, i),
                      paper->error, sizeof paper->error,
                      "figures: there is no \"%s\"; see wane report --help",
                      name);
    return WANE_EXIT_ENVIRONMENT;
  }
  return WANE_EXIT_OK;
}

static int name_folders(struct paper *paper)
{
  const struct paper_args *a = &paper->args;
  int n = a->directory
              ? asprintf(&paper->directory, "%s", a->directory)
              : asprintf(&paper->directory, "paper-%s%s",
                         paper->experiment.name, a->kick ? "-kick" : "");
  if (n < 0) paper->directory = NULL;
  if (n >= 0 && asprintf(&paper->report, "%s/report", paper->directory) < 0)
    paper->report = NULL;
  return paper->directory && paper->report ? WANE_EXIT_OK : no_memory(paper);
}

static int prepare(struct paper *paper)
{
  int result = experiment_open(&paper->experiment, paper->args.experiment,
                               paper->error, sizeof paper->error);
  if (!result) result = check_figures(paper);
  if (!result) result = read_claims(paper);
  return result ? result : name_folders(paper);
}

// --- its steps -------------------------------------------------------------

static bool begun(const struct paper *paper)
{
  char *path;
  if (asprintf(&path, "%s/experiment.json", paper->directory) < 0) return false;
  bool there = access(path, F_OK) == 0;
  free(path);
  return there;
}

static int run_sweep(const struct paper *paper)
{
  const struct paper_args *a = &paper->args;
  const char *budget = a->kick ? "4m" : a->budget;
  const char *argv[16] = {"sweep", a->experiment, "-o", paper->directory};
  int n = 4;
  if (begun(paper)) argv[n++] = "--resume";
  if (budget) argv[n++] = "--budget", argv[n++] = budget;
  if (a->engine) argv[n++] = "--engine", argv[n++] = a->engine;
  if (a->dry_run) argv[n++] = "--dry-run";
  if (a->strict) argv[n++] = "--strict";
  if (a->quiet) argv[n++] = "--quiet";
  optind = 0;
  return wane_cmd_sweep(n, (char **)(uintptr_t)argv);
}

static int run_report(const struct paper *paper)
{
  const struct yaml_list *figures = &paper->experiment.load.it->figures;
  const char **argv = calloc(5 + 2 * (size_t)figures->n, sizeof *argv);
  if (!argv) return WANE_EXIT_ENVIRONMENT;
  int n = 0;
  argv[n++] = "report";
  argv[n++] = paper->directory;
  argv[n++] = "-o";
  argv[n++] = paper->report;
  for (uint32_t i = 0; i < figures->n; i++) {
    argv[n++] = "--figure";
    argv[n++] = figures->text[i];
  }
  optind = 0;
  int result = wane_cmd_report(n, (char **)(uintptr_t)argv);
  free(argv);
  return result;
}

// --- claims ----------------------------------------------------------------

static void put(struct whole_folder *folder, const char *name,
                int (*write)(const struct claim_result *, size_t, FILE *),
                const struct claim_result *results, size_t n)
{
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  int result = out ? write(results, n, out) : -ENOMEM;
  if (out && fclose(out)) result = -ENOMEM;
  if (result)
    whole_folder_fail(folder, name, result);
  else
    whole_folder_put(folder, name, text, size);
  free(text);
}

static int csv(const struct claim_result *results, size_t n, FILE *out)
{
  claims_write_csv(results, n, out);
  return 0;
}

static int txt(const struct claim_result *results, size_t n, FILE *out)
{
  claims_write_txt(results, n, out);
  return 0;
}

static int tex(const struct claim_result *results, size_t n, FILE *out)
{
  claims_write_tex(results, n, out);
  return 0;
}

// --- tables ----------------------------------------------------------------

static void put_table_as(struct whole_folder *folder,
                         const struct claim_rows *rows, const char *end,
                         void (*write)(const struct claim_rows *, FILE *))
{
  char name[200], *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  snprintf(name, sizeof name, "table_%.100s.%s", rows->table->name, end);
  if (out) write(rows, out);
  if (!out || fclose(out))
    whole_folder_fail(folder, name, -ENOMEM);
  else
    whole_folder_put(folder, name, text, size);
  free(text);
}

static void put_table(struct whole_folder *folder,
                      const struct claim_table *table,
                      const struct report *report)
{
  struct claim_rows rows;
  if (claim_rows_make(&rows, table, report) == 0) {
    put_table_as(folder, &rows, "csv", claim_rows_csv);
    put_table_as(folder, &rows, "txt", claim_rows_txt);
    put_table_as(folder, &rows, "tex", claim_rows_tex);
  } else {
    whole_folder_fail(folder, table->name, -ENOMEM);
  }
  claim_rows_free(&rows);
}

// --- what is written -------------------------------------------------------

static int write_all(struct paper *paper, const struct report *report,
                     const struct claim_result *results, size_t n)
{
  char where[512];
  struct whole_folder *folder = whole_folder_open(paper->directory);
  if (!folder) return no_memory(paper);
  put(folder, "claims.txt", txt, results, n);
  put(folder, "claims.csv", csv, results, n);
  put(folder, "claims.tex", tex, results, n);
  put(folder, "claims.json", claims_write_json, results, n);
  for (size_t i = 0; i < claims_tables(paper->claims); i++)
    put_table(folder, claims_table_at(paper->claims, i), report);
  int error = whole_folder_close(folder, where, sizeof where);
  if (!error) return WANE_EXIT_OK;
  snprintf(paper->error, sizeof paper->error, "%s: %s", where,
           strerror(-error));
  return WANE_EXIT_ENVIRONMENT;
}

static int judge(struct paper *paper, const struct report *report)
{
  size_t n = claims_count(paper->claims), done = 0;
  bool good = true;
  struct claim_result *results = calloc(n, sizeof *results);
  int result = results ? WANE_EXIT_OK : no_memory(paper);
  for (size_t i = 0; !result && i < n; i++) {
    if (!paper->wanted[i]) continue;
    struct claim_result *r = &results[done++];
    if (claim_evaluate(claims_at(paper->claims, i), report, r))
      result = no_memory(paper);
    good &= r->verdict == CLAIM_PASS || r->verdict == CLAIM_WITHIN;
  }
  if (!result) result = write_all(paper, report, results, done);
  if (!result) claims_write_txt(results, done, stdout);
  for (size_t i = 0; i < done; i++) claim_result_free(&results[i]);
  free(results);
  return result || good ? result : WANE_EXIT_EXPERIMENT;
}

static int judge_claims(struct paper *paper)
{
  struct report report = {0};
  char *const directories[] = {paper->directory};
  int result =
      report_load(&report, directories, 1, paper->error, sizeof paper->error);
  if (!result && claims_add_missing(&report)) result = no_memory(paper);
  if (!result) result = judge(paper, &report);
  report_free(&report);
  return result;
}

// --- the command -----------------------------------------------------------

static int run(struct paper *paper)
{
  int result = prepare(paper);
  if (result) return say(paper, result);
  int swept = run_sweep(paper);
  if (swept > WANE_EXIT_EXPERIMENT || paper->args.dry_run) return swept;
  int judged = paper->claims ? judge_claims(paper) : swept;
  if (judged > WANE_EXIT_EXPERIMENT) return say(paper, judged);
  int reported = run_report(paper);
  if (reported) return reported;
  printf("%s%s/claims.txt, .csv, .json, .tex; figures and tables in %s\n",
         paper->claims ? "" : "no claims; ", paper->directory, paper->report);
  if (swept)
    printf("not all cells of the sweep ended well: see exclusions in "
           "%s/run.json\n",
           paper->directory);
  return swept ? swept : judged;
}

int wane_cmd_paper(int argc, char **argv)
{
  struct paper paper = {0};
  if (paper_args_parse(argc, argv, &paper.args, paper.error,
                       sizeof paper.error))
    return say(&paper, WANE_EXIT_USAGE);
  if (paper.args.help) return WANE_EXIT_OK;
  int result = run(&paper);
  claims_close(paper.claims);
  experiment_close(&paper.experiment);
  free(paper.wanted);
  free(paper.directory);
  free(paper.report);
  return result;
}
