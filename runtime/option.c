// option.c: options of plugins: "k=v,k=v" to values and back.
// SPDX-License-Identifier: MIT
//
// Collectors and workloads declare tables of options; this file is the only
// one that reads what people type. It stops at the first mistake with one
// sentence: whose option, which one, what was expected, what was found. Any
// thread; no shared state.

#include <wane/option.h>

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// One call of wane_options_parse.
struct parse {
  const char *owner;
  const struct wane_option *options;
  size_t n;
  char *free_text; // next free byte of the storage
  char *error;
  size_t error_size;
};

__attribute__((format(printf, 2, 3))) static int
refuse(const struct parse *parse, const char *format, ...)
{
  if (parse->error_size == 0) return -EINVAL;
  int n = snprintf(parse->error, parse->error_size, "%s: ", parse->owner);
  if (n < 0 || (size_t)n >= parse->error_size) return -EINVAL;
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(parse->error + n, parse->error_size - (size_t)n, format,
                  arguments);
  va_end(arguments);
  return -EINVAL;
}

// --- one value -------------------------------------------------------------

static bool parse_bool(const char *text, bool *value)
{
  static const char *const words[][2] = {
      {"0", "1"}, {"no", "yes"}, {"false", "true"}, {"off", "on"}};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    for (int truth = 0; truth < 2; truth++)
      if (strcasecmp(text, words[i][truth]) == 0) {
        *value = truth;
        return true;
      }
  return false;
}

// Decimal digits only (strtoll would take blanks and signs too).
static bool parse_digits(const char **text, int64_t *value)
{
  const char *c = *text;
  int64_t n = 0;
  if (*c < '0' || *c > '9') return false;
  for (; *c >= '0' && *c <= '9'; c++)
    if (__builtin_mul_overflow(n, 10, &n) ||
        __builtin_add_overflow(n, *c - '0', &n))
      return false;
  *text = c;
  *value = n;
  return true;
}

// The power of two that a suffix stands for, or -1.
static int suffix_shift(const char *suffix, bool size)
{
  static const struct {
    const char *name;
    int shift;
    bool size_only;
  } suffixes[] = {{"", 0, false},    {"k", 10, false}, {"m", 20, false},
                  {"g", 30, false},  {"b", 0, true},   {"kib", 10, true},
                  {"mib", 20, true}, {"gib", 30, true}};
  for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
    if (strcasecmp(suffix, suffixes[i].name) == 0)
      return suffixes[i].size_only && !size ? -1 : suffixes[i].shift;
  return -1;
}

// INT and SIZE: [-]digits[suffix] or 2^digits[suffix].
static bool parse_integer(const char *text, bool size, int64_t *value)
{
  bool negative = *text == '-';
  if (negative) text++;
  int64_t n, exponent = 0;
  if (!parse_digits(&text, &n)) return false;
  if (*text == '^') {
    text++;
    if (n != 2 || !parse_digits(&text, &exponent) || exponent > 62)
      return false;
    n = 1;
  }
  int shift = suffix_shift(text, size);
  if (shift < 0 || exponent + shift > 62) return false;
  if (__builtin_mul_overflow(n, (int64_t)1 << (exponent + shift), &n))
    return false;
  *value = negative ? -n : n;
  return true;
}

static bool parse_real(const char *text, double *value)
{
  char *end;
  if (*text == '\0' || *text == ' ' || *text == '\t') return false;
  *value = strtod(text, &end);
  return *end == '\0' && isfinite(*value);
}

static bool is_choice(const char *choices, const char *text)
{
  size_t length = strlen(text);
  for (const char *c = choices; c;) {
    size_t n = strcspn(c, "|");
    if (n == length && memcmp(c, text, n) == 0) return true;
    c = c[n] ? c + n + 1 : NULL;
  }
  return false;
}

static bool within(const struct wane_option *option, double value)
{
  if (option->min == 0 && option->max == 0) return true;
  return value >= option->min && value <= option->max;
}

