// case_steps.c: the words of each step of a scenario.
// SPDX-License-Identifier: MIT
//
// The same for the steps of a case and of its actions. Runs on the parser's
// thread.

#include "case_parser.h"

#include <stdlib.h>
#include <string.h>

static struct case_step *add_step(struct parser *p, enum case_op op,
                                  uint32_t object, uint32_t target)
{
  struct case_file *f = p->file;
  if (f->n_steps == CASE_MAX_STEPS) {
    case__fail(p, "more than %u steps", CASE_MAX_STEPS);
    return NULL;
  }
  if (!case__reserve(&f->steps, &f->room_steps, f->n_steps, sizeof *f->steps)) {
    case__out_of_memory(p);
    return NULL;
  }
  struct case_step *step = &f->steps[f->n_steps++];
  *step = (struct case_step){.op = op,
                             .line = (uint32_t)p->number,
                             .object = object,
                             .target = target};
  return step;
}

// The same, where the line ends here.
static bool last_step(struct parser *p, enum case_op op, uint32_t object,
                      uint32_t target, uint32_t number)
{
  struct case_step *step =
      case__want_end(p) ? add_step(p, op, object, target) : NULL;
  if (step) step->number = number;
  return step;
}

// --- what makes and changes objects ----------------------------------------

static bool action_named(struct parser *p, const char *text, uint32_t *action)
{
  return case__look_up(p, text, action) == CASE_ACTION;
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
    good = action_named(p, text, &o->action);
    p->one->features |= CASE_FINALIZERS;
  } else {
    known = false;
  }
  *value = '=';
  if (!known) return case__fail(p, "slots=, bytes=, type= or fin= expected");
  return good || case__fail(p, "value of %.*s not understood",
                            (int)(value - p->word), p->word);
}

static uint32_t number_of(const struct parser *p, const struct case_object *o)
{
  return (uint32_t)(o - p->file->objects);
}

static bool parse_new(struct parser *p)
{
  if (!case__want(p, "name")) return false;
  struct case_object *o = case__new_object(p, CASE_PLAIN);
  if (!o) return false;
  o->roots[p->thread] = 1;
  while (case__next(p))
    if (!new_option(p, o)) return false;
  return p->status == 0 && add_step(p, CASE_NEW, number_of(p, o), CASE_NIL);
}

// cb=ACTION or cbref=OBJECT
static bool weak_option(struct parser *p, uint32_t *action, uint32_t *other)
{
  if (!strncmp(p->word, "cb=", 3) && action_named(p, p->word + 3, action)) {
    p->one->features |= CASE_WEAK_CALLBACKS;
    return true;
  }
  if (!strncmp(p->word, "cbref=", 6))
    return case__object(p, p->word + 6, other);
  return case__fail(p, "cb=ACTION or cbref=OBJECT expected");
}

// weak NAME OBJECT [cb=ACTION] [cbref=OBJECT]
static bool parse_weak(struct parser *p)
{
  char name[CASE_WORD];
  uint32_t target, action = CASE_NIL, other = CASE_NIL;
  p->one->features |= CASE_WEAK;
  if (!case__want(p, "name")) return false;
  strcpy(name, p->word);
  if (!case__want_object(p, &target)) return false;
  while (case__next(p))
    if (!weak_option(p, &action, &other)) return false;
  if (p->status) return false;
  strcpy(p->word, name);
  struct case_object *o = case__new_object(p, CASE_WEAK_REFERENCE);
  if (!o) return false;
  o->roots[p->thread] = 1;
  o->action = action;
  o->weakable = action != CASE_NIL; // whether it lives is asked weakly
  struct case_step *step = add_step(p, CASE_NEW_WEAK, number_of(p, o), target);
  if (step) step->other = other;
  return step && case__make_weakable(p, target);
}

// eph NAME KEY VALUE
static bool parse_ephemeron(struct parser *p)
{
  char name[CASE_WORD];
  uint32_t key, value;
  p->one->features |= CASE_EPHEMERONS;
  if (!case__want(p, "name")) return false;
  strcpy(name, p->word);
  if (!case__want_object(p, &key) || !case__want_object(p, &value) ||
      !case__want_end(p))
    return false;
  strcpy(p->word, name);
  struct case_object *o = case__new_object(p, CASE_EPHEMERON);
  if (!o) return false;
  o->roots[p->thread] = 1;
  struct case_step *step =
      add_step(p, CASE_NEW_EPHEMERON, number_of(p, o), key);
  if (step) step->other = value;
  return step && case__make_weakable(p, key);
}

static bool parse_slot_and_target(struct parser *p, enum case_op op)
{
  uint32_t object, slot, target;
  return case__want_slot(p, &object, &slot) && case__want_target(p, &target) &&
         last_step(p, op, object, target, slot);
}

// What actions do to roots is known only when they have run.
static bool count_roots(struct parser *p, enum case_op op, uint32_t object)
{
  if (p->file->n_actions > p->one->first_action) return true;
  uint32_t *roots = &p->file->objects[object].roots[p->thread];
  if (op == CASE_DROP && *roots == 0)
    return case__fail(p, "thread %u holds no root of it", p->thread);
  *roots += op == CASE_ROOT ? 1 : -(uint32_t)(op == CASE_DROP);
  return true;
}

