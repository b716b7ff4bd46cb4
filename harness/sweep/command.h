// command.h: the command line of a cell.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SWEEP_COMMAND_H
#define WANE_HARNESS_SWEEP_COMMAND_H

#include "experiment.h"

// Words, NULL at the end.
struct command {
  char **word;
  size_t n;
  bool failed; // no memory
};

// `wane run` of that configuration and workload, with all that does not depend
// on the cell's place in the order. `heap` 0: no limit. `workload` may be any
// text.
void command_begin(struct command *command, const struct experiment *it,
                   const struct experiment_config *config,
                   const char *workload, const struct experiment_numa *numa,
                   uint32_t mutators, uint64_t heap);
// printf of one more word.
void command_add(struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void command_free(struct command *command);

// As a shell takes it, words quoted where they must be. NULL: no memory.
char *command_text(char *const *word);
// Takes such a text apart, into what `wordexp` would give without expansions:
// blanks, single quotes. False: no memory, or a quote that does not end.
bool command_parse(struct command *command, const char *text);

#endif
