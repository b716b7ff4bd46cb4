// page.h: the page: all of a report as one HTML file.
// SPDX-License-Identifier: MIT
//
// Nothing is loaded from elsewhere: pictures, style and script are in the file,
// and it can be read without the script. Everything that results say is
// escaped.

#ifndef WANE_HARNESS_PAGE_H
#define WANE_HARNESS_PAGE_H

#include "report_data.h"

#include <stdbool.h>
#include <stdio.h>

// A file that can be had from the page: within it if it is small, else as a
// link to the file beside it.
struct page_file {
  const char *name; // "F5.csv"
  const char *bytes;
  size_t n;
};

// A figure, or a table, whose csv is shown. Of a figure without svg nothing was
// drawn, and the caption says why.
struct page_figure {
  const char *name;    // "F5_modelled": once in a page
  const char *title;   // "Mutator utilisation"
  const char *caption; // lines
  const char *svg;     // NULL: none
  size_t n_svg;
  const char *csv; // NULL: none
  size_t n_csv;
  const struct page_file *files;
  size_t n_files;
  bool picture; // a figure
  bool plain; // colours mean numbers: keep them, on white, on a dark page too
};

// 0 or -ENOMEM; what goes wrong with `out` is for the caller to see.
int page_write(const struct report *report, const struct page_figure *figures,
               size_t n, FILE *out);

#endif
