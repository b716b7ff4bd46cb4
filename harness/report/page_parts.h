// page_parts.h: what the files of the page share.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_PAGE_PARTS_H
#define WANE_HARNESS_PAGE_PARTS_H

#include "page.h"

// --- tables that can be sorted and filtered (page_table.c) -----------------

struct page_head {
  const char *text;
  bool number; // the column is of numbers, which stand on the right
};
void page_table_begin(FILE *out, const char *caption,
                      const struct page_head *heads, size_t n);
void page_table_end(FILE *out);
// Within a row: fputs("<tr>") before, fputs("</tr>") behind.
void page_cell(FILE *out, const char *text);
void page_long_cell(FILE *out, const char *text);
// NaN: NA. With at most six digits; all of them to sort by.
void page_number_cell(FILE *out, double value);
// As few digits as can be read: 1234567.8 gives "1234570".
void page_number(char text[32], double value);
// The first `most` rows of a CSV. 0 or -ENOMEM; what is no CSV is a sentence.
int page_csv(FILE *out, const char *caption, const char *csv, size_t n,
             size_t most);

// --- sections --------------------------------------------------------------

// What was run, how it went, and how configurations compare. 0 or -ENOMEM.
int page_summary(const struct report *report, FILE *out); // page_summary.c
// Claims and their verdicts, where `wane paper` has written some.
bool page_has_claims(const struct report *report);
void page_claims(const struct report *report, FILE *out); // page_claims.c
// All invocations, and those that are left out, with reasons.
void page_invocations(const struct report *report, FILE *out);
// Where everything is from: run.json of each folder.
void page_origin(const struct report *report, FILE *out); // page_origin.c

#endif
