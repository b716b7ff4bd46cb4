// check_report.h: the verdicts of `wane check`, law by law.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CHECK_REPORT_H
#define WANE_HARNESS_CHECK_REPORT_H

#include "check_plan.h"
#include "check_reduce.h"

struct check_report;

// `about`: what check_probe gave, or NULL.
struct check_report *check_report_open(const struct check_args *args,
                                       const json_t *about);
void check_report_close(struct check_report *report); // may be NULL

// There is a law; those that every run is held against are there already.
void check_report_law(struct check_report *report, const char *law,
                      const char *sentence);
void check_report_run(struct check_report *report, const char *law,
                      double seconds);
// A run of it could not be made.
void check_report_untried(struct check_report *report, const char *law,
                          const char *reason);
// What broke it; the first is kept.
void check_report_broken(struct check_report *report, const char *law,
                         const struct trial *trial,
                         const struct outcome *outcome,
                         const struct reduction *reduction, uint64_t seed);
bool check_report_is_broken(const struct check_report *report,
                            const char *law);

// To standard output, as args->json says. `stopped`: the exit code that ended
// it before all was tried, or 0. Returns the exit code.
int check_report_print(const struct check_report *report, int stopped);

#endif
