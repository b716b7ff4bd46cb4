// gct_import_elephant_tracks.c: the text traces of Elephant Tracks.
// SPDX-License-Identifier: MIT
//
// A line is a record, its numbers hexadecimal (Ricci, Guyer and Moss, ISMM
// 2013):
//
//     A|I|N|P|V id size type site [length] thread   an object is born
//     D id thread                                   and is dead from here on
//     U old owner new field thread                  owner 0: a static field
//     M|E method receiver thread                    entry, exit
//     X|T|H method receiver exception thread        exceptions
//     R id thread, C ...                            seen in a variable; counts
//
// Deaths are told, roots are not (gct_import_history.h). A record that names an
// object uses it, so that no death comes before it. Static fields are the slots
// of one object that is rooted for ever. The slots of a type are the fields
// that are ever written in one of its objects, those of an array its length.
#include "gct_import_history.h"
#include "gct_import_lines.h"

#include <stdlib.h>

struct tracks {
  struct gct__job *job;
  struct gct__lines lines;
  struct gct__history history;
  struct gct__ids objects; // id to thing
  struct gct__ids fields;  // type and field to slot
  uint32_t *slots;         // of a type; not of arrays
  uint8_t *is_array;       // by thing
  uint32_t n_slots, statics;
  uint8_t thread; // of the record before
  uint64_t *calls, *no_object, *born_twice, *dead_twice, *beyond;
};

static bool number(struct tracks *t, uint32_t word, uint64_t *value)
{
  return gct__lines_number(&t->lines, t->lines.words[word], 0, 16, value);
}

static bool expect(struct tracks *t, uint32_t least, uint32_t most)
{
  if (t->lines.n >= least && t->lines.n <= most) return true;
  return gct__lines_fail(&t->lines, "record %c has %u operands, expected %u",
                         t->lines.words[0].at[0], t->lines.n - 1, most - 1);
}

// The thread in the last word. 0: the recorder itself, on no thread.
static bool set_thread(struct tracks *t)
{
  uint64_t id;
  if (!number(t, t->lines.n - 1, &id)) return false;
  if (id == 0 && t->history.n_threads > 0) return true;
  return gct__history_thread(&t->history, id, &t->thread);
}

static uint32_t thing_of(struct tracks *t, uint64_t id)
{
  uint32_t thing = id ? gct__ids_get(&t->objects, id) : GCT_NIL;
  *t->no_object += id && thing == GCT_NIL;
  return thing;
}

static bool add_birth(struct tracks *t, uint32_t thing)
{
  return gct__history_add(&t->history, &(struct gct__op){.kind = GCT__BIRTH,
                                                         .thread = t->thread,
                                                         .thing = thing,
                                                         .target = GCT_NIL});
}

// A thing, and room for what is known of it and of its type.
static uint32_t new_thing(struct tracks *t, uint32_t type, uint64_t bytes,
                          uint32_t slots, bool is_array)
{
  uint32_t n = t->history.n_things;
  if (t->job->code != 0 ||
      !gct__job_grow(t->job, &t->is_array, n, sizeof *t->is_array))
    return GCT_NIL;
  t->is_array[n] = is_array;
  for (; t->n_slots <= type; t->n_slots++) {
    if (!gct__job_grow(t->job, &t->slots, t->n_slots, sizeof *t->slots))
      return GCT_NIL;
    t->slots[t->n_slots] = 0;
  }
  return gct__history_thing(&t->history, type, bytes, slots);
}

static bool birth(struct tracks *t)
{
  uint64_t id, bytes, length = 0;
  if (!expect(t, 6, 7) || !number(t, 1, &id) || !number(t, 2, &bytes) ||
      (t->lines.n == 7 && !number(t, 5, &length)) || !set_thread(t))
    return false;
  struct gct__word name = t->lines.words[3];
  bool is_array = name.n > 1 && name.at[0] == '[' &&
                  (name.at[1] == '[' || name.at[1] == 'L');
  if (id == 0) return gct__lines_fail(&t->lines, "object 0 is nil");
  if (bytes / 8 >= UINT32_MAX)
    return gct__lines_fail(&t->lines, "the object is too large");
  if (is_array && (length > bytes / 4 || length > GCT__HEAP_SLOT))
    return gct__lines_fail(&t->lines,
                           "an array of %llu references in %llu "
                           "bytes",
                           (unsigned long long)length,
                           (unsigned long long)bytes);
  uint32_t *thing = gct__ids_at(&t->objects, id);
  if (!thing) return gct__job_no_memory(t->job);
  if (*thing != GCT_NIL && t->history.lives[*thing].death == GCT_NIL) {
    ++*t->born_twice;
    return true;
  }
  *thing = new_thing(t, gct__job_type(t->job, name.at, name.n), bytes,
                     is_array ? (uint32_t)length : 0, is_array);
  return t->job->code == 0 && add_birth(t, *thing);
}

static bool death(struct tracks *t)
{
  uint64_t id;
  if (!expect(t, 2, 3) || !number(t, 1, &id)) return false;
  uint32_t thing = thing_of(t, id);
  if (thing == GCT_NIL) return true;
  *t->dead_twice += t->history.lives[thing].death != GCT_NIL;
  if (t->history.lives[thing].death == GCT_NIL)
    gct__history_death(&t->history, thing);
  return true;
}

