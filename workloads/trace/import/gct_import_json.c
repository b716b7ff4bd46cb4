// gct_import_json.c: a reader of JSON that keeps nothing.
// SPDX-License-Identifier: MIT
#include "gct_import_json.h"

#include <string.h>

#define DEEPEST 64
#define LARGEST ((uint64_t)1 << 53) // that JavaScript's numbers are exact to

bool gct__json_fail(struct gct__json *json, const char *why)
{
  uint64_t offset = (uint64_t)(json->at - json->job->bytes);
  if (json->at >= json->end)
    return gct__job_fail(json->job, offset, "the file ends here: %s", why);
  return gct__job_fail(json->job, offset, "%s", why);
}

static void skip_blanks(struct gct__json *json)
{
  while (json->at < json->end && (*json->at == ' ' || *json->at == '\n' ||
                                  *json->at == '\r' || *json->at == '\t'))
    json->at++;
}

static bool is_next(struct gct__json *json, char c)
{
  skip_blanks(json);
  return json->at < json->end && *json->at == (uint8_t)c;
}

bool gct__json_take(struct gct__json *json, char c)
{
  char why[] = "expected ' '";
  if (is_next(json, c)) {
    json->at++;
    return true;
  }
  why[sizeof why - 3] = c;
  return gct__json_fail(json, why);
}

bool gct__json_next(struct gct__json *json, char close, bool *first, bool *more)
{
  bool begins = *first;
  *first = false;
  *more = !is_next(json, close);
  if (!*more) json->at++;
  return !*more || begins || gct__json_take(json, ',');
}

bool gct__json_string(struct gct__json *json, struct gct__text *text)
{
  if (!gct__json_take(json, '"')) return false;
  const uint8_t *begin = json->at;
  while (json->at < json->end && *json->at != '"')
    json->at += *json->at == '\\' && json->end - json->at > 1 ? 2 : 1;
  if (json->at >= json->end)
    return gct__json_fail(json, "a string is not closed");
  *text = (struct gct__text){(const char *)begin, (size_t)(json->at - begin)};
  json->at++;
  return true;
}

bool gct__json_key(struct gct__json *json, struct gct__text *key)
{
  return gct__json_string(json, key) && gct__json_take(json, ':');
}

bool gct__json_number(struct gct__json *json, uint64_t *number)
{
  uint64_t x = 0;
  skip_blanks(json);
  const uint8_t *at = json->at;
  for (; at < json->end && *at >= '0' && *at <= '9' && x <= LARGEST; at++)
    x = 10 * x + (*at - '0');
  if (at == json->at || x > LARGEST ||
      (at < json->end && (*at == '.' || *at == 'e' || *at == 'E')))
    return gct__json_fail(json, "expected a whole number");
  json->at = at;
  *number = x;
  return true;
}

// A number, true, false or null: whatever it is, it ends at the next mark.
static bool skip_word(struct gct__json *json)
{
  const uint8_t *begin = json->at;
  while (json->at < json->end && !strchr(" \n\r\t,:]}[{\"", *json->at))
    json->at++;
  return json->at > begin || gct__json_fail(json, "expected a value");
}

// Goes up from a value that is complete: over commas and closing brackets, to
// where the next value begins, or to depth 0.
static bool skip_up(struct gct__json *json, char *closing, int *depth)
{
  struct gct__text key;
  while (*depth > 0 && is_next(json, closing[*depth - 1])) {
    json->at++;
    --*depth;
  }
  if (*depth == 0) return true;
  return gct__json_take(json, ',') &&
         (closing[*depth - 1] == ']' || gct__json_key(json, &key));
}

bool gct__json_skip(struct gct__json *json)
{
  char closing[DEEPEST];
  int depth = 0;
  struct gct__text text;
  do {
    bool object = is_next(json, '{');
    if (object || is_next(json, '[')) {
      if (depth == DEEPEST)
        return gct__json_fail(json, "brackets are nested too deeply");
      json->at++;
      closing[depth++] = object ? '}' : ']';
      bool empty = is_next(json, closing[depth - 1]);
      if (!empty && object && !gct__json_key(json, &text)) return false;
      if (!empty) continue; // to its first value
    } else if (is_next(json, '"') ? !gct__json_string(json, &text)
                                  : !skip_word(json)) {
      return false;
    }
    if (!skip_up(json, closing, &depth)) return false;
  } while (depth > 0);
  return true;
}

bool gct__text_is(struct gct__text text, const char *word)
{
  return text.n == strlen(word) && memcmp(text.at, word, text.n) == 0;
}

static int hex_digit(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  c |= 'a' - 'A';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// \uXXXX as UTF-8. Halves of surrogate pairs become question marks.
static size_t resolve_code(const char *digits, size_t left, char *out)
{
  unsigned code = 0;
  for (size_t i = 0; i < 4; i++) {
    int digit = i < left ? hex_digit(digits[i]) : -1;
    code = digit < 0 ? 0xD800 : 16 * code + (unsigned)digit;
  }
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  if (code >= 0xD800 && code < 0xE000) {
    out[0] = '?';
    return 1;
  }
  if (code < 0x800) {
    out[0] = (char)(0xC0 | code >> 6);
    out[1] = (char)(0x80 | (code & 63));
    return 2;
  }
  out[0] = (char)(0xE0 | code >> 12);
  out[1] = (char)(0x80 | (code >> 6 & 63));
  out[2] = (char)(0x80 | (code & 63));
  return 3;
}

size_t gct__text_resolve(struct gct__text text, char *out, size_t limit)
{
  size_t n = 0;
  for (size_t i = 0; i < text.n && n + 3 <= limit; i++) {
    if (text.at[i] != '\\' || i + 1 == text.n) {
      out[n++] = text.at[i];
    } else if (text.at[++i] == 'u') {
      n += resolve_code(text.at + i + 1, text.n - i - 1, out + n);
      i += text.n - i - 1 < 4 ? text.n - i - 1 : 4;
    } else {
      const char *plain = strchr("bfnrt", text.at[i]);
      out[n++] = plain && *plain ? '?' : text.at[i];
    }
  }
  return n;
}
