// paper_args.h: the command line of `wane paper`.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_PAPER_ARGS_H
#define WANE_HARNESS_PAPER_ARGS_H

#include <stdbool.h>
#include <stddef.h>

struct paper_args {
  const char *experiment;
  const char *directory;      // -o; NULL: paper-NAME
  const char *budget, *engine; // handed on; NULL: not given
  char *claims;               // "C1,C3"; NULL: all
  bool dry_run, kick, strict, quiet, help;
};

// Returns 0, or -EINVAL and one sentence.
int paper_args_parse(int argc, char **argv, struct paper_args *args,
                     char *error, size_t error_size);

#endif
