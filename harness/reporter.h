// reporter.h: the child's end of the wire: what a run has to say.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_REPORTER_H
#define WANE_HARNESS_REPORTER_H

#include "requests.h"
#include "wire.h"

#include <wane/workload.h>

#include <pthread.h>

struct reporter {
  FILE *out;
  pthread_mutex_t lock;       // of `out` and `failed`
  bool failed;                // a sentence was sent
  bool rows;                  // of companion files are sent
  uint32_t iteration;         // under way; written between bodies only
  struct progress_page *page; // or NULL
  struct requests requests;   // of the iteration under way
};

// Opens the wire on `fd`, maps the page of `progress_fd` (-1: none), and fills
// the functions of `run` in. Returns 0 or -errno.
int reporter_open(struct reporter *reporter, int fd, int progress_fd,
                  struct wane_workload_run *run);
// Tells the final status and closes the wire.
void reporter_close(struct reporter *reporter, enum run_status status);

// One number of the iteration under way; NaN: missing. An unknown metric
// fails the run. Any thread.
void reporter_value(struct reporter *reporter, const char *metric,
                    const char *scope, const char *stat, double value);
// Other lines. Any thread.
void reporter_text(struct reporter *reporter, enum wire_kind kind,
                   const char *text);
// A row of a companion file, without invocation_id. Any thread.
void reporter_row(struct reporter *reporter, enum companion companion,
                  const char *csv);
void reporter_number(struct reporter *reporter, enum wire_kind kind,
                     uint32_t number);
// The run is not valid, and why. The first sentence is the one that stays.
void reporter_fail(struct reporter *reporter, const char *sentence);
bool reporter_failed(struct reporter *reporter);
void reporter_flush(struct reporter *reporter);
// Which iteration begins, from 1.
void reporter_iteration(struct reporter *reporter, uint32_t iteration);

#endif