// --- sentences -------------------------------------------------------------

// "an integer (k, m, g or 2^N) from 1 to 28".
static void expected(const struct wane_option *option, char *text, size_t size)
{
  static const char *const kinds[] = {
      [WANE_OPTION_BOOL] = "yes or no",
      [WANE_OPTION_INT] = "an integer (suffix k, m or g; or 2^N)",
      [WANE_OPTION_SIZE] = "a number of bytes (B, KiB, MiB or GiB; or 2^N)",
      [WANE_OPTION_DOUBLE] = "a number",
      [WANE_OPTION_STRING] = "one of "};
  int n = snprintf(text, size, "%s", kinds[option->type]);
  size_t used = (size_t)n < size ? (size_t)n : size;
  text += used, size -= used;
  if (option->type == WANE_OPTION_STRING)
    (void)snprintf(text, size, "%s", option->choices);
  else if (option->min == 0 && option->max == 0)
    return;
  else if (isinf(option->max))
    (void)snprintf(text, size, ", at least %.15g", option->min);
  else if (isinf(option->min))
    (void)snprintf(text, size, ", at most %.15g", option->max);
  else
    (void)snprintf(text, size, " from %.15g to %.15g", option->min,
                   option->max);
}

static int refuse_value(const struct parse *parse,
                        const struct wane_option *option, const char *found)
{
  char what[256];
  expected(option, what, sizeof what);
  if (*found == '\0')
    return refuse(parse, "option %s: expected %s, found nothing", option->name,
                  what);
  return refuse(parse, "option %s: expected %s, found \"%s\"", option->name,
                what, found);
}

static int refuse_name(const struct parse *parse, const char *found)
{
  char names[512] = "";
  size_t used = 0;
  for (size_t i = 0; i < parse->n && used < sizeof names; i++)
    used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                             i ? ", " : "", parse->options[i].name);
  if (parse->n == 0)
    return refuse(parse, "unknown option \"%s\": expected none", found);
  return refuse(parse, "unknown option \"%s\": expected one of %s", found,
                names);
}

// --- the whole text --------------------------------------------------------

static const char *keep(struct parse *parse, const char *text)
{
  char *copy = parse->free_text;
  size_t bytes = strlen(text) + 1;
  memcpy(copy, text, bytes);
  parse->free_text += bytes;
  return copy;
}

static int set_value(struct parse *parse, const struct wane_option *option,
                     const char *text, union wane_value *value)
{
  bool good = false;
  switch (option->type) {
  case WANE_OPTION_BOOL:
    good = parse_bool(text, &value->boolean);
    break;
  case WANE_OPTION_INT:
  case WANE_OPTION_SIZE:
    good = parse_integer(text, option->type == WANE_OPTION_SIZE,
                         &value->integer) &&
           within(option, (double)value->integer);
    break;
  case WANE_OPTION_DOUBLE:
    good = parse_real(text, &value->real) && within(option, value->real);
    break;
  case WANE_OPTION_STRING:
    good = !option->choices || is_choice(option->choices, text);
    if (good) value->string = keep(parse, text);
    break;
  }
  return good ? 0 : refuse_value(parse, option, text);
}

// `item` is "name=value", ended by a zero byte; it is cut at the '='.
static int set_item(struct parse *parse, char *item, bool *given,
                    union wane_value *values)
{
  char *equals = strchr(item, '=');
  if (*item == '\0')
    return refuse(parse, "expected name=value, found nothing between commas");
  if (!equals)
    return refuse(parse, "option %s: expected name=value, found no \"=\"",
                  item);
  *equals = '\0';
  for (size_t i = 0; i < parse->n; i++) {
    if (strcmp(parse->options[i].name, item) != 0) continue;
    if (given[i])
      return refuse(parse, "option %s: expected it once, found it twice", item);
    given[i] = true;
    return set_value(parse, &parse->options[i], equals + 1, &values[i]);
  }
  return refuse_name(parse, item);
}

