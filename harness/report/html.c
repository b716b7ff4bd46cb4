// html.c: text and bytes as parts of an HTML page.
// SPDX-License-Identifier: MIT
#include "html.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

void html_text(FILE *out, const char *text)
{
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    switch (c) {
    case '&':
      fputs("&amp;", out);
      break;
    case '<':
      fputs("&lt;", out);
      break;
    case '>':
      fputs("&gt;", out);
      break;
    case '"':
      fputs("&quot;", out);
      break;
    case '\'':
      fputs("&#39;", out);
      break;
    default: // other control characters may not be in a page
      if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
        fputs("\xef\xbf\xbd", out);
      else
        putc(c, out);
    }
  }
}

void html_printf(FILE *out, const char *format, ...)
{
  char *text;
  va_list arguments;
  va_start(arguments, format);
  int n = vasprintf(&text, format, arguments);
  va_end(arguments);
  if (n < 0) return;
  html_text(out, text);
  free(text);
}

void html_data(FILE *out, const char *type, const void *data, size_t n)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz0123456789+/";
  const unsigned char *bytes = data;
  fprintf(out, "data:%s;base64,", type);
  for (size_t i = 0; i < n; i += 3) {
    size_t left = n - i;
    uint32_t x = (uint32_t)bytes[i] << 16;
    if (left > 1) x |= (uint32_t)bytes[i + 1] << 8;
    if (left > 2) x |= bytes[i + 2];
    putc(digits[x >> 18], out);
    putc(digits[x >> 12 & 63], out);
    putc(left > 1 ? digits[x >> 6 & 63] : '=', out);
    putc(left > 2 ? digits[x & 63] : '=', out);
  }
}
