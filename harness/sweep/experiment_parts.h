// experiment_parts.h: what the files of an experiment's reading share.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SWEEP_EXPERIMENT_PARTS_H
#define WANE_HARNESS_SWEEP_EXPERIMENT_PARTS_H

#include "experiment.h"

// A reading under way.
struct reading {
  struct experiment *it;
  char *error;
  size_t error_size;
};

#define READING_REFUSE(reading, node, ...)                                     \
  yaml_refuse((reading)->it->load.tree, node, (reading)->error,                \
              (reading)->error_size, __VA_ARGS__)

// Out of memory, in one sentence. -ENOMEM.
int reading_no_memory(const struct reading *reading);
// Memory that lives as long as the experiment; NULL: none.
void *reading_keep(const struct reading *reading, void *memory);
void *reading_array(const struct reading *reading, size_t n, size_t size);
// printf into such memory.
char *reading_text(const struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// [A-Za-z0-9_]+, with the characters in `more` too, 100 at most.
bool reading_is_name(const char *text, const char *more);

// experiment.c: the file's name and folder; 0 or -ENOMEM.
int reading_start(struct experiment *experiment, const char *file);
// All of it that needs no file and no plugin. 0, or -errno and a sentence.
int reading_all(const struct reading *reading, const char *bytes, size_t n);
// An enum wane_exit.
int reading_code(int result);
// The node of a key of the experiment; 0: it is absent.
int reading_top(const struct reading *reading, const char *key);

// experiment_factors.c, experiment_suites.c: 0, or -errno and a sentence.
int reading_factors(const struct reading *reading);
int reading_benchmarks(const struct reading *reading);

// experiment_config.c: "collector|modifier|..." of `node`. 0, or -errno and a
// sentence.
int reading_config(const struct reading *reading, const char *text, int node,
                   struct experiment_config *config);

// experiment_workload.c: a workload's text, its file found.
int reading_workload(const struct reading *reading,
                     struct experiment_benchmark *benchmark);
// experiment_mutators.c: how many mutators it has for each of the experiment's
// numbers, if there are several. An enum wane_exit.
struct plan_workload;
int reading_mutators(const struct reading *reading,
                     struct experiment_benchmark *benchmark,
                     const struct plan_workload *workload);
// The absolute path of a file named in the experiment: from the experiment's
// folder, else from the current one. NULL and -errno's sentence.
char *reading_path(const struct reading *reading, int node, const char *path);

// experiment_check.c: plugins, options, policies. An enum wane_exit.
int reading_check(const struct reading *reading);

#endif
