// wire.c: the lines in which a child tells its parent what it found.
// SPDX-License-Identifier: MIT
//
// Text, so that a run can be watched by hand (`wane run --child-fd 1 ...`)
// and so that a half-written line of a killed child is recognised and
// dropped: a line counts only with its '\n'. The child writes under its own
// lock; the parent parses on its main thread.
#include "wire.h"

#include "csv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char letters[] = {
    [WIRE_MEASUREMENT] = 'M', [WIRE_NOTE] = 'N',
    [WIRE_FAIL] = 'F',        [WIRE_MUTATORS] = 'T', [WIRE_STATUS] = 'S',
    [WIRE_UNSTARTABLE] = 'U', [WIRE_NUMA] = 'A',     [WIRE_THREAD] = 'H',
    [WIRE_PLACEMENT] = 'P',   [WIRE_COUNTERS] = 'C'};

void wire_measurement(FILE *out, const struct measurement *m)
{
  char value[32];
  csv_number(value, m->value);
  fprintf(out, "M\t%u\t%s\t%s\t%s\t%s\t%s\n", m->iteration, m->metric, m->scope,
          m->stat, m->unit, value);
}

void wire_text(FILE *out, enum wire_kind kind, const char *text)
{
  putc(letters[kind], out);
  putc('\t', out);
  for (; *text; text++) {
    switch (*text) {
    case '\t':
      fputs("\\t", out);
      break;
    case '\n':
      fputs("\\n", out);
      break;
    case '\\':
      fputs("\\\\", out);
      break;
    default:
      putc(*text, out);
    }
  }
  putc('\n', out);
}

void wire_row(FILE *out, enum companion companion, const char *csv)
{
  fprintf(out, "%c\t%s\n", companion_kind(companion)->letter, csv);
}

void wire_number(FILE *out, enum wire_kind kind, uint32_t number)
{
  fprintf(out, "%c\t%u\n", letters[kind], number);
}

// Ends the field at *at, moves on to the next, and returns it, or NULL.
static char *next_field(char **at)
{
  char *field = *at;
  if (!field) return NULL;
  char *tab = strchr(field, '\t');
  if (tab) *tab++ = '\0';
  *at = tab;
  return field;
}

static int copy_field(char **at, char *to, size_t size)
{
  const char *field = next_field(at);
  if (!field || !*field || strlen(field) >= size) return -EINVAL;
  strcpy(to, field);
  return 0;
}

static int parse_number(const char *text, uint32_t *number)
{
  char *end;
  if (!text || *text < '0' || *text > '9') return -EINVAL;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (*end || errno || value > UINT32_MAX) return -EINVAL;
  *number = (uint32_t)value;
  return 0;
}

static int parse_value(const char *text, double *value)
{
  char *end;
  if (!text || !*text) return -EINVAL;
  *value = NAN;
  if (strcmp(text, "NA") == 0) return 0;
  *value = strtod(text, &end);
  return *end == '\0' && isfinite(*value) ? 0 : -EINVAL;
}

static int parse_measurement(char *at, struct measurement *m)
{
  if (parse_number(next_field(&at), &m->iteration) ||
      copy_field(&at, m->metric, sizeof m->metric) ||
      copy_field(&at, m->scope, sizeof m->scope) ||
      copy_field(&at, m->stat, sizeof m->stat) ||
      copy_field(&at, m->unit, sizeof m->unit) ||
      parse_value(next_field(&at), &m->value))
    return -EINVAL;
  return at ? -EINVAL : 0;
}

static void unescape(char *text)
{
  char *to = text;
  for (; *text; text++) {
    if (*text == '\\' && text[1]) {
      text++;
      *to++ = *text == 't' ? '\t' : *text == 'n' ? '\n' : *text;
    } else {
      *to++ = *text;
    }
  }
  *to = '\0';
}

static bool parse_row(char *line, struct wire_message *message)
{
  if (!*line || line[1] != '\t') return false;
  for (int i = 0; i < N_COMPANIONS; i++) {
    if (companion_kind((enum companion)i)->letter != *line) continue;
    message->kind = WIRE_ROW;
    message->companion = (enum companion)i;
    message->text = line + 2;
    return true;
  }
  return false;
}

int wire_parse(char *line, struct wire_message *message)
{
  *message = (struct wire_message){0};
  if (parse_row(line, message)) return 0;
  const char *letter = *line ? memchr(letters, *line, sizeof letters) : NULL;
  if (!letter || line[1] != '\t') return -EINVAL;
  message->kind = (enum wire_kind)(letter - letters);
  message->text = line + 2;
  switch (message->kind) {
  case WIRE_MEASUREMENT:
    return parse_measurement(message->text, &message->measurement);
  case WIRE_STATUS:
  case WIRE_MUTATORS:
    return parse_number(message->text, &message->number);
  case WIRE_NOTE:
  case WIRE_FAIL:
  case WIRE_UNSTARTABLE:
  case WIRE_NUMA:
  case WIRE_THREAD:
  case WIRE_PLACEMENT:
  case WIRE_COUNTERS:
    unescape(message->text);
    return 0;
  case WIRE_ROW: // not among the letters
    break;
  }
  return -EINVAL;
}
