// doctor_look.h: what the checks of the doctor are made of.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_DOCTOR_LOOK_H
#define WANE_HARNESS_DOCTOR_LOOK_H

#include "doctor.h"

#include <stdbool.h>
#include <stddef.h>

enum { DOCTOR_FOUND = 256 };

// Two readings of /proc/stat, in ticks of the processors that this process may
// run on, or of all where it does not say which are which.
struct doctor_ticks {
  bool known, allowed;
  double all, busy, steal;
};

// What is being looked at.
struct doctor_look {
  const struct doctor_place *place;
  struct doctor_ticks before, after; // a moment apart
  unsigned cpus;                     // this process may run on; 0: unknown
  unsigned online;                   // of the machine; 0: unknown
};

// Writes what it found; nothing for DOCTOR_UNKNOWN.
struct doctor_check {
  const char *name, *effect, *change;
  enum doctor_severity (*look)(const struct doctor_look *look,
                               char found[DOCTOR_FOUND]);
};
// Each ends with a check without a name.
extern const struct doctor_check doctor_processor_checks[];
extern const struct doctor_check doctor_memory_checks[];
extern const struct doctor_check doctor_load_checks[];
extern const struct doctor_check doctor_group_checks[];
extern const struct doctor_check doctor_kernel_checks[];

// `allowed`: a list of processors; "": not known.
struct doctor_ticks doctor_ticks(const struct doctor_place *place,
                                 const char *allowed);
// How many processors a list as "0-3,8" has; 0: it is none.
unsigned doctor_cpus(const char *list);
// Whether it has that one.
bool doctor_has_cpu(const char *list, unsigned long cpu);

// --- small files -----------------------------------------------------------

// What follows "KEY " at the beginning of a line.
bool doctor_word(const struct doctor_place *place, const char *path,
                 const char *key, char *value, size_t size);

bool doctor_exists(const struct doctor_place *place, const char *path);
// The first line, without spaces at its ends; false: it cannot be read.
bool doctor_line(const struct doctor_place *place, const char *path, char *line,
                 size_t size);
// The first number; false: there is none.
bool doctor_number(const struct doctor_place *place, const char *path,
                   double *number);
// What stands behind `key` and a colon in a file of such lines.
bool doctor_field(const struct doctor_place *place, const char *path,
                  const char *key, char *value, size_t size);

#endif
