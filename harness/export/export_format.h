// export_format.h: the formats that `wane export` knows.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_EXPORT_FORMAT_H
#define WANE_HARNESS_EXPORT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// What -o names. The command gives a file its name, or a folder its files,
// when all of it is written and nothing went wrong.
enum export_output {
  EXPORT_TEXT,   // a file, or without -o standard output
  EXPORT_FILE,   // a file that a library writes itself
  EXPORT_FOLDER, // files by whole_folder_put
};

struct whole_folder;

struct export_job {
  const char *directory;       // the results
  const char *invocation;      // --invocation ID; NULL: all
  bool events;                 // --events
  FILE *out;                   // EXPORT_TEXT
  const char *path;            // EXPORT_FILE: does not exist yet
  struct whole_folder *folder; // EXPORT_FOLDER
};

struct export_format {
  const char *name, *help;
  enum export_output output;
  bool takes_invocation, takes_events; // these options mean something
  // Returns an enum wane_exit, and a sentence if it is not WANE_EXIT_OK. Errors
  // of job->out and job->folder are for the command to see.
  int (*write)(const struct export_job *job, char *error, size_t error_size);
};

extern const struct export_format export_json, export_pandas, export_perfetto,
    export_plotty, export_r, export_split, export_sqlite, export_wide;

#endif
