// test_gct_deaths.c: when objects of a trace come to be out of reach.
// SPDX-License-Identifier: MIT
//
// By hand where the right answer can be seen, and on random programs against
// the plainest judge there is: after every event, everything that the roots
// lead to.
#include "gct_fixture.h"

#include <unistd.h>

#include "gct_deaths.h"
#include "gct_random.h"

#define HEAD "#!gct 1\ntype 1 flags=1 name=node\n"
#define NEW(handle) "T0: alloc " #handle " type=1 bytes=32 slots=2\n"

static void expect(const char *text, const struct gct_holder *holder,
                   const uint64_t *dead, size_t n)
{
  struct gct_error error = {0};
  struct gct_file *file = fixture_text(text);
  struct gct_life *lives;
  if (gct_deaths_make(file, holder, &lives, &error))
    fail_msg("%s", error.reason);
  assert_int_equal(gct_info(file)->n_births, n);
  for (size_t i = 0; i < n; i++)
    if (lives[i].dead != dead[i])
      fail_msg("birth %zu: dead at %lld, expected %lld", i,
               (long long)lives[i].dead, (long long)dead[i]);
  free(lives);
  gct_close(file);
}

static void the_last_root_or_reference_counts(void **state)
{
  (void)state;
  // 0 1 2: births; 3: 0.0 = 1; 4: 1.0 = 2; 5, 6: only 0 is rooted; 7: 1 goes,
  // and 2 with it; 8: 0 stays.
  static const uint64_t dead[] = {GCT_NEVER, 7, 7};
  expect(HEAD NEW(0) NEW(1) NEW(2) "T0: write 0.0 1\nT0: write 1.0 2\n"
                                   "T0: unroot 1\nT0: unroot 2\n"
                                   "T0: write 0.0 nil\nT0: mark 1\n",
         NULL, dead, 3);
}

static void a_ring_dies_long_before_it_is_freed(void **state)
{
  (void)state;
  // 4: 1 has only the ring; 5: so has 0, and the ring is dead; 6, 7: FREE.
  static const uint64_t dead[] = {5, 5};
  expect(HEAD NEW(0) NEW(1) "T0: write 0.0 1\nT0: write 1.0 0\n"
                            "T0: unroot 1\nT0: unroot 0\n"
                            "T0: mark 1\nT0: free 1 cycle\nT0: free 0 cycle\n",
         NULL, dead, 2);
}

static void a_reference_of_the_dead_holds_nothing(void **state)
{
  (void)state;
  // 2 has a root longer than 0, which refers to it; or not at all; or just 0.
  expect(HEAD NEW(0) NEW(1) NEW(2) "T0: write 0.0 2\n" NEW(3) "T0: drop 3\n"
                                   "T0: drop 0\nT0: unroot 2\nT0: mark 1\n",
         NULL, (const uint64_t[]){6, GCT_NEVER, 7, 5}, 4);
  expect(HEAD NEW(0) NEW(1) NEW(2) "T0: unroot 2\n" NEW(3) "T0: drop 3\n"
                                   "T0: drop 0\nT0: mark 1\nT0: mark 2\n",
         NULL, (const uint64_t[]){6, GCT_NEVER, 3, 5}, 4);
  expect(HEAD NEW(0) NEW(1) NEW(2) "T0: write 0.0 2\n"
                                   "T0: unroot 2\n" NEW(3)
                                       "T0: drop 0\nT0: drop 3\n",
         NULL, (const uint64_t[]){6, GCT_NEVER, 6, 7}, 4);
}

static void the_finalizer_registry_is_a_root(void **state)
{
  (void)state;
  expect(HEAD NEW(0) "T0: finalizer 0\nT0: unroot 0\nT0: mark 1\n"
                     "T0: finalizer 0 ran\n",
         NULL, (const uint64_t[]){4}, 1);
  expect(HEAD NEW(0) "T0: finalizer 0\nT0: unroot 0\nT0: mark 1\nT0: free 0\n",
         NULL, (const uint64_t[]){4}, 1);
}

static bool at_marks(void *context, const struct gct_event *event,
                     const struct gct_event *before)
{
  (void)context, (void)before;
  return event->op == GCT_MARK;
}

static bool but_drops(void *context, const struct gct_event *event,
                      uint64_t birth)
{
  (void)context, (void)birth;
  return event->op != GCT_DROP;
}

static bool never(void *context, uint32_t thread, const struct gct_event *event,
                  uint64_t birth)
{
  (void)context, (void)thread, (void)event, (void)birth;
  return false;
}

static void what_lingers_dies_when_it_is_let_go(void **state)
{
  static const struct gct_holder holder = {at_marks, but_drops, never, NULL,
                                           false};
  (void)state;
  // 0 lingers from 4 to 5, and holds 1 as long; 2 is dropped at 6; 3 lingers
  // to the end.
  expect(HEAD NEW(0) NEW(1) "T0: write 0.0 1\nT0: unroot 1\nT0: unroot 0\n"
                            "T0: mark 1\n" NEW(2) "T0: drop 2\n" NEW(3)
                                "T0: unroot 3\n",
         &holder, (const uint64_t[]){5, 5, 7, 10}, 4);
}

