// report_output.h: the folder of a report, and the list of what is in it.
// SPDX-License-Identifier: MIT
//
// Texts come first, all or none; then gnuplot draws, one picture after the
// other. report.json lists all files that a report has written, so that the
// next one into the same folder can remove those it does not write any more;
// what is not listed is somebody else's and stays.

#ifndef WANE_HARNESS_REPORT_OUTPUT_H
#define WANE_HARNESS_REPORT_OUTPUT_H

#include "report_figure.h"

struct report_output;

struct report_artefact {
  const struct report_figure *figure;
  enum report_class class;
  char *stem;          // "F1_modelled"
  char *csv, *caption; // their bytes
  size_t n_csv, n_caption;
  bool drawn; // it has a picture, or a table
};

// NULL: no memory.
struct report_output *report_output_open(const char *directory);
// Makes a figure's files. 0 or -ENOMEM.
int report_output_figure(struct report_output *output,
                         const struct report_figure *figure,
                         const struct report_view *view);
// Another file of this report.
void report_output_put(struct report_output *output, const char *name,
                       const char *bytes, size_t n);
// Writes all that was put, removes what only the last report wrote, and draws.
// An enum wane_exit and a sentence; may be called again, after more was put.
int report_output_write(struct report_output *output, char *error,
                        size_t error_size);
void report_output_close(struct report_output *output);
// Whether a figure could not be made, for a file of the results was refused;
// its caption has the sentence, and the user has read it.
bool report_output_refused(const struct report_output *output);

const struct report_artefact *
report_output_artefacts(const struct report_output *output, size_t *n);

#endif
