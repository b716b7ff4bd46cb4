// slurm_text.h: what Slurm's commands say, and the script they are given.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SLURM_TEXT_H
#define WANE_HARNESS_SLURM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// --- what they say ---------------------------------------------------------

// What is asked of squeue with -o, so that slurm_queue_line understands it.
#define SLURM_QUEUE_FORMAT "%F|%K|%T|%r"

// An element of an array that is in the queue, running or not.
struct slurm_element {
  uint32_t job, index; // of the array; in the array
  const char *state, *reason;
};
// Takes a line apart, in place. False: no line of an element.
bool slurm_queue_line(char *line, struct slurm_element *element);

// The number that `sbatch --parsable` printed, "12" or "12;cluster". 0: none.
uint32_t slurm_job_number(const char *text);

// The value of " KEY=value " in what `scontrol --oneliner show` printed, or of
// "KEY   = value" in `scontrol show config`. False: there is none.
bool slurm_value(const char *text, const char *key, char *value, size_t size);

// Why an element left no results, by `show job` (NULL: Slurm knows no more of
// it) and by the last line of its log (NULL: there is none).
void slurm_why(const char *show_job, const char *last_line, char *sentence,
               size_t size);

// Whether an element in the queue for this reason may never start, so that
// somebody should be told.
bool slurm_is_stuck(const char *reason);

// --- what they are given ---------------------------------------------------

// `text` as one word of a shell.
void slurm_quote(FILE *out, const char *text);

// The script of an array: element i runs the cell in line i + 1 of `cells`, and
// leaves what it says in LOGS/NNNNNN.log. All paths are absolute.
struct slurm_script {
  const char *wane, *directory, *here, *cells, *logs;
};
void slurm_script_write(FILE *out, const struct slurm_script *script);

// The name of all jobs of a sweep, by its folder.
void slurm_job_name(const char *directory, char name[32]);

#endif
