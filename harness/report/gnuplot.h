// gnuplot.h: runs gnuplot, which draws all figures.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_GNUPLOT_H
#define WANE_HARNESS_GNUPLOT_H

#include <stdbool.h>
#include <stddef.h>

// Runs `gnuplot STEM.gp` (or what the environment variable WANE_GNUPLOT names)
// in `directory`. Returns an enum wane_exit, and a sentence if it is not 0;
// `started`: whether others are worth trying.
int gnuplot_draw(const char *directory, const char *stem, bool *started,
                 char *error, size_t error_size);

#endif
