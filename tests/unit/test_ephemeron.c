// test_ephemeron.c: runtime/weak.c: ephemerons.
// SPDX-License-Identifier: MIT

#include "weak_fixture.h"

// --- ephemerons -------------------------------------------------------------

static void value_lives_with_key(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 2);
  r[0] = make(m, WEAK);
  struct wane_ephemeron *e = wane_ephemeron_new(m, r[0], make(m, PLAIN));
  wane_collect(m);
  assert_int_equal(id(wane_ephemeron_get(m, e)), 2);
  assert_ptr_equal(wane_ephemeron_key(m, e), r[0]);
  assert_true(wane_ephemeron_set(m, e, make(m, PLAIN)));
  wane_collect(m);
  assert_true(dead(2));
  assert_int_equal(id(wane_ephemeron_get(m, e)), 3);
  r[1] = wane_ephemeron_get(m, e);
  r[0] = NULL;
  wane_collect(m);
  assert_true(dead(1));
  assert_false(dead(3)); // a root holds it
  assert_null(wane_ephemeron_get(m, e));
  assert_null(wane_ephemeron_key(m, e));
  assert_false(wane_ephemeron_set(m, e, r[1]));
  wane_ephemeron_free(m, e);
  r[1] = NULL;
  wane_collect(m);
  assert_int_equal(atomic_load(&died), 3);
}

static void a_freed_ephemeron_lets_its_value_go(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 1);
  r[0] = make(m, WEAK);
  struct wane_ephemeron *a = wane_ephemeron_new(m, r[0], make(m, PLAIN));
  struct wane_ephemeron *b = wane_ephemeron_new(m, r[0], make(m, PLAIN));
  wane_ephemeron_free(m, a);
  wane_collect(m);
  assert_true(dead(2));
  assert_false(dead(3));
  r[0] = NULL;
  a_round(m); // condemned
  wane_ephemeron_free(m, b);
  wane_collect(m);
  assert_int_equal(atomic_load(&died), 3);
}

static void chains_of_ephemerons(struct wane_mutator *m)
{
  enum { N = 500 };
  static struct wane_ephemeron *e[N];
  WANE_ROOTS(m, r, 2);
  r[0] = make(m, WEAK);
  for (int i = 0; i < N; i++) { // built from the end: value, then its key
    r[1] = make(m, WEAK);
    e[i] = wane_ephemeron_new(m, r[1], r[0]);
    r[0] = r[1];
  }
  r[1] = NULL;
  wane_collect(m);
  assert_int_equal(atomic_load(&died), 0);
  r[0] = NULL;
  wane_collect(m);
  assert_int_equal(atomic_load(&died), N + 1);
  for (int i = 0; i < N; i++) {
    assert_null(wane_ephemeron_get(m, e[i]));
    wane_ephemeron_free(m, e[i]);
  }
}

// Keys of each other's values, a key that is its own value, a value that
// refers to its key through plain objects.
static void cycles_of_keys_and_values(struct wane_mutator *m)
{
  struct wane_ephemeron *e[5];
  {
    WANE_ROOTS(m, r, 5);
    r[0] = make(m, WEAK);
    r[1] = make(m, WEAK);
    e[0] = wane_ephemeron_new(m, r[0], r[1]);
    e[1] = wane_ephemeron_new(m, r[1], r[0]);
    r[2] = make(m, WEAK);
    e[2] = wane_ephemeron_new(m, r[2], r[2]);
    ring(m, &r[3], PLAIN, 3);
    r[1] = make(m, WEAK);
    wane_store(m, r[3], &node(r[3])->b, r[1]);
    e[3] = wane_ephemeron_new(m, r[1], r[3]);
    r[4] = make(m, BOTH); // a key with a finalizer
    e[4] = wane_ephemeron_new(m, r[4], r[4]);
    wane_collect(m);
    for (int i = 0; i < 5; i++) assert_non_null(wane_ephemeron_get(m, e[i]));
    assert_int_equal(atomic_load(&died), 0);
  }
  wane_collect(m);
  assert_int_equal(atomic_load(&died), atomic_load(&born) - 1);
  wane_finalizers_wait(m);
  assert_non_null(wane_ephemeron_get(m, e[4]));
  wane_collect(m);
  for (int i = 0; i < 5; i++) {
    assert_null(wane_ephemeron_get(m, e[i]));
    wane_ephemeron_free(m, e[i]);
  }
}

static void no_ephemeron_of_a_green_key(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 1);
  r[0] = make(m, GREEN);
  assert_null(wane_ephemeron_new(m, r[0], NULL));
  struct wane_weak *cell = cell_of(m, r[0]);
  r[0] = NULL;
  wane_collect(m);
  assert_null(wane_weak_get(m, cell));
  wane_weak_free(m, cell);
}

// A marker looks into large arrays in parts.
static void the_value_of_a_wide_key(struct wane_mutator *m)
{
  const struct wane_type *wide;
  const struct wane_type_spec spec = {.name = "wide",
                                      .size = sizeof(struct wane_array),
                                      .array_offset = sizeof(struct wane_array),
                                      .weakable = true};
  assert_int_equal(wane_type_register(&spec, &wide), 0);
  for (uint32_t n = 1; n < 10000; n = n < 1024 ? 1024 : 3 * n / 2) {
    WANE_ROOTS(m, r, 1);
    r[0] = wane_alloc_array(m, wide, n, 0);
    assert_non_null(r[0]);
    struct wane_ephemeron *e = wane_ephemeron_new(m, r[0], make(m, PLAIN));
    uint64_t value = atomic_load(&born);
    wane_collect(m);
    wane_collect(m);
    assert_false(dead(value));
    r[0] = NULL;
    wane_collect(m);
    assert_true(dead(value));
    wane_ephemeron_free(m, e);
  }
}

int main(int argc, char **argv)
{
  static const struct rule rules[] = {
      {"a value lives as long as its key", value_lives_with_key, ALL},
      {"a freed ephemeron lets its value go",
       a_freed_ephemeron_lets_its_value_go, ALL},
      {"a chain of ephemerons dies at once", chains_of_ephemerons, ALL},
      {"cycles of keys and values are garbage", cycles_of_keys_and_values,
       CYCLES},
      {"a value lives as long as its wide key", the_value_of_a_wide_key, ALL},
      {"an acyclic key is refused", no_ephemeron_of_a_green_key, ALL},
  };
  return run_rules(rules, sizeof rules / sizeof rules[0], NULL, argc, argv);
}