static int set_defaults(struct parse *parse, const bool *given,
                        union wane_value *values)
{
  for (size_t i = 0; i < parse->n; i++) {
    const struct wane_option *option = &parse->options[i];
    if (given[i]) continue;
    if (!option->value)
      return refuse(parse,
                    "option %s: expected a value (it has no default), "
                    "found nothing",
                    option->name);
    int result = set_value(parse, option, option->value, &values[i]);
    if (result) return result;
  }
  return 0;
}

// Room for every string: values of `text` and defaults.
static size_t storage_bytes(const struct parse *parse, const char *text)
{
  size_t bytes = strlen(text) + 1;
  for (size_t i = 0; i < parse->n; i++)
    if (parse->options[i].type == WANE_OPTION_STRING && parse->options[i].value)
      bytes += strlen(parse->options[i].value) + 1;
  return bytes;
}

int wane_options_parse(const char *owner, const struct wane_option *options,
                       size_t n, const char *text, union wane_value *values,
                       char **storage, char *error, size_t error_size)
{
  struct parse parse = {.owner = owner,
                        .options = options,
                        .n = n,
                        .error = error,
                        .error_size = error_size};
  if (!text) text = "";
  *storage = NULL;
  char *copy = strdup(text);
  char *strings = malloc(storage_bytes(&parse, text));
  bool *given = calloc(n + 1, sizeof *given);
  int result = 0;
  if (!copy || !strings || !given) {
    (void)refuse(&parse, "no memory to read its options");
    result = -ENOMEM;
  }
  parse.free_text = strings;
  for (char *item = copy, *next; !result && *text && item; item = next) {
    next = strchr(item, ',');
    if (next) *next++ = '\0';
    result = set_item(&parse, item, given, values);
  }
  if (!result) result = set_defaults(&parse, given, values);
  free(given);
  free(copy);
  if (result)
    free(strings);
  else
    *storage = strings;
  return result;
}

// --- back to text ----------------------------------------------------------

static int print_value(const struct wane_option *option, union wane_value value,
                       char *text, size_t size)
{
  switch (option->type) {
  case WANE_OPTION_BOOL:
    return snprintf(text, size, "%s", value.boolean ? "yes" : "no");
  case WANE_OPTION_INT:
  case WANE_OPTION_SIZE:
    return snprintf(text, size, "%lld", (long long)value.integer);
  case WANE_OPTION_DOUBLE: {
    int n = snprintf(text, size, "%.15g", value.real);
    if ((size_t)n < size && strtod(text, NULL) != value.real)
      n = snprintf(text, size, "%.17g", value.real);
    return n;
  }
  case WANE_OPTION_STRING:
    return snprintf(text, size, "%s", value.string);
  }
  return 0;
}

// The option whose name comes next after `last` (NULL: the first); n: none.
static size_t next_name(const struct wane_option *options, size_t n,
                        const char *last)
{
  size_t best = n;
  for (size_t i = 0; i < n; i++) {
    if (last && strcmp(options[i].name, last) <= 0) continue;
    if (best == n || strcmp(options[i].name, options[best].name) < 0) best = i;
  }
  return best;
}

// -ENOSPC: `size` bytes do not hold it; `text` then ends early.
int wane_options_format(const struct wane_option *options, size_t n,
                        const union wane_value *values, char *text, size_t size)
{
  if (size == 0) return -ENOSPC;
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = next_name(options, n, NULL); i < n;
       i = next_name(options, n, options[i].name)) {
    used += (size_t)snprintf(text + used, size - used, "%s%s=", used ? ";" : "",
                             options[i].name);
    if (used >= size) return -ENOSPC;
    used +=
        (size_t)print_value(&options[i], values[i], text + used, size - used);
    if (used >= size) return -ENOSPC;
  }
  return 0;
}
