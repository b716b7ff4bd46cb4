// gct_import_garcosim.c: the text traces of GarCoSim's TraceFileSim.
// SPDX-License-Identifier: MIT
//
// A line is an operation of one thread, in one order for all, and its operands
// are words that begin with a letter: T thread, O object, P parent, C class,
// N slots, S bytes, # slot, F offset, I index, V, L.
//
//     a T1 O7 S104 N10 C1     object 7 is born; nothing holds it yet
//     + T1 O7, - T1 O7        a root of thread 1, as often as told
//     w T1 P7 #2 O9           slot 2 of object 7; O0 is nil
//     c T1 C3 F16 O9          the static field of class 3 at offset 16
//     r, s, x                 reads, writes of other values, locks: no events
//
// An object keeps the root that GCT gives it at birth until something else
// holds it, or, if nothing ever does, until its last use. Static fields are the
// slots of an object for each class, which is rooted for ever.
#include "gct_import_history.h"
#include "gct_import_lines.h"

#include <stdio.h>
#include <string.h>

enum letter {
  LETTER_T,
  LETTER_O,
  LETTER_P,
  LETTER_C,
  LETTER_N,
  LETTER_S,
  LETTER_HASH,
  LETTER_F,
  LETTER_I,
  LETTERS
};

static const char letters[] = "TOPCNS#FI"; // and V, L, which nobody needs

struct line {
  bool has[LETTERS];
  uint64_t value[LETTERS];
};

struct garcosim {
  struct gct__job *job;
  struct gct__lines lines;
  struct gct__history history;
  struct gct__ids objects; // of the file, to things
  struct gct__ids statics; // of classes, to things
  struct gct__ids fields;  // thing and offset, to slots
  struct gct__ids roots;   // thing and thread, to how often
  uint64_t thread;         // of the line before
  uint64_t *no_event, *no_thread, *no_object, *no_root, *beyond;
};

// ---- words

static bool read_word(struct garcosim *g, struct gct__word word,
                      struct line *line)
{
  char letter = word.at[0];
  const char *place = letter ? strchr(letters, letter) : NULL;
  uint64_t value;
  if (!place && letter != 'V' && letter != 'L')
    return gct__lines_fail(&g->lines, "'%.*s': no such operand",
                           (int)(word.n < 40 ? word.n : 40), word.at);
  if (!gct__lines_number(&g->lines, word, 1, 10, &value)) return false;
  if (!place) return true;
  line->has[place - letters] = true;
  line->value[place - letters] = value;
  return true;
}

static bool read_words(struct garcosim *g, struct line *line)
{
  *line = (struct line){0};
  if (g->lines.words[0].n != 1)
    return gct__lines_fail(
        &g->lines, "'%.*s': no such operation",
        (int)(g->lines.words[0].n < 40 ? g->lines.words[0].n : 40),
        g->lines.words[0].at);
  for (uint32_t i = 1; i < g->lines.n; i++)
    if (!read_word(g, g->lines.words[i], line)) return false;
  return true;
}

static bool need(struct garcosim *g, const struct line *line,
                 enum letter letter)
{
  return line->has[letter] ||
         gct__lines_fail(&g->lines, "there is no operand %c", letters[letter]);
}

// ---- objects

// The thing of an id, GCT_NIL for nil; false: no such object, counted.
static bool thing_of(struct garcosim *g, uint64_t id, uint32_t *thing)
{
  *thing = id ? gct__ids_get(&g->objects, id) : GCT_NIL;
  if (id == 0 || *thing != GCT_NIL) return true;
  ++*g->no_object;
  return false;
}

static uint32_t type_of_class(struct garcosim *g, const struct line *line)
{
  char name[40] = "(no class)";
  if (line->has[LETTER_C])
    snprintf(name, sizeof name, "class %llu",
             (unsigned long long)line->value[LETTER_C]);
  return gct__job_type(g->job, name, strlen(name));
}

