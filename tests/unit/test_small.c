// test_small.c: the space of small graphs that `graphs` searches.
// SPDX-License-Identifier: MIT

#include <check.h>

#include <workloads/check/small.h>

#include <string.h>

static size_t shapes(uint32_t objects, uint32_t slots)
{
  struct small_space space;
  assert_int_equal(small_open(&space, objects, slots, 0), 0);
  size_t n = space.n;
  assert_int_equal(n, space.n_graphs);
  small_close(&space);
  return n;
}

// By Burnside's lemma, worked out by hand.
static void one_of_each_shape(void **state)
{
  (void)state;
  assert_int_equal(shapes(1, 1), 2);
  assert_int_equal(shapes(1, 2), 4);
  assert_int_equal(shapes(2, 1), (9 + 3) / 2);
  assert_int_equal(shapes(2, 2), (81 + 9) / 2);
  assert_int_equal(shapes(3, 1), (64 + 3 * 8 + 2 * 4) / 6);
  assert_int_equal(shapes(3, 2), (4096 + 3 * 64 + 2 * 16) / 6);
}

// Against a closure worked out pair by pair.
static uint8_t reachable_by_pairs(const struct small_space *s,
                                  const struct small_graph *g)
{
  bool to[SMALL_OBJECTS][SMALL_OBJECTS] = {{false}};
  uint8_t reached = g->rooted;
  for (uint32_t o = 0; o < s->objects; o++)
    for (uint32_t k = 0; k < s->slots; k++)
      if (g->slot[o][k] != SMALL_NIL) to[o][g->slot[o][k]] = true;
  for (uint32_t k = 0; k < s->objects; k++)
    for (uint32_t i = 0; i < s->objects; i++)
      for (uint32_t j = 0; j < s->objects; j++)
        to[i][j] |= to[i][k] && to[k][j];
  for (uint32_t i = 0; i < s->objects; i++)
    for (uint32_t j = 0; j < s->objects; j++)
      if (g->rooted >> i & 1 && to[i][j]) reached |= (uint8_t)(1u << j);
  return reached;
}

// Is it in a dead cycle, or does one lead to it?
static bool kept_by_a_cycle(const struct small_space *s,
                            const struct small_graph *g, uint32_t object)
{
  for (uint32_t o = 0; o < s->objects; o++) {
    struct small_graph from = *g;
    uint8_t children = 0;
    from.rooted = (uint8_t)(1u << o);
    bool leads = o == object || reachable_by_pairs(s, &from) >> object & 1;
    for (uint32_t k = 0; k < s->slots; k++)
      if (g->slot[o][k] != SMALL_NIL)
        children |= (uint8_t)(1u << g->slot[o][k]);
    from.rooted = children;
    bool cyclic = children && reachable_by_pairs(s, &from) >> o & 1;
    if (leads && cyclic) return true;
  }
  return false;
}

static void what_lives_and_what_counting_frees(void **state)
{
  struct small_space s;
  (void)state;
  assert_int_equal(small_open(&s, 3, 2, 0), 0);
  for (uint64_t p = 0; p < s.n; p++)
    for (uint8_t rooted = 0; rooted < 8; rooted++) {
      struct small_graph g;
      small_graph(&s, p, &g);
      g.rooted = rooted;
      uint8_t reached = small_reachable(&s, &g);
      assert_int_equal(reached, reachable_by_pairs(&s, &g));
      uint8_t peeled = small_peeled(&s, &g);
      for (uint32_t o = 0; o < 3; o++)
        assert_int_equal(peeled >> o & 1,
                         !(reached >> o & 1) && !kept_by_a_cycle(&s, &g, o));
    }
  small_close(&s);
}

// Every sequence has its number, and the valid ones name rooted objects only.
static void steps_are_numbered(void **state)
{
  struct small_space s;
  uint64_t valid = 0;
  (void)state;
  assert_int_equal(small_open(&s, 1, 1, 2), 0);
  assert_int_equal(s.n_steps, 1 + 2 + 1);
  assert_int_equal(s.n, 2 * 16);
  for (uint64_t p = 0; p < s.n; p++) valid += small_valid(&s, p);
  // a(nil) and a(a): a step is "the other value" or "drop", and after a drop
  // there is none.
  assert_int_equal(valid, 2 * 2);
  char text[80];
  small_print(&s, s.n - 1, text, sizeof text);
  assert_string_equal(text, "a(a): load a.0; load a.0");
  small_close(&s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_of_each_shape),
      cmocka_unit_test(what_lives_and_what_counting_frees),
      cmocka_unit_test(steps_are_numbered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
