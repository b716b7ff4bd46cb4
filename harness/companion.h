// companion.h: which files stand beside results.csv.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_COMPANION_H
#define WANE_HARNESS_COMPANION_H

enum companion {
#define COMPANION(name, letter, file, header) COMPANION_##name,
#include "companions.def"
#undef COMPANION
  N_COMPANIONS
};

struct companion_kind {
  char letter;        // of its rows on the wire
  const char *file;   // its name in the folder
  const char *header; // first line, without the line end
};

const struct companion_kind *companion_kind(enum companion companion);

#endif