static bool add(struct garcosim *g, enum gct__op_kind kind, uint8_t thread,
                uint32_t thing, uint32_t slot, uint32_t target)
{
  return gct__history_add(&g->history, &(struct gct__op){.kind = (uint8_t)kind,
                                                         .thread = thread,
                                                         .thing = thing,
                                                         .slot = slot,
                                                         .target = target,
                                                         .old = GCT__UNTOLD});
}

static bool birth(struct garcosim *g, const struct line *line, uint8_t thread)
{
  if (!need(g, line, LETTER_O) || !need(g, line, LETTER_S) ||
      !need(g, line, LETTER_N))
    return false;
  uint64_t id = line->value[LETTER_O], slots = line->value[LETTER_N];
  if (id == 0) return gct__lines_fail(&g->lines, "object 0 is nil");
  if (line->value[LETTER_S] / 8 >= UINT32_MAX || slots > GCT__HEAP_SLOT)
    return gct__lines_fail(&g->lines, "the object is too large");
  uint32_t *thing = gct__ids_at(&g->objects, id);
  if (!thing) return gct__job_no_memory(g->job);
  if (*thing != GCT_NIL)
    return gct__lines_fail(&g->lines, "object %llu is born twice",
                           (unsigned long long)id);
  *thing = gct__history_thing(&g->history, type_of_class(g, line),
                              line->value[LETTER_S], (uint32_t)slots);
  return g->job->code == 0 && add(g, GCT__BIRTH, thread, *thing, 0, GCT_NIL);
}

static bool root(struct garcosim *g, const struct line *line, uint8_t thread,
                 bool taken)
{
  uint32_t thing;
  if (!need(g, line, LETTER_O)) return false;
  if (!thing_of(g, line->value[LETTER_O], &thing) || thing == GCT_NIL)
    return true;
  uint32_t *count = gct__ids_at(&g->roots, (uint64_t)thing << 8 | thread);
  if (!count) return gct__job_no_memory(g->job);
  if (*count == GCT_NIL) *count = 0;
  if (!taken && *count == 0) {
    ++*g->no_root;
    return true;
  }
  if (taken)
    ++*count;
  else
    --*count;
  return add(g, taken ? GCT__ROOT : GCT__UNROOT, thread, thing, 0, GCT_NIL);
}

static bool write_slot(struct garcosim *g, const struct line *line,
                       uint8_t thread)
{
  uint32_t owner, target;
  if (!need(g, line, LETTER_P) || !need(g, line, LETTER_HASH) ||
      !need(g, line, LETTER_O))
    return false;
  if (!thing_of(g, line->value[LETTER_P], &owner) || owner == GCT_NIL ||
      !thing_of(g, line->value[LETTER_O], &target))
    return true;
  uint64_t slot = line->value[LETTER_HASH];
  struct gct__thing *thing = &g->history.things[owner];
  if (slot >= GCT__HEAP_SLOT)
    return gct__lines_fail(&g->lines, "slot %llu is too large",
                           (unsigned long long)slot);
  if (slot >= thing->slots) {
    ++*g->beyond;
    thing->slots = (uint32_t)slot + 1;
  }
  return add(g, GCT__WRITE, thread, owner, (uint32_t)slot, target);
}

// ---- static fields

static uint32_t statics_of(struct garcosim *g, uint64_t class, uint8_t thread)
{
  uint32_t *thing = gct__ids_at(&g->statics, class);
  if (!thing) return gct__job_no_memory(g->job), GCT_NIL;
  if (*thing != GCT_NIL) return *thing;
  uint32_t type = gct__job_type(g->job, "(static fields)", 15);
  *thing = gct__history_thing(&g->history, type, 0, 0);
  if (g->job->code != 0 || !add(g, GCT__BIRTH, thread, *thing, 0, GCT_NIL) ||
      !add(g, GCT__ROOT, thread, *thing, 0, GCT_NIL))
    return GCT_NIL;
  return *thing;
}

