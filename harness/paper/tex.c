// tex.c: text for LaTeX.
// SPDX-License-Identifier: MIT

#include "tex.h"

#include <string.h>

void tex_text(FILE *out, const char *text)
{
  for (; *text; text++) {
    if (strchr("#$%&_{}", *text))
      fprintf(out, "\\%c", *text);
    else if (*text == '\\')
      fputs("\\textbackslash{}", out);
    else if (*text == '~' || *text == '^')
      fprintf(out, "\\%c{}", *text);
    else if (*text == '<' || *text == '>')
      fprintf(out, "$%c$", *text);
    else
      fputc(*text, out);
  }
}
