// case_names.c: what the names in a scenario stand for: objects and slots.
// SPDX-License-Identifier: MIT
//
// Names are resolved at once, in a tree per case (tsearch). Runs on the
// parser's thread.

#include "case_parser.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct name {
  const char *text; // first: what by_text compares
  enum case_meaning meaning;
  uint32_t number;
  char storage[];
};

static int by_text(const void *a, const void *b)
{
  return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

bool case__define(struct parser *p, const char *text, enum case_meaning meaning,
                  uint32_t number)
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
  name->meaning = meaning;
  name->number = number;
  return true;
}

enum case_meaning case__look_up(struct parser *p, const char *text,
                                uint32_t *number)
{
  struct name key = {.text = text};
  struct name **found = tfind(&key, &p->names, by_text);
  if (!found) return CASE_NO_NAME;
  *number = (*found)->number;
  return (*found)->meaning;
}

void case__forget_names(struct parser *p)
{
  tdestroy(p->names, free);
  p->names = NULL;
}

// --- objects ---------------------------------------------------------------

// An action makes what was named when its line was read.
static struct case_object *made_by_action(struct parser *p, enum case_kind kind)
{
  uint32_t object = CASE_NIL;
  struct case_object *o = NULL;
  if (case__look_up(p, p->word, &object) == CASE_OBJECT)
    o = &p->file->objects[object];
  if (o && o->maker == p->action && o->kind == kind) return o;
  case__fail(p, "another step gives this name a meaning");
  return NULL;
}

struct case_object *case__new_object(struct parser *p, enum case_kind kind)
{
  struct case_file *f = p->file;
  if (p->action != CASE_NIL) return made_by_action(p, kind);
  if (!case__reserve(&f->objects, &f->room_objects, f->n_objects,
                     sizeof *f->objects)) {
    case__out_of_memory(p);
    return NULL;
  }
  if (!case__define(p, p->word, CASE_OBJECT, (uint32_t)f->n_objects))
    return NULL;
  static const uint32_t slots[] = {
      [CASE_PLAIN] = 4, [CASE_WEAK_REFERENCE] = 1, [CASE_EPHEMERON] = 0};
  struct case_object *o = &f->objects[f->n_objects];
  *o = (struct case_object){.line = (uint32_t)p->number,
                            .kind = kind,
                            .action = CASE_NIL,
                            .maker = CASE_NIL,
                            .slots = slots[kind]};
  o->name = strdup(p->word);
  if (!o->name) {
    case__out_of_memory(p);
    return NULL;
  }
  f->n_objects++;
  return o;
}

bool case__object(struct parser *p, const char *text, uint32_t *object)
{
  *object = CASE_SELF;
  if (p->action != CASE_NIL && !strcmp(text, "$self")) return true;
  return case__look_up(p, text, object) == CASE_OBJECT ||
         case__fail(p, "no object of this name in case %s", p->one->name);
}

bool case__want_object(struct parser *p, uint32_t *object)
{
  return case__want(p, "name") && case__object(p, p->word, object);
}

bool case__want_target(struct parser *p, uint32_t *target)
{
  *target = CASE_NIL;
  return case__want(p, "name or nil") &&
         (!strcmp(p->word, "nil") || case__object(p, p->word, target));
}

bool case__want_weak(struct parser *p, uint32_t *object)
{
  if (!case__want_object(p, object)) return false;
  return (*object != CASE_SELF &&
          p->file->objects[*object].kind == CASE_WEAK_REFERENCE) ||
         case__fail(p, "weak reference expected");
}

// --- what $self stands for -------------------------------------------------

// Calls `each` for the object, or for each that $self can be in this action.
static bool each_object(struct parser *p, uint32_t object,
                        bool (*each)(struct parser *p, struct case_object *o,
                                     uint32_t number),
                        uint32_t number)
{
  struct case_file *f = p->file;
  if (object != CASE_SELF) return each(p, &f->objects[object], number);
  for (size_t i = p->one->first_object; i < f->n_objects; i++)
    if (f->objects[i].action == p->action && !each(p, &f->objects[i], number))
      return false;
  return true;
}

static bool needs_slot(struct parser *p, struct case_object *o, uint32_t slot)
{
  if (o->kind != CASE_PLAIN) return case__fail(p, "object with slots expected");
  if (slot < o->slots) return true;
  if (o->fixed) return case__fail(p, "%s has %u slots", o->name, o->slots);
  o->slots = slot + 1;
  return true;
}

bool case__want_slot(struct parser *p, uint32_t *object, uint32_t *slot)
{
  if (!case__want(p, "OWNER.SLOT")) return false;
  char text[CASE_WORD];
  strcpy(text, p->word);
  char *dot = strrchr(text, '.');
  if (!dot) return case__fail(p, "OWNER.SLOT expected");
  *dot = '\0';
  if (!case_number(dot + 1, CASE_MAX_SLOT, slot))
    return case__fail(p, "slot number from 0 to %u expected", CASE_MAX_SLOT);
  return case__object(p, text, object) &&
         each_object(p, *object, needs_slot, *slot);
}

static bool is_weakable(struct parser *p, struct case_object *o,
                        uint32_t unused)
{
  (void)p, (void)unused;
  o->weakable = true;
  return true;
}

bool case__make_weakable(struct parser *p, uint32_t object)
{
  return each_object(p, object, is_weakable, 0);
}