static uint32_t statics(struct tracks *t)
{
  if (t->statics != GCT_NIL) return t->statics;
  uint32_t type = gct__job_type(t->job, "(static fields)", 15);
  t->statics = new_thing(t, type, 0, 0, false);
  return t->job->code == 0 && add_birth(t, t->statics) ? t->statics : GCT_NIL;
}

// Which slot of the owner a field is.
static bool slot_of(struct tracks *t, uint32_t owner, uint64_t field,
                    uint32_t *slot)
{
  struct gct__thing *thing = &t->history.things[owner];
  if (t->is_array[owner]) {
    if (field >= GCT__HEAP_SLOT)
      return gct__lines_fail(&t->lines, "element %llu is too large",
                             (unsigned long long)field);
    *slot = (uint32_t)field;
    *t->beyond += *slot >= thing->slots;
    if (*slot >= thing->slots) thing->slots = *slot + 1;
    return true;
  }
  if (field > UINT32_MAX)
    return gct__lines_fail(&t->lines, "the field's number is too large");
  uint32_t *known =
      gct__ids_at(&t->fields, (uint64_t)thing->type << 32 | field);
  if (!known) return gct__job_no_memory(t->job);
  if (*known == GCT_NIL) *known = t->slots[thing->type]++;
  *slot = *known;
  return true;
}

static bool update(struct tracks *t)
{
  uint64_t old, owner_id, target, field;
  uint32_t slot = 0;
  if (!expect(t, 6, 6) || !number(t, 1, &old) || !number(t, 2, &owner_id) ||
      !number(t, 3, &target) || !number(t, 4, &field) || !set_thread(t))
    return false;
  uint32_t owner = owner_id ? thing_of(t, owner_id) : statics(t);
  if (t->job->code != 0) return false;
  if (owner == GCT_NIL) return true;
  if (!slot_of(t, owner, field, &slot)) return false;
  uint32_t was = old ? gct__ids_get(&t->objects, old) : GCT_NIL;
  return gct__history_add(
      &t->history,
      &(struct gct__op){.kind = GCT__WRITE,
                        .thread = t->thread,
                        .thing = owner,
                        .slot = slot,
                        .target = thing_of(t, target),
                        .old = old && was == GCT_NIL ? GCT__UNTOLD : was});
}

// Uses the objects in words first .. n-2.
static bool use(struct tracks *t, uint32_t words, uint32_t first)
{
  uint64_t id;
  if (!expect(t, words, words)) return false;
  for (uint32_t i = first; i + 1 < words; i++) {
    if (!number(t, i, &id)) return false;
    uint32_t thing = thing_of(t, id);
    if (thing != GCT_NIL) gct__history_use(&t->history, thing);
  }
  ++*t->calls;
  return true;
}

static bool read_line(struct tracks *t)
{
  if (t->lines.words[0].n != 1)
    return gct__lines_fail(
        &t->lines, "'%.*s': no such record",
        (int)(t->lines.words[0].n < 40 ? t->lines.words[0].n : 40),
        t->lines.words[0].at);
  switch (t->lines.words[0].at[0]) {
  case 'A':
  case 'I':
  case 'N':
  case 'P':
  case 'V':
    return birth(t);
  case 'D':
    return death(t);
  case 'U':
    return update(t);
  case 'M':
  case 'E':
    return use(t, 4, 2);
  case 'X':
  case 'T':
  case 'H':
    return use(t, 5, 2);
  case 'R':
    return use(t, 3, 1);
  case 'C':
    return ++*t->calls;
  default:
    return gct__lines_fail(&t->lines, "'%c': no such record",
                           t->lines.words[0].at[0]);
  }
}

static bool read_all(struct tracks *t)
{
  uint64_t every = t->job->options->every;
  while (gct__lines_next(&t->lines, '#')) {
    if (!read_line(t)) return false;
    if (every && t->lines.number % every == 0 && t->history.n_ops > 0 &&
        !gct__history_add(&t->history, &(struct gct__op){.kind = GCT__CHECK}))
      return false;
  }
  for (uint32_t i = 0; i < t->history.n_things; i++) {
    struct gct__thing *thing = &t->history.things[i];
    if (!t->is_array[i]) thing->slots = t->slots[thing->type];
    if (i == t->statics) thing->words = thing->slots;
  }
  return t->job->code == 0;
}

static void make_counts(struct tracks *t)
{
  t->calls = gct__job_count(t->job, "import.no_event",
                            "records without an event: calls, exceptions, "
                            "variables, counts");
  t->no_object = gct__job_count(t->job, "import.objects_unknown",
                                "mentions of objects that were never born");
  t->born_twice = gct__job_count(t->job, "import.born_twice",
                                 "births left out: the object is alive");
  t->dead_twice = gct__job_count(t->job, "import.dead_twice",
                                 "deaths left out: the object is dead");
  t->beyond = gct__job_count(t->job, "import.slots_beyond",
                             "updates beyond the length of an array");
}

bool gct__import_elephant_tracks(struct gct__job *job, const char *output)
{
  struct tracks t = {.job = job,
                     .lines = {.job = job, .at = job->bytes},
                     .history = {.job = job},
                     .statics = GCT_NIL};
  make_counts(&t);
  gct__history_begin(&t.history);
  bool good = read_all(&t) && gct__history_write(&t.history, output);
  gct__history_end(&t.history);
  gct__ids_free(&t.objects);
  gct__ids_free(&t.fields);
  free(t.slots);
  free(t.is_array);
  return good;
}
