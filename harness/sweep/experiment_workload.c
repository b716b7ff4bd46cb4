// experiment_workload.c: the workload of a benchmark, its file found.
// SPDX-License-Identifier: MIT
//
// A command line is written once and executed anywhere, so files get absolute
// paths in it. Results of two machines must join, so the column `size` has no
// folders. Main thread.
#include "experiment_parts.h"

#include "exit_code.h"
#include "plan.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

char *reading_path(const struct reading *reading, int node, const char *path)
{
  const struct experiment *it = reading->it;
  char *near = reading_text(reading, "%s/%s", it->folder, path);
  char *found = NULL;
  if (!near) return NULL;
  if (*path != '/') found = realpath(near, NULL);
  if (!found) found = realpath(path, NULL);
  if (!found) {
    (void)READING_REFUSE(reading, node,
                         "there is no file \"%s\", neither from %s nor from "
                         "here",
                         path, it->folder);
    return NULL;
  }
  if (strpbrk(found, ",\n")) {
    (void)READING_REFUSE(reading, node,
                         "\"%s\": a path with a comma or a line end cannot be "
                         "part of a command",
                         found);
    free(found);
    return NULL;
  }
  return reading_keep(reading, found);
}

// `text` with the file's name for its path.
static char *without_folder(const struct reading *reading, const char *text,
                            const char *path)
{
  const char *at = path ? strstr(text, path) : NULL;
  if (!at) return reading_text(reading, "%s", text);
  return reading_text(reading, "%.*s%s", (int)(at - text), text,
                      at + (strrchr(path, '/') + 1 - path));
}

static int open_plan(const struct reading *reading, const char *workload,
                     int node, struct plan *plan, struct spec *spec)
{
  char sentence[1024];
  struct run_args args = {.workloads = spec, .n_workloads = 1};
  int result = spec_parse(spec, workload, sentence, sizeof sentence);
  *plan = (struct plan){0};
  if (!result) result = plan_open(&args, plan, sentence, sizeof sentence);
  if (result) (void)READING_REFUSE(reading, node, "%s", sentence);
  return result < 0 ? WANE_EXIT_USAGE : result;
}

static int set_size(const struct reading *reading,
                    struct experiment_benchmark *benchmark, const char *path)
{
  struct plan plan;
  struct spec spec = {0};
  int code =
      open_plan(reading, benchmark->workload, benchmark->node, &plan, &spec);
  if (!code) {
    const struct plan_options *options = &plan.workloads[0].options;
    benchmark->size =
        options->custom
            ? without_folder(reading, options->effective, path)
            : reading_text(reading, "default");
    if (!benchmark->name)
      benchmark->name =
          reading_text(reading, "%s", plan.workloads[0].benchmark);
  }
  if (!code) code = reading_mutators(reading, benchmark, &plan.workloads[0]);
  plan_close(&plan);
  spec_free(&spec);
  if (code) return code;
  if (benchmark->size && benchmark->name) return WANE_EXIT_OK;
  (void)reading_no_memory(reading);
  return WANE_EXIT_ENVIRONMENT;
}

// The positional argument, if the workload takes one that is a file; NULL.
static const char *file_of(const struct reading *reading,
                           const struct spec *spec, int node, int *code)
{
  char sentence[1024];
  const struct wane_workload *plugin =
      plan_workload_open(spec->name, sentence, sizeof sentence);
  if (!plugin) {
    (void)READING_REFUSE(reading, node, "%s", sentence);
    *code = WANE_EXIT_ENVIRONMENT;
    return NULL;
  }
  uint32_t at = plugin->positional;
  bool file = at && plugin->options[at - 1].type == WANE_OPTION_STRING;
  return file ? spec->positional : NULL;
}

// The plugin's name, or its path made absolute.
static const char *name_of(const struct reading *reading,
                           const struct spec *spec, int node)
{
  if (!strchr(spec->name, '/'))
    return reading_text(reading, "%s", spec->name);
  return reading_path(reading, node, spec->name);
}

static int resolve(const struct reading *reading,
                   struct experiment_benchmark *benchmark, struct spec *spec)
{
  int code = WANE_EXIT_ENVIRONMENT;
  const char *name = name_of(reading, spec, benchmark->node), *path = NULL;
  if (!name) return code;
  free(spec->name);
  spec->name = strdup(name);
  if (!spec->name) return code;
  code = WANE_EXIT_OK;
  const char *file = file_of(reading, spec, benchmark->node, &code);
  if (code) return code;
  if (file && !(path = reading_path(reading, benchmark->node, file)))
    return WANE_EXIT_ENVIRONMENT;
  const char *positional = path ? path : spec->positional;
  benchmark->workload =
      reading_text(reading, "%s%s%s%s%s", name, positional ? ":" : "",
                   positional ? positional : "", spec->options ? "," : "",
                   spec->options ? spec->options : "");
  if (!benchmark->workload) return WANE_EXIT_ENVIRONMENT;
  return set_size(reading, benchmark, path);
}

int reading_workload(const struct reading *reading,
                     struct experiment_benchmark *benchmark)
{
  char sentence[512];
  struct spec spec = {0};
  int code = WANE_EXIT_OK;
  if (spec_parse(&spec, benchmark->text, sentence, sizeof sentence)) {
    (void)READING_REFUSE(reading, benchmark->node, "%s", sentence);
    code = WANE_EXIT_USAGE;
  } else {
    code = resolve(reading, benchmark, &spec);
    if (code && !*reading->error) (void)reading_no_memory(reading);
  }
  spec_free(&spec);
  return code;
}
