// doctor.h: audits the machine that is to be measured on.
// SPDX-License-Identifier: MIT
//
// A finding is {"name", "found", "severity", "effect", "change"}: what was
// looked at, what was found, how bad that is, what it does to results, and how
// to change it (null: nothing to be done). What cannot be read is "unknown",
// never "ok". Nothing is said of other people's processes but how much of the
// machine they take together. Main thread, outside of any timed region.

#ifndef WANE_HARNESS_DOCTOR_H
#define WANE_HARNESS_DOCTOR_H

#include <jansson.h>
#include <stdint.h>

enum doctor_severity {
  DOCTOR_OK,
  DOCTOR_UNKNOWN, // could not be read
  DOCTOR_NOTE,    // to be known by who reads the results
  DOCTOR_WARNING, // results are noisier, or about something else
  DOCTOR_REFUSE,  // results would be wrong: --strict does not measure here
};
// "ok", "unknown", "note", "warning", "refuse".
const char *doctor_severity_name(enum doctor_severity severity);

// Where to look: another place than the machine itself is for tests, and for
// copies of /proc and /sys from elsewhere.
struct doctor_place {
  const char *root; // before "/proc/..." and "/sys/..."; "": the machine
  // Opens a counter of perf_event_open's and closes it: 0 or -errno. NULL: it
  // is not known which ones open.
  int (*open_counter)(uint32_t type, uint64_t config);
  // Lets a moment pass, in which others' work is measured.
  void (*wait)(void);
};

// All findings, in an order that does not change; takes a quarter of a second.
// A new reference; NULL: no memory.
json_t *doctor_findings(void);
json_t *doctor_findings_at(const struct doctor_place *place);

enum doctor_severity doctor_worst(const json_t *findings);

#endif
