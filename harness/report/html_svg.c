// html_svg.c: an SVG picture as an element of an HTML page.
// SPDX-License-Identifier: MIT
//
// A walk over tags. Several pictures in one page must not share ids, and a
// picture that is drawn in black on white must be readable on a dark page.
// What is not in the lists below is left out, with all that is in it.
#include "html.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Elements that draw, and those that hold them.
static const char *const elements[] = {
    "svg",     "g",    "defs",   "title",   "path",           "line",
    "rect",    "text", "circle", "ellipse", "polyline",       "polygon",
    "tspan",   "use",  "mask",   "pattern", "linearGradient", "radialGradient",
    "clipPath", "stop", "marker", "symbol",  "a"};

#define DEEPEST 64

struct piece {
  const char *text;
  size_t n;
};

struct walk {
  FILE *out;
  const char *at, *end, *prefix, *label;
  struct piece open[DEEPEST];
  int depth;   // of them
  double width; // of the picture, 0: it does not say
  int dropped; // the depth at which what is left out began; 0: none
  bool root;   // was seen
};

static bool is(struct piece piece, const char *text)
{
  return strlen(text) == piece.n && memcmp(piece.text, text, piece.n) == 0;
}

static bool starts(const struct walk *walk, const char *text)
{
  size_t n = strlen(text);
  return (size_t)(walk->end - walk->at) >= n && memcmp(walk->at, text, n) == 0;
}

static void put(FILE *out, struct piece piece)
{
  fwrite(piece.text, 1, piece.n, out);
}

// --- attributes ------------------------------------------------------------

