// requests_report.h: the requests of an iteration as numbers and rows.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_REQUESTS_REPORT_H
#define WANE_HARNESS_REQUESTS_REPORT_H

#include "reporter.h"

// Sends latency.*, requests.* of all requests, under the names of metrics.def,
// and with `rows` the rows of requests.csv, relative to begin_ns. Nothing where
// there was none. Returns how many there were.
uint64_t requests_report(const struct requests *requests,
                         struct reporter *reporter, bool rows,
                         uint64_t begin_ns);

#endif
