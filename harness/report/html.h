// html.h: text, bytes and pictures as parts of an HTML page.
// SPDX-License-Identifier: MIT
//
// Whatever the text is, what comes out is text to a reader: nothing in it can
// end an element or an attribute. Any thread.

#ifndef WANE_HARNESS_HTML_H
#define WANE_HARNESS_HTML_H

#include <stddef.h>
#include <stdio.h>

// For the inside of elements and of quoted attributes.
void html_text(FILE *out, const char *text);
// The same of formatted text.
void html_printf(FILE *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// data:TYPE;base64,... for a quoted attribute.
void html_data(FILE *out, const char *type, const void *bytes, size_t n);

// A picture (SVG as gnuplot and svg.c write it) as an element of the page:
// `prefix` goes before each id, black becomes the colour of the page's text and
// white areas that of its paper, and only what draws is let through: no script,
// no style, no reference to elsewhere. It is as wide as the style of the page
// has it, which finds its own width in --width. `label` is its name for those
// who do not see it. 0; -EINVAL: it is no such picture, and nothing was
// written; -ENOMEM.
int html_svg(FILE *out, const char *svg, size_t n, const char *prefix,
             const char *label);

#endif