// One or more objects, one step each.
static bool parse_objects(struct parser *p, enum case_op op)
{
  if (!case__want(p, "name")) return false;
  do {
    uint32_t object;
    if (!case__object(p, p->word, &object) || !count_roots(p, op, object) ||
        !add_step(p, op, object, CASE_NIL))
      return false;
  } while (case__next(p));
  return p->status == 0;
}

// --- other steps -----------------------------------------------------------

static bool parse_collect(struct parser *p)
{
  uint32_t generation = CASE_FULL;
  if (case__next(p)) {
    if (strncmp(p->word, "gen=", 4) ||
        !case_number(p->word + 4, 9, &generation))
      return case__fail(p, "gen=0 to gen=9 expected");
    p->one->features |= CASE_GENERATIONS;
  }
  return last_step(p, CASE_COLLECT, CASE_NIL, CASE_NIL, generation);
}

static bool parse_thread(struct parser *p)
{
  if (!case__want_number(p, CASE_THREADS - 1, &p->thread)) return false;
  if (p->one->threads <= p->thread) p->one->threads = p->thread + 1;
  return last_step(p, CASE_THREAD, CASE_NIL, CASE_NIL, p->thread);
}

// read NAME VARIABLE: of a weak reference. In an action the variable is known
// already.
static bool parse_read(struct parser *p)
{
  uint32_t object, reading;
  if (!case__want_weak(p, &object) || !case__want(p, "name")) return false;
  if (case__look_up(p, p->word, &reading) != CASE_READING) {
    reading = p->one->n_readings++;
    if (!case__define(p, p->word, CASE_READING, reading)) return false;
  }
  return last_step(p, CASE_READ, object, CASE_NIL, reading);
}

static bool parse_churn(struct parser *p)
{
  uint32_t n;
  return case__want_number(p, 1u << 30, &n) &&
         last_step(p, CASE_CHURN, CASE_NIL, CASE_NIL, n);
}

// --- expectations ----------------------------------------------------------

static bool parse_reclaimed(struct parser *p)
{
  uint32_t n;
  return case__want_number(p, UINT32_MAX - 1, &n) &&
         last_step(p, CASE_RECLAIMED, CASE_NIL, CASE_NIL, n);
}

static bool parse_weak_is(struct parser *p)
{
  uint32_t object, target;
  return case__want_weak(p, &object) && case__want_target(p, &target) &&
         last_step(p, CASE_WEAK_IS, object, target, 0);
}

static bool parse_calls(struct parser *p)
{
  uint32_t action, n;
  if (!case__want(p, "name")) return false;
  if (!action_named(p, p->word, &action))
    return case__fail(p, "not defined in case %s", p->one->name);
  return case__want_number(p, UINT32_MAX - 1, &n) &&
         last_step(p, CASE_CALLS, action, CASE_NIL, n);
}

static bool parse_reading_is(struct parser *p)
{
  uint32_t reading, target;
  if (!case__want(p, "name")) return false;
  if (case__look_up(p, p->word, &reading) != CASE_READING)
    return case__fail(p, "not defined in case %s", p->one->name);
  return case__want_target(p, &target) &&
         last_step(p, CASE_READING_IS, CASE_NIL, target, reading);
}

static bool parse_expect(struct parser *p)
{
  static const char what[] =
      "alive, dead, edge, weak, calls, read or reclaimed";
  if (!case__want(p, what)) return false;
  const char *w = p->word;
  if (!strcmp(w, "alive")) return parse_objects(p, CASE_ALIVE);
  if (!strcmp(w, "dead")) return parse_objects(p, CASE_DEAD);
  if (!strcmp(w, "edge")) return parse_slot_and_target(p, CASE_EDGE);
  if (!strcmp(w, "reclaimed")) return parse_reclaimed(p);
  if (!strcmp(w, "weak")) return parse_weak_is(p);
  if (!strcmp(w, "calls")) return parse_calls(p);
  if (!strcmp(w, "read")) return parse_reading_is(p);
  return case__fail(p, "%s expected", what);
}

// --- what a case says of itself --------------------------------------------

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

static bool parse_source(struct parser *p)
{
  const char *at = p->line.at, *end = p->line.end;
  while (at < end && (*at == ' ' || *at == '\t')) at++;
  free(p->one->source);
  p->one->source = strndup(at, (size_t)(end - at));
  return p->one->source || case__out_of_memory(p);
}

bool case__step(struct parser *p)
{
  static const struct {
    const char *word;
    bool (*parse)(struct parser *p);
  } steps[] = {
      {"new", parse_new},          {"expect", parse_expect},
      {"collect", parse_collect},  {"churn", parse_churn},
      {"thread", parse_thread},    {"weak", parse_weak},
      {"eph", parse_ephemeron},    {"read", parse_read},
      {"tags", parse_tags},        {"src", parse_source},
      {"act", case__parse_action}, {"teardown", parse_teardown},
  };
  if (!strcmp(p->word, "set")) return parse_slot_and_target(p, CASE_SET);
  if (!strcmp(p->word, "drop")) return parse_objects(p, CASE_DROP);
  if (!strcmp(p->word, "root")) return parse_objects(p, CASE_ROOT);
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    if (!strcmp(p->word, steps[i].word)) return steps[i].parse(p);
  return case__fail(p, "no such step");
}
