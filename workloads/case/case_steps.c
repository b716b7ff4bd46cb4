// case_steps.c: the words of each step of a scenario, and the names in them.
// SPDX-License-Identifier: MIT
//
// Names are resolved at once, in a tree per case (tsearch). Steps of features
// that a case only declares (weak references, ephemerons) are checked for
// their form and dropped.

#include "case_parser.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What a name stands for.
enum kind { NAME_OBJECT, NAME_OTHER, NAME_ACTION, NAME_READING };
struct name {
  const char *text; // first: what by_text compares
  enum kind kind;
  uint32_t object; // NAME_OBJECT
  char storage[];
};

static int by_text(const void *a, const void *b)
{
  return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

// Gives a name a meaning in this case; a new meaning replaces the old one.
static bool define(struct parser *p, const char *text, enum kind kind,
                   uint32_t object)
{
  if (!case_is_name(text)) return case__fail(p, "name expected");
  struct name *name = malloc(sizeof *name + strlen(text) + 1);
  if (!name) return case__out_of_memory(p);
  strcpy(name->storage, text);
  name->text = name->storage;
  struct name **found = tsearch(name, &p->names, by_text);
  if (!found) {
    free(name);
    return case__out_of_memory(p);
  }
  if (*found != name) {
    free(name);
    name = *found;
  }
  name->kind = kind;
  name->object = object;
  return true;
}

static struct name *look_up(struct parser *p, const char *text)
{
  struct name key = {.text = text};
  struct name **found = tfind(&key, &p->names, by_text);
  return found ? *found : NULL;
}

// p->word as an object: its number in *object, or CASE_NIL for one that only
// exists in a feature (a weak reference, an ephemeron).
static bool object_named(struct parser *p, const char *text, uint32_t *object)
{
  struct name *name = look_up(p, text);
  if (!name || (name->kind != NAME_OBJECT && name->kind != NAME_OTHER))
    return case__fail(p, "no object of this name in case %s", p->one->name);
  *object = name->kind == NAME_OBJECT ? name->object : CASE_NIL;
  return true;
}

// p->word as OWNER.SLOT.
static bool slot_named(struct parser *p, uint32_t *object, uint32_t *slot)
{
  char text[CASE_WORD];
  strcpy(text, p->word);
  char *dot = strrchr(text, '.');
  if (!dot) return case__fail(p, "OWNER.SLOT expected");
  *dot = '\0';
  if (!case_number(dot + 1, CASE_MAX_SLOT, slot))
    return case__fail(p, "slot number from 0 to %u expected", CASE_MAX_SLOT);
  if (!object_named(p, text, object)) return false;
  if (*object == CASE_NIL) return case__fail(p, "object with slots expected");
  struct case_object *o = &p->file->objects[*object];
  if (*slot < o->slots) return true;
  if (o->fixed) return case__fail(p, "%s has %u slots", o->name, o->slots);
  o->slots = *slot + 1;
  return true;
}

// p->word as an object or nil.
static bool target_named(struct parser *p, uint32_t *target, bool *foreign)
{
  *target = CASE_NIL;
  *foreign = false;
  if (!strcmp(p->word, "nil")) return true;
  if (!object_named(p, p->word, target)) return false;
  *foreign = *target == CASE_NIL;
  return true;
}

static bool add_step(struct parser *p, enum case_op op, uint32_t object,
                     uint32_t target, uint32_t slot)
{
  struct case_file *f = p->file;
  if (f->n_steps == CASE_MAX_STEPS)
    return case__fail(p, "more than %u steps", CASE_MAX_STEPS);
  if (!case__reserve(&f->steps, &f->room_steps, f->n_steps, sizeof *f->steps))
    return case__out_of_memory(p);
  f->steps[f->n_steps++] = (struct case_step){.op = op,
                                              .line = (uint32_t)p->number,
                                              .object = object,
                                              .target = target,
                                              .slot = slot};
  return true;
}

static bool new_option(struct parser *p, struct case_object *o)
{
  char *value = strchr(p->word, '=');
  if (!value) return case__fail(p, "slots=, bytes=, type= or fin= expected");
  *value = '\0';
  const char *text = value + 1;
  bool good = true, known = true;
  if (!strcmp(p->word, "slots")) {
    good = case_number(text, CASE_MAX_SLOT + 1, &o->slots);
    o->fixed = true;
  } else if (!strcmp(p->word, "bytes")) {
    good = case_number(text, 1u << 28, &o->bytes);
  } else if (!strcmp(p->word, "type")) {
    good = case_is_name(text);
  } else if (!strcmp(p->word, "fin")) {
    struct name *action = look_up(p, text);
    good = action && action->kind == NAME_ACTION;
    p->one->features |= CASE_FINALIZERS;
  } else {
    known = false;
  }
  *value = '=';
  if (!known) return case__fail(p, "slots=, bytes=, type= or fin= expected");
  return good || case__fail(p, "value of %.*s not understood",
                            (int)(value - p->word), p->word);
}

static bool parse_new(struct parser *p)
{
  struct case_file *f = p->file;
  if (!case__want(p, "name")) return false;
  if (!case__reserve(&f->objects, &f->room_objects, f->n_objects,
                     sizeof *f->objects))
    return case__out_of_memory(p);
  uint32_t object = (uint32_t)f->n_objects;
  if (!define(p, p->word, NAME_OBJECT, object)) return false;
  struct case_object *o = &f->objects[object];
  *o = (struct case_object){.line = (uint32_t)p->number, .slots = 4};
  o->name = strdup(p->word);
  if (!o->name) return case__out_of_memory(p);
  f->n_objects++;
  o->roots[p->thread] = 1;
  while (case__next(p))
    if (!new_option(p, o)) return false;
  return p->status == 0 && add_step(p, CASE_NEW, object, CASE_NIL, 0);
}

static bool parse_slot_and_target(struct parser *p, enum case_op op)
{
  uint32_t object = CASE_NIL, slot = 0, target = CASE_NIL;
  bool foreign;
  if (!case__want(p, "OWNER.SLOT") || !slot_named(p, &object, &slot))
    return false;
  if (!case__want(p, "name or nil") || !target_named(p, &target, &foreign))
    return false;
  return add_step(p, foreign ? CASE_FOREIGN : op, object, target, slot) &&
         case__want_end(p);
}

// One or more objects, one step each.
static bool parse_objects(struct parser *p, enum case_op op)
{
  if (!case__want(p, "name")) return false;
  do {
    uint32_t object = CASE_NIL;
    if (!object_named(p, p->word, &object)) return false;
    bool foreign = object == CASE_NIL;
    if (!foreign && (op == CASE_ROOT || op == CASE_DROP)) {
      uint32_t *roots = &p->file->objects[object].roots[p->thread];
      if (op == CASE_DROP && *roots == 0 && !p->one->features)
        return case__fail(p, "thread %u holds no root of it", p->thread);
      *roots += op == CASE_ROOT ? 1 : -(uint32_t)(*roots > 0);
    }
    if (!add_step(p, foreign ? CASE_FOREIGN : op, object, CASE_NIL, 0))
      return false;
  } while (case__next(p));
  return p->status == 0;
}

static bool parse_collect(struct parser *p)
{
  uint32_t generation;
  if (case__next(p)) {
    if (strncmp(p->word, "gen=", 4) ||
        !case_number(p->word + 4, 9, &generation))
      return case__fail(p, "gen=0 to gen=9 expected");
    p->one->features |= CASE_GENERATIONS;
  }
  return add_step(p, CASE_COLLECT, CASE_NIL, CASE_NIL, 0) && case__want_end(p);
}

static bool parse_thread(struct parser *p)
{
  if (!case__want_number(p, CASE_THREADS - 1, &p->thread)) return false;
  if (p->one->threads <= p->thread) p->one->threads = p->thread + 1;
  return add_step(p, CASE_THREAD, CASE_NIL, CASE_NIL, p->thread) &&
         case__want_end(p);
}

// weak NAME OBJECT [cb=ACTION] [cbref=OBJECT]
static bool parse_weak(struct parser *p)
{
  char name[CASE_WORD];
  uint32_t object;
  p->one->features |= CASE_WEAK;
  if (!case__want(p, "name")) return false;
  strcpy(name, p->word);
  if (!case__want(p, "name") || !object_named(p, p->word, &object))
    return false;
  while (case__next(p)) {
    struct name *action = look_up(p, p->word + 3);
    if (!strncmp(p->word, "cb=", 3) && action && action->kind == NAME_ACTION)
      p->one->features |= CASE_WEAK_CALLBACKS;
    else if (strncmp(p->word, "cbref=", 6))
      return case__fail(p, "cb=ACTION or cbref=OBJECT expected");
    else if (!object_named(p, p->word + 6, &object))
      return false;
  }
  return p->status == 0 && define(p, name, NAME_OTHER, CASE_NIL);
}

static bool parse_ephemeron(struct parser *p)
{
  char name[CASE_WORD];
  uint32_t object;
  p->one->features |= CASE_EPHEMERONS;
  if (!case__want(p, "name")) return false;
  strcpy(name, p->word);
  for (int i = 0; i < 2; i++)
    if (!case__want(p, "name") || !object_named(p, p->word, &object))
      return false;
  return define(p, name, NAME_OTHER, CASE_NIL) && case__want_end(p);
}

// read NAME VARIABLE: of a weak reference.
static bool parse_read(struct parser *p)
{
  uint32_t object;
  p->one->features |= CASE_WEAK;
  return case__want(p, "name") && object_named(p, p->word, &object) &&
         case__want(p, "name") && define(p, p->word, NAME_READING, CASE_NIL) &&
         case__want_end(p);
}

static bool parse_reclaimed(struct parser *p)
{
  uint32_t n;
  return case__want_number(p, UINT32_MAX - 1, &n) &&
         add_step(p, CASE_RECLAIMED, CASE_NIL, CASE_NIL, n) &&
         case__want_end(p);
}

// Expectations that only cases with a feature can have.
static bool parse_foreign(struct parser *p, enum kind kind)
{
  uint32_t ignored;
  bool foreign;
  if (!case__want(p, "name")) return false;
  struct name *name = look_up(p, p->word);
  // Readings and weak references may come from actions, which have not run.
  bool late = kind != NAME_ACTION && !name && p->one->features;
  bool good = late || kind == NAME_READING || (name && name->kind == kind);
  if (!good) return case__fail(p, "not defined in case %s", p->one->name);
  if (kind == NAME_ACTION)
    return case__want_number(p, UINT32_MAX - 1, &ignored) && case__want_end(p);
  return case__want(p, "name or nil") && target_named(p, &ignored, &foreign) &&
         case__want_end(p);
}

static bool parse_expect(struct parser *p)
{
  if (!case__want(p, "alive, dead, edge, weak, calls, read or reclaimed"))
    return false;
  const char *w = p->word;
  if (!strcmp(w, "alive")) return parse_objects(p, CASE_ALIVE);
  if (!strcmp(w, "dead")) return parse_objects(p, CASE_DEAD);
  if (!strcmp(w, "edge")) return parse_slot_and_target(p, CASE_EDGE);
  if (!strcmp(w, "reclaimed")) return parse_reclaimed(p);
  if (!strcmp(w, "weak")) return parse_foreign(p, NAME_OTHER);
  if (!strcmp(w, "calls")) return parse_foreign(p, NAME_ACTION);
  if (!strcmp(w, "read")) return parse_foreign(p, NAME_READING);
  return case__fail(
      p, "alive, dead, edge, weak, calls, read or reclaimed expected");
}

static bool parse_tags(struct parser *p)
{
  static const struct {
    const char *word;
    uint32_t feature;
  } tags[] = {{"final", CASE_FINALIZERS},
              {"pycb", CASE_WEAK_CALLBACKS},
              {"gen", CASE_GENERATIONS},
              {"ephemeron", CASE_EPHEMERONS},
              {"weak", CASE_WEAK}};
  while (case__next(p)) {
    size_t i = 0, n = sizeof tags / sizeof *tags;
    while (i < n && strcmp(p->word, tags[i].word)) i++;
    if (i == n)
      return case__fail(p, "final, pycb, gen, ephemeron or weak expected");
    p->one->features |= tags[i].feature;
  }
  return p->status == 0;
}

static bool parse_teardown(struct parser *p)
{
  p->one->features |= CASE_TEARDOWN;
  return case__want_end(p);
}

static bool parse_churn(struct parser *p)
{
  uint32_t n;
  return case__want_number(p, 1u << 30, &n) &&
         add_step(p, CASE_CHURN, CASE_NIL, CASE_NIL, n) && case__want_end(p);
}

// act NAME: step; step ... Its names are looked up when it runs, so only the
// verbs can be checked here.
static bool parse_action(struct parser *p)
{
  static const char verbs[] =
      " new set weak eph drop root collect churn read teardown ";
  if (!case__want(p, "NAME:")) return false;
  size_t n = strlen(p->word);
  if (n < 2 || p->word[n - 1] != ':') return case__fail(p, "NAME: expected");
  p->word[n - 1] = '\0';
  if (!define(p, p->word, NAME_ACTION, CASE_NIL)) return false;
  for (bool verb = true; case__next(p);) {
    char around[CASE_WORD + 2];
    snprintf(around, sizeof around, " %s ", p->word);
    bool ends = strlen(p->word) > 1 && p->word[strlen(p->word) - 1] == ';';
    if (ends) memcpy(strchr(around, ';'), " ", 2);
    if (verb && !strstr(verbs, around))
      return case__fail(p, "a step that an action may have expected");
    verb = ends;
  }
  return p->status == 0;
}

static bool parse_source(struct parser *p)
{
  const char *at = p->line.at, *end = p->line.end;
  while (at < end && (*at == ' ' || *at == '\t')) at++;
  free(p->one->source);
  p->one->source = strndup(at, (size_t)(end - at));
  return p->one->source || case__out_of_memory(p);
}

void case__forget_names(struct parser *p)
{
  tdestroy(p->names, free);
  p->names = NULL;
}

bool case__step(struct parser *p)
{
  static const struct {
    const char *word;
    bool (*parse)(struct parser *p);
  } steps[] = {
      {"new", parse_new},         {"expect", parse_expect},
      {"collect", parse_collect}, {"churn", parse_churn},
      {"thread", parse_thread},   {"weak", parse_weak},
      {"eph", parse_ephemeron},   {"read", parse_read},
      {"tags", parse_tags},       {"src", parse_source},
      {"act", parse_action},      {"teardown", parse_teardown},
  };
  if (!strcmp(p->word, "set")) return parse_slot_and_target(p, CASE_SET);
  if (!strcmp(p->word, "drop")) return parse_objects(p, CASE_DROP);
  if (!strcmp(p->word, "root")) return parse_objects(p, CASE_ROOT);
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    if (!strcmp(p->word, steps[i].word)) return steps[i].parse(p);
  return case__fail(p, "no such step");
}