static bool write_static(struct garcosim *g, const struct line *line,
                         uint8_t thread)
{
  enum letter place = line->has[LETTER_F]   ? LETTER_F
                      : line->has[LETTER_I] ? LETTER_I
                                            : LETTER_HASH;
  uint32_t target;
  if (!need(g, line, LETTER_C) || !need(g, line, place) ||
      !need(g, line, LETTER_O))
    return false;
  if (!thing_of(g, line->value[LETTER_O], &target)) return true;
  if (line->value[place] > UINT32_MAX)
    return gct__lines_fail(&g->lines, "the offset is too large");
  uint32_t owner = statics_of(g, line->value[LETTER_C], thread);
  if (owner == GCT_NIL) return false;
  struct gct__thing *thing = &g->history.things[owner];
  uint32_t *slot =
      gct__ids_at(&g->fields, (uint64_t)owner << 32 | line->value[place]);
  if (!slot) return gct__job_no_memory(g->job);
  if (*slot == GCT_NIL) {
    *slot = thing->slots++;
    thing->words = thing->slots;
  }
  return add(g, GCT__WRITE, thread, owner, *slot, target);
}

// ---- lines

// Most lines name their thread; some files leave it out of roots.
static bool thread_of(struct garcosim *g, const struct line *line,
                      uint8_t *thread)
{
  *g->no_thread += !line->has[LETTER_T];
  if (line->has[LETTER_T]) g->thread = line->value[LETTER_T];
  return gct__history_thread(&g->history, g->thread, thread);
}

static bool read_line(struct garcosim *g)
{
  struct line line;
  uint8_t thread;
  if (!read_words(g, &line)) return false;
  char operation = g->lines.words[0].at[0];
  if (operation == 'r' || operation == 's' || operation == 'x') {
    ++*g->no_event;
    return true;
  }
  if (!operation || !strchr("a+-wc", operation))
    return gct__lines_fail(&g->lines, "'%c': no such operation", operation);
  if (!thread_of(g, &line, &thread)) return false;
  switch (operation) {
  case 'a':
    return birth(g, &line, thread);
  case 'w':
    return write_slot(g, &line, thread);
  case 'c':
    return write_static(g, &line, thread);
  default:
    return root(g, &line, thread, operation == '+');
  }
}

static bool read_all(struct garcosim *g)
{
  uint64_t every = g->job->options->every;
  while (gct__lines_next(&g->lines, '%')) {
    if (!read_line(g)) return false;
    if (every && g->lines.number % every == 0 && g->history.n_ops > 0 &&
        !gct__history_add(&g->history, &(struct gct__op){.kind = GCT__CHECK}))
      return false;
  }
  for (uint32_t i = 0; i < g->history.n_things; i++) {
    struct gct__life *life = &g->history.lives[i];
    life->birth_end =
        life->first_held == GCT_NIL ? life->last_use : life->first_held;
  }
  return g->job->code == 0;
}

static void make_counts(struct garcosim *g)
{
  g->no_event = gct__job_count(g->job, "import.no_event",
                               "lines left out: reads, writes of no reference, "
                               "locks");
  g->no_object = gct__job_count(g->job, "import.objects_unknown",
                                "lines left out: the object was never born");
  g->no_root = gct__job_count(g->job, "import.roots_unknown",
                              "lines left out: the thread has no such root");
  g->beyond = gct__job_count(g->job, "import.slots_beyond",
                             "writes beyond the slots announced");
  g->no_thread =
      gct__job_count(g->job, "import.threads_unknown",
                     "lines without a thread: taken for that before");
}

bool gct__import_garcosim(struct gct__job *job, const char *output)
{
  struct garcosim g = {.job = job,
                       .lines = {.job = job, .at = job->bytes},
                       .history = {.job = job, .has_roots = true}};
  make_counts(&g);
  gct__history_begin(&g.history);
  bool good = read_all(&g) && gct__history_write(&g.history, output);
  gct__history_end(&g.history);
  gct__ids_free(&g.objects);
  gct__ids_free(&g.statics);
  gct__ids_free(&g.fields);
  gct__ids_free(&g.roots);
  return good;
}
