// csv_file.h: a CSV that may have been compressed since it was written.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CSV_FILE_H
#define WANE_HARNESS_CSV_FILE_H

#include "csv_read.h"

#include <stdbool.h>

// Whether there is `path`, or PATH.zst.
bool csv_file_exists(const char *path);

// As csv_read_open; of PATH.zst where there is no `path`: so results/ keeps
// what was measured, which shrinks to a sixtieth.
struct csv_reader *csv_file_open(const char *path, char *error,
                                 size_t error_size);

#endif
