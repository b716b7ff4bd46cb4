// tex.h: text for LaTeX.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_TEX_H
#define WANE_HARNESS_TEX_H

#include <stdio.h>

// Writes text that means itself.
void tex_text(FILE *out, const char *text);

#endif
