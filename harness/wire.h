// wire.h: the lines in which a child tells its parent what it found.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_WIRE_H
#define WANE_HARNESS_WIRE_H

#include "companion.h"
#include "record.h"

#include <stdatomic.h>

// One line each, fields separated by tabs; text is escaped (\t \n \\).
enum wire_kind {
  WIRE_MEASUREMENT, // M iteration metric scope stat unit value
  WIRE_NOTE,        // N text: a line for people
  WIRE_FAIL,        // F text: why it is not ok; the first one counts
  WIRE_MUTATORS,    // T number: threads that ran
  WIRE_STATUS,      // S number: enum run_status, once, when all is done
  WIRE_UNSTARTABLE, // U text: nothing was measured, and why
  WIRE_NUMA,        // A csv: a row of numa.csv without what the parent knows
  WIRE_THREAD,      // H json: a thread, and where it is
  WIRE_PLACEMENT,   // P text: the column placement
  WIRE_COUNTERS,    // C json: which hardware counters opened
  WIRE_ROW, // a letter of companions.def, csv: a row without invocation_id
};

struct wire_message {
  enum wire_kind kind;
  struct measurement measurement;
  enum companion companion; // of WIRE_ROW
  uint32_t number;
  char *text; // points into the line that was parsed
};

// Written by the child, read by the parent, in shared memory: a call of
// run->progress costs one store. The two fields are independent: a number that
// belongs to the iteration before misleads for a tenth of a second.
struct progress_page {
  _Atomic uint32_t iteration; // from 1; 0: not begun
  _Atomic uint32_t permille;  // of its body
};

void wire_measurement(FILE *out, const struct measurement *measurement);
void wire_text(FILE *out, enum wire_kind kind, const char *text);
// `csv` holds no line end.
void wire_row(FILE *out, enum companion companion, const char *csv);
void wire_number(FILE *out, enum wire_kind kind, uint32_t number);

// Takes a line without its '\n' apart, in place. Returns 0, or -EINVAL when
// it is not one that the functions above write.
int wire_parse(char *line, struct wire_message *message);

#endif
