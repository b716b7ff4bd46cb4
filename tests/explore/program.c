// program.c: small mutator programs as text.
// SPDX-License-Identifier: MIT

#include "program.h"

#include <string.h>

uint32_t program_width(uint32_t operand)
{
  static const uint32_t widths[PROGRAM_WIDTHS] = {PROGRAM_SLOTS, 9, 40, 620,
                                                  2100};
  return widths[operand % PROGRAM_WIDTHS];
}

uint32_t program_operations(const struct program *p)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i <= PROGRAM_THREADS; i++) n += p->lists[i].n;
  return n;
}

// --- text --------------------------------------------------------------------

static const char *const thing_names[] = {"pair", "wide", "leaf", "weak",
                                          "final"};
static const struct {
  const char *name, *text; // %a %b %c: operands; %k: b as a kind
} kinds[OP_KINDS] = {
    [OP_ALLOC] = {"alloc", "r%a = new %k%w"},
    [OP_LOAD] = {"load", "r%a = r%b.%c"},
    [OP_STORE] = {"store", "r%a.%c = r%b"},
    [OP_CLEAR] = {"clear", "r%a.%b = NULL"},
    [OP_DROP] = {"drop", "r%a = NULL"},
    [OP_COPY] = {"copy", "r%a = r%b"},
    [OP_HGET] = {"hget", "r%a = handle %b"},
    [OP_HSET] = {"hset", "handle %a = r%b"},
    [OP_HCLEAR] = {"hclear", "handle %a = NULL"},
    [OP_MOVE] = {"move", "move in r%a %d"},
    [OP_CAS] = {"cas", "r%a.%c = r%b, compared"},
    [OP_WNEW] = {"wnew", "cell %a = weak r%b"},
    [OP_WGET] = {"wget", "r%a = cell %b"},
    [OP_POLL] = {"poll", "safepoint"},
    [OP_NAP] = {"nap", "detach, attach"},
    [OP_ASK] = {"ask", "ask for a round"},
    [OP_COLLECT] = {"collect", "collect"},
    [OP_BURST] = {"burst", "%a times new %k"},
    [OP_LOOK] = {"look", "look at r%a"},
    [OP_BIG] = {"big", "%a times 128 KiB"},
    [OP_ANSWER] = {"answer", "answer %a handshakes"},
    [OP_FILL] = {"fill", "fill r%a with new pairs, %b more behind each"},
    [OP_WIPE] = {"wipe", "clear all slots of r%a"},
    [OP_CHAIN] = {"chain", "r%a = list of %b times 32 pairs"},
    [OP_HUGE] = {"huge", "r%a = new wide of 48 MiB"},
    [OP_ENEW] = {"enew", "ephemeron %a = r%b to r%c"},
    [OP_EGET] = {"eget", "r%a = ephemeron %b"},
    [OP_ESET] = {"eset", "ephemeron %a = r%b"},
};

static const char *const moves[] = {"two up", "two down", "last to first",
                                    "first to last"};

static void print_width(FILE *out, const struct op *op)
{
  if (op->b == THING_WIDE && op->c)
    fprintf(out, " of %u", program_width(op->c));
}

void program_print_op(FILE *out, const struct op *op)
{
  for (const char *s = kinds[op->kind].text; *s; s++) {
    if (*s != '%') {
      fputc(*s, out);
      continue;
    }
    switch (*++s) {
    case 'a': fprintf(out, "%u", op->a); break;
    case 'b': fprintf(out, "%u", op->b); break;
    case 'c': fprintf(out, "%u", op->c); break;
    case 'd': fputs(moves[op->b % 4], out); break;
    case 'w': print_width(out, op); break;
    default: fputs(thing_names[op->b % THING_KINDS], out);
    }
  }
}

// Each number of the configuration under its name.
#define NUMBERS(X)                                                             \
  X(log_chunk) X(local_limit) X(shared_limit) X(stress_alloc) X(workers)       \
  X(verify) X(mark_slice) X(mark_bytes) X(log_pool) X(tick_ns)       \
  X(young) X(pacing) X(times) X(slow) X(nodes) X(steal) X(memory)

void program_write(FILE *out, const struct program *p)
{
  static const char *const titles[] = {"setup", "main", "A", "B"};
  fprintf(out, "collector %s %s\n", p->collector,
          *p->options ? p->options : "-");
#define X(name) fprintf(out, "config " #name " %u\n", p->name);
  NUMBERS(X)
#undef X
  fprintf(out, "config resurrects %u\n", p->resurrects);
  for (uint32_t i = 0; i <= PROGRAM_THREADS; i++)
    for (uint32_t o = 0; o < p->lists[i].n; o++) {
      const struct op *op = &p->lists[i].ops[o];
      fprintf(out, "op %u %u %s %u %u %u %s %s: ", i, op->id,
              kinds[op->kind].name, op->a, op->b, op->c,
              op->quiet ? "quiet" : "#", titles[i]);
      program_print_op(out, op);
      fputc('\n', out);
    }
  fprintf(out, "end\n");
}

static bool read_number(struct program *p, const char *name, uint32_t value)
{
#define X(field)                                                               \
  if (!strcmp(name, #field)) {                                                 \
    p->field = value;                                                          \
    return true;                                                               \
  }
  NUMBERS(X)
#undef X
  if (strcmp(name, "resurrects") != 0) return false;
  p->resurrects = value;
  return true;
}

static bool read_op(struct program *p, const char *line)
{
  char name[16], quiet[8] = "";
  unsigned list, id, a, b, c;
  if (sscanf(line, "op %u %u %15s %u %u %u %7s", &list, &id, name, &a, &b, &c,
             quiet) < 6 ||
      list > PROGRAM_THREADS || p->lists[list].n == PROGRAM_OPS)
    return false;
  for (uint8_t kind = 0; kind < OP_KINDS; kind++)
    if (!strcmp(name, kinds[kind].name)) {
      p->lists[list].ops[p->lists[list].n++] =
          (struct op){.id = (uint16_t)id,
                      .kind = kind,
                      .a = (uint8_t)a,
                      .b = (uint8_t)b,
                      .c = (uint8_t)c,
                      .quiet = !strcmp(quiet, "quiet")};
      return true;
    }
  return false;
}

bool program_read(FILE *in, struct program *p)
{
  char line[256], name[32];
  uint32_t value;
  memset(p, 0, sizeof *p);
  p->times = 1;
  while (fgets(line, sizeof line, in)) {
    if (!strcmp(line, "end\n")) return true;
    if (sscanf(line, "collector %31s %63s", p->collector, p->options) == 2) {
      if (!strcmp(p->options, "-")) *p->options = '\0';
    } else if (sscanf(line, "config %31s %u", name, &value) == 2) {
      if (!read_number(p, name, value)) return false;
    } else if (!read_op(p, line)) {
      return false;
    }
  }
  return false;
}
