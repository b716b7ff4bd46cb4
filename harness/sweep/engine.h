// engine.h: what executes the cells of a sweep.
// SPDX-License-Identifier: MIT
//
// A plan is a list of cells, and a cell is one command line of `wane run` with
// its folder. An engine runs cells and knows nothing else of the experiment, so
// that every engine gives the same rows from the same plan. The state is in
// the file system alone: a cell is done when its folder has its name, and that
// is the last thing that happens to it. What is interrupted, killed or lost
// leaves at most a .part of its own (parts.h).
//
// One attempt is engine_attempt (cell_process.c), also as a command: `wane
// sweep --cell INDEX -o DIR`. An engine that has others start the process, say
// on another machine with the same folders, has them run that.

#ifndef WANE_HARNESS_SWEEP_ENGINE_H
#define WANE_HARNESS_SWEEP_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine_cell {
  uint32_t index;    // `cell` of plan.csv, and exec_index of its rows
  char *const *argv; // the whole command, `-o PART` in it; NULL at the end
  const char *part;   // DIR/cells/000012.HOST.PID.part
  const char *folder; // DIR/cells/000012
  const char *label;  // for people: benchmark and configuration
  double seconds;     // what it is expected to take; NaN: unknown
};

// How one attempt ended.
enum engine_end {
  ENGINE_DONE,        // the folder is there, whatever status its rows have
  ENGINE_FAILED,      // no results: the sentence says why
  ENGINE_INTERRUPTED, // stopped from outside before its results were whole
};

// What an engine tells while it runs. All on the thread that called run.
struct engine_watch {
  // A cell is under way (or still is: may be called often).
  void (*running)(const struct engine_cell *cell, void *context);
  // A cell has ended, once per cell. `sentence` is "" when it is done.
  void (*ended)(const struct engine_cell *cell, enum engine_end end,
                const char *sentence, void *context);
  void *context;
};

struct engine_plan {
  const char *directory; // DIR, absolute; exists, with DIR/cells in it
  const char *wane;      // this program, absolute, for --cell
  const struct engine_cell *cells; // not done yet, in the order of the plan
  size_t n;
  struct engine_watch watch;
  const char *options; // --slurm-options, or NULL
};

struct engine {
  const char *name; // of --engine
  const char *help;
  // Whether it can be used here. 0, or -errno and a sentence.
  int (*check)(char *error, size_t error_size);
  // Tries every cell once, and retries none. Returns 0 when all have ended,
  // well or not; -EINTR when interrupt_came() (interrupt.h) stopped it, the
  // cells under way having been finished first; or another -errno and a
  // sentence when it cannot go on. interrupt_install was called before.
  int (*run)(const struct engine_plan *plan, char *error, size_t error_size);
};

extern const struct engine engine_local; // one after another, here
extern const struct engine engine_slurm; // on a cluster, as job arrays

// Whether Slurm has nothing of this folder (absolute) in its queue, so that
// another engine may run its cells. 0; -EBUSY or another -errno and a sentence.
int engine_slurm_left(const char *directory, char *error, size_t error_size);

// One attempt in the calling process, which waits for it: removes what earlier
// ones left, starts the command in a process group of its own that dies
// with this thread, and gives the folder its name when all of it is there. The
// first interrupt lets it finish; the second one kills it. `tick` is called
// about five times a second.
enum engine_end engine_attempt(const struct engine_cell *cell,
                               void (*tick)(void *context), void *context,
                               char *sentence, size_t size);

// Whether the cell's folder is there.
bool engine_cell_done(const struct engine_cell *cell);

#endif
