// program.c: drawing, leaving out and printing operations.
// SPDX-License-Identifier: MIT

#include "program.h"

#include "things.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// SplitMix64 (Steele, Lea, Flood 2014).
static uint64_t draw(uint64_t *state)
{
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

static uint32_t below(uint64_t *state, uint32_t n)
{
  return (uint32_t)((draw(state) >> 32) * n >> 32);
}

// How often each is drawn, of the sum. Zero in `simple`: it needs to know
// what others do to the object meanwhile.
static const struct {
  uint8_t often, simple;
} odds[OPS] = {
    [OP_NEW] = {8, 8},         [OP_NEW_FILLED] = {8, 8},
    [OP_STORE] = {20, 20},     [OP_CLEAR] = {8, 8},
    [OP_SELF] = {4, 4},        [OP_LOAD] = {16, 16},
    [OP_FILL] = {5, 5},
    [OP_EXCHANGE] = {6, 8},    [OP_COMPARE] = {6, 8},
    [OP_MOVE] = {4, 0},        [OP_CLEAR_RANGE] = {3, 0},
    [OP_DROP] = {12, 12},      [OP_COPY] = {4, 4},
    [OP_HANDLE_SET] = {4, 8},  [OP_HANDLE_GET] = {4, 10},
    [OP_HANDLE_NEW] = {2, 0},  [OP_RING] = {5, 5},
    [OP_GUEST] = {1, 1},       [OP_WEAK_NEW] = {3, 0},
    [OP_WEAK_GET] = {4, 0},    [OP_SAFEPOINT] = {6, 6},
    [OP_BLINK] = {3, 3},       [OP_COLLECT] = {1, 1},
};

static uint8_t some_op(uint64_t *state, bool simple)
{
  uint32_t sum = 0, op = 0;
  for (int i = 0; i < OPS; i++) sum += simple ? odds[i].simple : odds[i].often;
  for (uint32_t k = below(state, sum);; op++) {
    uint32_t often = simple ? odds[op].simple : odds[op].often;
    if (k < often) return (uint8_t)op;
    k -= often;
  }
}

static uint32_t some_number(uint64_t *state, uint32_t op)
{
  if (op == OP_RING) return 1 + below(state, PROGRAM_RING);
  if (op != OP_NEW && op != OP_NEW_FILLED) return (uint32_t)draw(state);
  uint32_t k = below(state, 64);
  if (k == 0) return below(state, 4) ? 40 : 4500; // a large object
  return k < 12 ? 100 + below(state, 200) : below(state, 8);
}

int program_make(struct program *p, uint64_t seed, size_t n, uint32_t threads,
                 bool simple)
{
  uint64_t state = seed;
  uint32_t thread = 0;
  p->n = n;
  p->operations = calloc(n + 1, sizeof *p->operations);
  p->keep = malloc(n + 1);
  if (!p->operations || !p->keep) return -ENOMEM;
  memset(p->keep, true, n);
  for (size_t i = 0; i < n; i++) {
    struct operation *o = &p->operations[i];
    if (below(&state, 12) == 0) thread = below(&state, threads);
    o->thread = (uint8_t)thread;
    o->op = some_op(&state, simple);
    o->a = (uint8_t)below(&state, PROGRAM_REGISTERS);
    o->b = (uint8_t)below(&state, PROGRAM_REGISTERS);
    o->c = (uint8_t)below(&state, PROGRAM_REGISTERS);
    o->n = some_number(&state, o->op);
    if (o->op == OP_NEW || o->op == OP_NEW_FILLED)
      o->b = (uint8_t)below(&state, THING_KINDS);
  }
  return 0;
}

void program_free(struct program *p)
{
  free(p->operations);
  free(p->keep);
  *p = (struct program){0};
}

// A number at *text, which is moved past it. False: none there, or too large.
static bool take_number(const char **text, size_t most, size_t *number)
{
  char *end;
  if (**text < '0' || **text > '9') return false;
  unsigned long long value = strtoull(*text, &end, 10);
  *text = end;
  *number = (size_t)value;
  return value <= most;
}

int program_keep(struct program *p, const char *ranges, char *error,
                 size_t size)
{
  const char *at = ranges;
  if (!*ranges || !p->n) return 0;
  memset(p->keep, false, p->n);
  for (;;) {
    size_t first, last;
    bool ok = take_number(&at, p->n - 1, &first);
    last = first;
    if (ok && *at == '-') {
      at++;
      ok = take_number(&at, p->n - 1, &last);
    }
    if (!ok || last < first || (*at && *at != '+')) {
      snprintf(error, size,
               "keep: expected ranges of 0 to %zu such as 0-99+120, found "
               "\"%s\"",
               p->n - 1, ranges);
      return -EINVAL;
    }
    memset(p->keep + first, true, last - first + 1);
    if (!*at++) return 0;
  }
}

// What an operation does; A, B, C and N stand for its numbers, K for a kind.
static const char *const forms[OPS] = {
    [OP_NEW] = "rA = new K, N slots if wide",
    [OP_NEW_FILLED] = "rA = new K of registers, N slots if wide",
    [OP_STORE] = "rA[N] = rB",
    [OP_CLEAR] = "rA[N] = nil",
    [OP_SELF] = "rA[N] = rA",
    [OP_FILL] = "rA[all] = rB",
    [OP_LOAD] = "rB = rA[N]",
    [OP_EXCHANGE] = "rA[N] <-> rB",
    [OP_COMPARE] = "rA[N] = rC if it was rB",
    [OP_MOVE] = "rA: some slots move (N)",
    [OP_CLEAR_RANGE] = "rA: some slots = nil (N)",
    [OP_DROP] = "rA = nil",
    [OP_COPY] = "rB = rA",
    [OP_HANDLE_SET] = "hN = rA",
    [OP_HANDLE_GET] = "rA = hN",
    [OP_HANDLE_NEW] = "hN = rA, as a new handle",
    [OP_RING] = "rA = ring of N (kept if B is odd: B)",
    [OP_GUEST] = "a guest: hN[0] = new pair",
    [OP_WEAK_NEW] = "wN = weak rA",
    [OP_WEAK_GET] = "rA = wN",
    [OP_SAFEPOINT] = "safepoint",
    [OP_BLINK] = "detach, attach",
    [OP_COLLECT] = "collect",
};

static uint32_t printed_number(const struct operation *o)
{
  switch (o->op) {
  case OP_HANDLE_SET:
  case OP_HANDLE_GET:
  case OP_HANDLE_NEW:
  case OP_GUEST: return o->n % PROGRAM_HANDLES;
  case OP_WEAK_NEW:
  case OP_WEAK_GET: return o->n % PROGRAM_CELLS;
  default: return o->n;
  }
}

void program_print(const struct program *p, size_t i, char *text, size_t size)
{
  static const char *const kinds[THING_KINDS] = {"pair", "traced", "wide",
                                                 "leaf", "weak"};
  const struct operation *o = &p->operations[i];
  FILE *out = fmemopen(text, size, "w");
  if (!out) return;
  fprintf(out, "#%zu thread %u: ", i, o->thread);
  for (const char *c = forms[o->op]; *c; c++) switch (*c) {
    case 'A': fprintf(out, "%u", o->a); break;
    case 'B': fprintf(out, "%u", o->b); break;
    case 'C': fprintf(out, "%u", o->c); break;
    case 'N': fprintf(out, "%u", printed_number(o)); break;
    case 'K': fputs(kinds[o->b], out); break;
    default: fputc(*c, out);
    }
  fclose(out);
}
