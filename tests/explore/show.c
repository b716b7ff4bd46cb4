// show.c: findings as files and for people.
// SPDX-License-Identifier: MIT
//
// A file holds the program, the decisions and what came of them. Code
// addresses become names with addr2line, which a machine that builds has.

#include "finding.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "wane explore 1\n"

static const char *const outcomes[] = {"crash", "passed", "failed", "deadlock",
                                       "stuck"};

bool finding_write(const struct finding *f, const char *path)
{
  FILE *out = fopen(path, "w");
  if (!out) {
    perror(path);
    return false;
  }
  fputs(MAGIC, out);
  program_write(out, &f->program);
  for (uint32_t i = 0; i < f->n_decisions; i++)
    fprintf(out, "decision %u %u+%u %u\n", f->decisions[i].thread,
            f->decisions[i].anchor, f->decisions[i].offset,
            f->decisions[i].to);
  fprintf(out, "hash %016" PRIx64 "\noutcome %s: %s\n", f->hash,
          outcomes[f->outcome], f->why);
  if (!fclose(out)) return true;
  perror(path);
  return false;
}

static bool read_line(struct finding *f, const char *line)
{
  unsigned thread, anchor, offset, to;
  if (sscanf(line, "decision %u %u+%u %u", &thread, &anchor, &offset, &to) ==
      4) {
    if (f->n_decisions == SCHED_DECISIONS || thread >= STRATEGY_THREADS ||
        to >= STRATEGY_THREADS)
      return false;
    f->decisions[f->n_decisions++] =
        (struct strategy_decision){.anchor = anchor,
                                   .offset = offset,
                                   .thread = (uint8_t)thread,
                                   .to = (uint8_t)to};
    return true;
  }
  if (sscanf(line, "hash %" SCNx64, &f->hash) == 1) return true;
  return !strncmp(line, "outcome ", 8); // for people
}

bool finding_read(struct finding *f, const char *path)
{
  char line[1200];
  FILE *in = fopen(path, "r");
  if (!in) {
    perror(path);
    return false;
  }
  memset(f, 0, sizeof *f);
  bool good = fgets(line, sizeof line, in) && !strcmp(line, MAGIC) &&
              program_read(in, &f->program);
  while (good && fgets(line, sizeof line, in)) good = read_line(f, line);
  fclose(in);
  if (!good) fprintf(stderr, "explore: %s is not one of my files\n", path);
  return good;
}

// --- for people --------------------------------------------------------------

// "function at file:line" of a code address.
static const char *place(const void *address)
{
  static char text[4][256];
  static unsigned turn;
  char command[128], function[128] = "", file[128] = "";
  char *out = text[turn++ % 4];
  if (!address) return "its beginning";
  // The address is where the call returns to: one byte earlier is the call.
  snprintf(command, sizeof command,
           "addr2line -s -f -e /proc/%d/exe %p 2>/dev/null", (int)getpid(),
           (const void *)((const char *)address - 1));
  FILE *names = popen(command, "r");
  if (names) {
    if (!fgets(function, sizeof function, names)) *function = '\0';
    if (!fgets(file, sizeof file, names)) *file = '\0';
    pclose(names);
  }
  function[strcspn(function, "\n")] = '\0';
  file[strcspn(file, " \n")] = '\0';
  snprintf(out, sizeof text[0], "%s at %s", *function ? function : "?", file);
  return out;
}

static const struct op *op_with(const struct program *p, uint32_t anchor)
{
  for (uint32_t i = 0; i <= PROGRAM_THREADS; i++)
    for (uint32_t o = 0; o < p->lists[i].n; o++)
      if (p->lists[i].ops[o].id == PROGRAM_OP(anchor))
        return &p->lists[i].ops[o];
  return NULL;
}

// Mutators begin in the program's thread function, the others in the runtime.
static const char *thread_name(const struct sched_record *r, uint32_t thread)
{
  static char names[STRATEGY_THREADS][64];
  static const void *known[STRATEGY_THREADS];
  char *name = names[thread];
  if (!thread) return "main";
  if (known[thread] == r->entries[thread] && *name) return name;
  known[thread] = r->entries[thread];
  const char *entry = place((const char *)r->entries[thread] + 1);
  bool ours = strstr(entry, " at run.c") != NULL;
  uint32_t nth = 0;
  for (uint32_t i = 1; ours && i < thread; i++)
    nth += r->entries[i] == r->entries[thread];
  if (ours)
    snprintf(name, sizeof names[0], "mutator %c", (char)('A' + nth));
  else
    snprintf(name, sizeof names[0], "%.*s", (int)strcspn(entry, " "), entry);
  return name;
}

// Places in a sentence stand as @address@.
static void print_why(FILE *out, const char *why)
{
  const char *at;
  while ((at = strchr(why, '@'))) {
    char *end;
    void *address = (void *)(uintptr_t)strtoull(at + 1, &end, 16);
    fprintf(out, "%.*s%s", (int)(at - why), why, place(address));
    why = *end == '@' ? end + 1 : end;
  }
  fprintf(out, "%s\n", why);
}

// A comma: no safepoint between the two.
static void print_program(FILE *out, const struct program *p)
{
  static const char *const titles[] = {"before", "main", "A", "B"};
  fprintf(out, "collector %s %s\n", p->collector, p->options);
  if (p->times > 1) fprintf(out, "each %u times\n", p->times);
  for (uint32_t i = 0; i <= PROGRAM_THREADS; i++) {
    if (!p->lists[i].n) continue;
    fprintf(out, "%-7s", titles[i]);
    for (uint32_t o = 0; o < p->lists[i].n; o++) {
      if (o) fputs(p->lists[i].ops[o - 1].quiet ? ", " : "; ", out);
      program_print_op(out, &p->lists[i].ops[o]);
    }
    fputc('\n', out);
  }
}

void finding_show(FILE *out, const struct finding *f,
                  const struct sched_record *r)
{
  print_program(out, &f->program);
  fprintf(out, "schedule: %u decisions, %u switches, %" PRIu64 " steps\n",
          f->n_decisions, r->n_hops, r->steps);
  uint32_t first = r->n_hops > 60 ? r->n_hops - 60 : 0;
  if (first) fprintf(out, "  (the last 60 switches)\n");
  for (uint32_t i = first; i < r->n_hops; i++) {
    const struct sched_hop *h = &r->hops[i];
    const struct op *op = op_with(&f->program, h->anchor);
    bool mutator = !h->from || strstr(thread_name(r, h->from), "mutator");
    const char *how = h->ended ? "ends" : h->forced ? "waits" : "STOPPED";
    fprintf(out, "  %-12s %-7s", thread_name(r, h->from), how);
    if (!h->ended) fprintf(out, " in %s", place(h->place));
    if (mutator && op && !h->ended) {
      fputs(" [", out);
      program_print_op(out, op);
      fputc(']', out);
    }
    fprintf(out, " -> %s\n", thread_name(r, h->to));
  }
  fprintf(out, "  %s goes on, and: %s: ", thread_name(r, r->current),
          outcomes[r->outcome]);
  print_why(out, r->why);
}