static bool is_space(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct piece trimmed(struct piece p)
{
  while (p.n && is_space(*p.text)) p.text++, p.n--;
  while (p.n && is_space(p.text[p.n - 1])) p.n--;
  return p;
}

// 0..255 of black, grey or white; -1: another colour, or none.
static int grey_of(struct piece value)
{
  char text[32];
  unsigned r, g, b;
  int end = 0;
  value = trimmed(value);
  if (value.n >= sizeof text) return -1;
  memcpy(text, value.text, value.n);
  text[value.n] = '\0';
  if (strcmp(text, "black") == 0) return 0;
  if (strcmp(text, "white") == 0) return 255;
  if (sscanf(text, "#%2x%2x%2x%n", &r, &g, &b, &end) == 3 && end == 7 &&
      !text[7])
    return r == g && g == b ? (int)r : -1;
  end = 0;
  if (sscanf(text, "#%1x%1x%1x%n", &r, &g, &b, &end) == 3 && end == 4 &&
      !text[4])
    return r == g && g == b ? (int)(17 * r) : -1;
  end = 0;
  if (sscanf(text, "rgb( %u , %u , %u )%n", &r, &g, &b, &end) == 3 && end &&
      !text[end])
    return r == g && g == b && r < 256 ? (int)r : -1;
  return -1;
}

#define DARKEST_GREY 0x70 // what is lighter can be read on both

static void put_colour(FILE *out, struct piece value, bool area)
{
  int grey = grey_of(value);
  if (grey >= 0 && grey <= DARKEST_GREY)
    fputs("currentColor", out);
  else if (grey == 255 && area)
    fputs("var(--paper)", out);
  else
    put(out, value);
}

// url(#x) and #x are inside the picture; anything else is elsewhere.
static bool is_elsewhere(struct piece value)
{
  for (size_t i = 0; i + 4 <= value.n; i++)
    if (strncasecmp(value.text + i, "url(", 4) == 0 &&
        (i + 5 > value.n || value.text[i + 4] != '#'))
      return true;
  return false;
}

// Puts the prefix behind each '#' that follows "url(".
static void put_with_urls(const struct walk *walk, struct piece value)
{
  for (size_t i = 0; i < value.n; i++) {
    putc(value.text[i], walk->out);
    if (i >= 4 && value.text[i] == '#' &&
        strncasecmp(value.text + i - 4, "url(", 4) == 0)
      fputs(walk->prefix, walk->out);
  }
}

static bool is_colour(struct piece name)
{
  return is(name, "fill") || is(name, "stroke") || is(name, "color") ||
         is(name, "stop-color");
}

static void put_value(const struct walk *walk, struct piece element,
                      struct piece name, struct piece value)
{
  bool area = is(name, "fill") && (is(element, "rect") || is(element, "path") ||
                                   is(element, "polygon"));
  if (is_colour(name) && grey_of(value) >= 0)
    put_colour(walk->out, value, area);
  else
    put_with_urls(walk, value);
}

// style="fill:black; stroke:#000"
static void put_style(const struct walk *walk, struct piece element,
                      struct piece style)
{
  while (style.n) {
    const char *end = memchr(style.text, ';', style.n);
    struct piece item = {style.text,
                         end ? (size_t)(end - style.text) : style.n};
    const char *colon = memchr(item.text, ':', item.n);
    if (colon) {
      struct piece name = {item.text, (size_t)(colon - item.text)};
      struct piece value = {colon + 1, item.n - name.n - 1};
      name = trimmed(name);
      put(walk->out, name);
      putc(':', walk->out);
      put_value(walk, element, name, trimmed(value));
      putc(';', walk->out);
    }
    style.text += item.n + (end != NULL);
    style.n -= item.n + (end != NULL);
  }
}

static void put_attribute(const struct walk *walk, struct piece element,
                          struct piece name, struct piece value, char quote)
{
  bool link = is(name, "href") || is(name, "xlink:href");
  bool root = is(element, "svg");
  if (name.n >= 2 && strncasecmp(name.text, "on", 2) == 0) return;
  if (link && (!value.n || *value.text != '#')) return;
  if (is_elsewhere(value)) return;
  if (root && (is(name, "width") || is(name, "height") || is(name, "role") ||
               is(name, "aria-label") || is(name, "style")))
    return;
  fprintf(walk->out, " %.*s=%c", (int)name.n, name.text, quote);
  if (is(name, "id")) {
    fputs(walk->prefix, walk->out);
    put(walk->out, value);
  } else if (link) {
    fprintf(walk->out, "#%s%.*s", walk->prefix, (int)value.n - 1,
            value.text + 1);
  } else if (is(name, "style")) {
    put_style(walk, element, value);
  } else {
    put_value(walk, element, name, value);
  }
  putc(quote, walk->out);
}

// --- tags ------------------------------------------------------------------

static bool is_name(char c)
{
  return isalnum((unsigned char)c) || c == '-' || c == '_' || c == ':' ||
         c == '.';
}

static struct piece take_name(struct walk *walk)
{
  struct piece name = {walk->at, 0};
  while (walk->at < walk->end && is_name(*walk->at)) walk->at++;
  name.n = (size_t)(walk->at - name.text);
  return name;
}

static void skip_space(struct walk *walk)
{
  while (walk->at < walk->end && is_space(*walk->at)) walk->at++;
}

// Behind `text`; false: it is not there.
static bool skip_past(struct walk *walk, const char *text)
{
  const char *found = memmem(walk->at, (size_t)(walk->end - walk->at), text,
                             strlen(text));
  if (found) walk->at = found + strlen(text);
  return found;
}

// But for the picture's own title, which is the program's that drew it.
static bool is_wanted(const struct walk *walk, struct piece element)
{
  if (walk->depth == 1 && is(element, "title")) return false;
  for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
    if (is(element, elements[i])) return true;
  return false;
}

// Of the picture itself: digits, and a unit or not.
static double width_of(struct piece value)
{
  char text[16] = "";
  if (value.n < sizeof text) memcpy(text, value.text, value.n);
  double width = atof(text);
  return width > 0 && width < 1e6 ? width : 0;
}

static bool take_attribute(struct walk *walk, struct piece element, bool show)
{
  struct piece name = take_name(walk);
  skip_space(walk);
  if (!name.n || walk->at == walk->end || *walk->at++ != '=') return false;
  skip_space(walk);
  if (walk->at == walk->end) return false;
  char quote = *walk->at++;
  if (quote != '"' && quote != '\'') return false;
  struct piece value = {walk->at, 0};
  const char *end = memchr(walk->at, quote, (size_t)(walk->end - walk->at));
  if (!end) return false;
  value.n = (size_t)(end - value.text);
  if (memchr(value.text, '<', value.n)) return false;
  walk->at = end + 1;
  if (!walk->depth && is(name, "width")) walk->width = width_of(value);
  if (show) put_attribute(walk, element, name, value, quote);
  return true;
}

// From behind the '<'. False: this is no tag.
static bool take_start(struct walk *walk)
{
  struct piece element = take_name(walk);
  bool first = walk->depth == 0;
  if (!element.n || walk->depth == DEEPEST ||
      (first && (walk->root || !is(element, "svg"))))
    return false;
  walk->root = true;
  if (!walk->dropped && !is_wanted(walk, element))
    walk->dropped = walk->depth + 1;
  bool show = !walk->dropped;
  if (show) fprintf(walk->out, "<%.*s", (int)element.n, element.text);
  if (first) {
    fputs(" role=\"img\" aria-label=\"", walk->out);
    html_text(walk->out, walk->label);
    putc('"', walk->out);
  }
  for (;;) {
    skip_space(walk);
    if (walk->at == walk->end) return false;
    if (*walk->at == '>' || *walk->at == '/') break;
    if (!take_attribute(walk, element, show)) return false;
  }
  if (first && walk->width > 0)
    fprintf(walk->out, " style=\"--width:%.0f\"", walk->width);
  bool empty = *walk->at == '/';
  walk->at += empty;
  if (walk->at == walk->end || *walk->at++ != '>') return false;
  if (show) fputs(empty ? "/>" : ">", walk->out);
  walk->open[walk->depth++] = element;
  if (empty && walk->dropped == walk->depth) walk->dropped = 0;
  walk->depth -= empty;
  return true;
}

// From behind the "</".
static bool take_end(struct walk *walk)
{
  struct piece element = take_name(walk);
  skip_space(walk);
  if (!element.n || walk->at == walk->end || *walk->at++ != '>' ||
      walk->depth == 0)
    return false;
  struct piece open = walk->open[walk->depth - 1];
  if (open.n != element.n || memcmp(open.text, element.text, open.n))
    return false;
  if (!walk->dropped)
    fprintf(walk->out, "</%.*s>", (int)element.n, element.text);
  if (walk->dropped == walk->depth) walk->dropped = 0;
  walk->depth--;
  return true;
}

static bool take_tag(struct walk *walk)
{
  if (starts(walk, "<!--")) return skip_past(walk, "-->");
  if (starts(walk, "<?")) return skip_past(walk, "?>");
  if (starts(walk, "<!DOCTYPE")) return skip_past(walk, ">");
  walk->at++;
  if (walk->at < walk->end && *walk->at == '/') {
    walk->at++;
    return take_end(walk);
  }
  return take_start(walk);
}

static bool take_text(struct walk *walk)
{
  const char *end = memchr(walk->at, '<', (size_t)(walk->end - walk->at));
  struct piece text = {walk->at,
                       (size_t)((end ? end : walk->end) - walk->at)};
  walk->at += text.n;
  if (walk->depth == 0) return trimmed(text).n == 0;
  if (!walk->dropped) put(walk->out, text);
  return true;
}

int html_svg(FILE *out, const char *svg, size_t n, const char *prefix,
             const char *label)
{
  char *text = NULL;
  size_t size;
  struct walk walk = {
      .at = svg, .end = svg + n, .prefix = prefix, .label = label};
  walk.out = open_memstream(&text, &size);
  if (!walk.out) return -ENOMEM;
  bool good = !memchr(svg, '\0', n);
  while (good && walk.at < walk.end)
    good = *walk.at == '<' ? take_tag(&walk) : take_text(&walk);
  good = good && walk.root && walk.depth == 0;
  if (fclose(walk.out)) {
    free(text);
    return -ENOMEM;
  }
  if (good) fwrite(text, 1, size, out);
  free(text);
  return good ? 0 : -EINVAL;
}