static bool lets_go(void *context, const struct gct_event *event,
                    uint64_t birth)
{
  (void)context, (void)event, (void)birth;
  return false;
}

// Counts how often it is asked, and buries what an UNROOT gives up.
static bool at_unroot(void *context, uint32_t thread,
                      const struct gct_event *event, uint64_t birth)
{
  (void)thread, (void)birth;
  ++*(int *)context;
  return event->op == GCT_UNROOT;
}

static void a_grave_holds_one(void **state)
{
  int asked = 0;
  const struct gct_holder holder = {at_marks, lets_go, at_unroot, &asked,
                                    false};
  (void)state;
  // 0 lies in the grave from 3 to 5, 1 from 5 to the end; 2 is dropped at 4.
  expect(HEAD NEW(0) NEW(1) NEW(2) "T0: unroot 0\nT0: drop 2\n"
                                   "T0: unroot 1\nT0: mark 1\n",
         &holder, (const uint64_t[]){5, 7, 4}, 3);
  assert_int_equal(asked, 6);
}

// ---- random programs

struct judged { // by birth: nothing is ever freed here
  uint32_t slots[RANDOM_SLOTS]; // birth + 1, or 0
  uint32_t roots;
  bool registered, seen;
  uint64_t reach; // the last event after which it was in reach
};

struct judge {
  struct judged *objects;
  uint32_t births, birth[RANDOM_HANDLES]; // by handle
};

static void meet(struct judge *j, uint32_t birth, uint64_t now)
{
  struct judged *o = &j->objects[birth];
  if (o->seen) return;
  o->seen = true;
  o->reach = now;
  for (uint32_t i = 0; i < RANDOM_SLOTS; i++)
    if (o->slots[i]) meet(j, o->slots[i] - 1, now);
}

static void look(struct judge *j, uint64_t now)
{
  for (uint32_t i = 0; i < j->births; i++) j->objects[i].seen = false;
  for (uint32_t i = 0; i < j->births; i++)
    if (j->objects[i].roots || j->objects[i].registered) meet(j, i, now);
}

static void apply(struct judge *j, const struct gct_event *e)
{
  if (e->op == GCT_ALLOC) {
    j->birth[e->handle] = j->births;
    j->objects[j->births++].roots = 1;
  }
  if (e->op == GCT_WAIT || e->handle >= RANDOM_HANDLES) return;
  struct judged *o = &j->objects[j->birth[e->handle]];
  if (e->op == GCT_ROOT) o->roots++;
  if (e->op == GCT_UNROOT || e->op == GCT_DROP) o->roots--;
  if (e->op == GCT_FREE || e->op == GCT_DROP) o->registered = false;
  if (e->op == GCT_FINALIZER) o->registered = !(e->flags & GCT_ENDS);
  if (e->op == GCT_WRITE)
    o->slots[e->slot] = e->target == GCT_NIL ? 0 : j->birth[e->target] + 1;
}

static void compare(const struct gct_file *file)
{
  const struct gct_info *info = gct_info(file);
  struct gct_error error = {0};
  struct judge j = {.objects = calloc(info->n_births + 1, sizeof *j.objects)};
  struct gct_life *lives;
  struct gct_walk *walk = gct_walk_open(file, &error);
  uint32_t thread;
  uint64_t now = 0;
  if (gct_deaths_make(file, NULL, &lives, &error)) fail_msg("%s", error.reason);
  for (const struct gct_event *e; (e = gct_walk_next(walk, &thread)); now++) {
    if (e->op == GCT_ALLOC) assert_int_equal(lives[j.births].born, now);
    apply(&j, e);
    look(&j, now);
  }
  for (uint32_t i = 0; i < j.births; i++) {
    uint64_t after = j.objects[i].reach + 1;
    uint64_t dead = after == now ? GCT_NEVER : after;
    if (lives[i].dead != dead)
      fail_msg("birth %u: dead at %lld, expected %lld", i,
               (long long)lives[i].dead, (long long)dead);
  }
  gct_walk_close(walk);
  free(j.objects);
  free(lives);
}

static void random_programs_agree_with_a_look_after_each_event(void **state)
{
  char path[] = "/tmp/wane-deaths-XXXXXX";
  struct gct_error error = {0};
  struct gct_file *file;
  uint64_t random = 7;
  (void)state;
  close(mkstemp(path));
  for (int i = 0; i < 12; i++) {
    if (random_trace(path, 1 + (uint32_t)i % 3, 600, &random, &error) ||
        gct_open(path, &file, &error))
      fail_msg("%s", error.reason);
    compare(file);
    gct_close(file);
  }
  unlink(path);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_last_root_or_reference_counts),
      cmocka_unit_test(a_ring_dies_long_before_it_is_freed),
      cmocka_unit_test(a_reference_of_the_dead_holds_nothing),
      cmocka_unit_test(the_finalizer_registry_is_a_root),
      cmocka_unit_test(what_lingers_dies_when_it_is_let_go),
      cmocka_unit_test(a_grave_holds_one),
      cmocka_unit_test(random_programs_agree_with_a_look_after_each_event),
  };
  return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
