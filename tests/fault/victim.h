// victim.h: something that may end badly, run in a process of its own.
// SPDX-License-Identifier: MIT

#ifndef WANE_TESTS_VICTIM_H
#define WANE_TESTS_VICTIM_H

#include <stdbool.h>
#include <stddef.h>

// How it ended, and what it said on standard error.
struct victim {
  int code;   // exit code, or -1
  int signal; // that ended it, or 0; SIGALRM: it was still there at the end
  char words[16384];
};

// Runs `body` in a child; its result is the exit code. After `seconds` the
// child is given up, as one that hangs.
void victim_run(struct victim *victim, int (*body)(void *context),
                void *context, unsigned seconds);

// Did it end with wane__fatal or a plugin's like, which says `sentence`?
bool victim_aborted(const struct victim *victim, const char *sentence);

#endif
