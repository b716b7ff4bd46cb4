// test_work.c: runtime/work.c: no item is lost or met twice, and a run ends.
// SPDX-License-Identifier: MIT
//
// Items are numbers below `shape.n`. To look at one is to push its children:
// those of a tree, or the next of a chain. Each must be looked at exactly once,
// whoever does it.

#include <check.h>

#include "work.h"

#include "pool.h"

#include <wane/wane.h>

#include <sched.h>
#include <string.h>

#define MOST ((uint64_t)4 << 20)

static struct check_log failures = CHECK_LOG_INIT;

static struct {
  uint64_t n, fan; // of the tree; 1: a chain
} shape;
static _Atomic uint8_t looks[MOST];
static _Atomic uint64_t dropped; // no packet could be had for so many
static _Atomic uint64_t *drops;  // and these they were

static uint64_t scaled(uint64_t n)
{
  bool slow =
      strcmp(wane_variety(), "measure") && strcmp(wane_variety(), "bare");
  return slow ? n / 16 : n;
}

static void start(uint32_t workers, uint64_t mark_bytes)
{
  wane__config.mark_bytes = mark_bytes;
  char error[256] = "";
  assert_int_equal(wane__pool_start(workers, error, sizeof error), 0);
  assert_int_equal(wane__work_start(workers), 0);
}

static void stop(void)
{
  wane__work_stop();
  wane__pool_stop();
}

// --- looking at items --------------------------------------------------------

static void push(struct wane__worker *w, uint64_t item)
{
  if (wane__work_push(w, item)) return;
  uint64_t at = atomic_fetch_add(&dropped, 1);
  if (drops)
    atomic_store(&drops[at], item);
  else
    check_record(&failures, __FILE__, __LINE__, "no packet for an item");
}

static void look(struct wane__worker *w)
{
  uint64_t item = w->open->items[--w->open->n];
  if (!CHECK(&failures, item < shape.n)) return;
  atomic_fetch_add(&looks[item], 1);
  for (uint64_t i = 1; i <= shape.fan; i++) {
    uint64_t child = item * shape.fan + i;
    if (child < shape.n) push(w, child);
  }
}

static void drain(struct wane__worker *w)
{
  for (;;) {
    for (unsigned i = 0; i < 64 && w->open->n; i++) look(w);
    if (!wane__work_share(w)) return;
    if (!w->open->n && !wane__work_refill(w)) return;
  }
}

static void drain_some(struct wane__worker *w)
{
  for (unsigned i = 0; i < 700 && w->open->n; i++) look(w);
}

static void begin(uint64_t n, uint64_t fan)
{
  assert_true(n <= MOST);
  shape.n = n;
  shape.fan = fan;
  memset((void *)looks, 0, n);
  atomic_store(&dropped, 0);
  push(wane__work_own(), 0);
}

static void each_was_met_once(void)
{
  uint64_t wrong = 0;
  for (uint64_t i = 0; i < shape.n; i++) wrong += atomic_load(&looks[i]) != 1;
  CHECK_EQ(&failures, wrong, 0);
  assert_true(wane__work_none());
  check_assert_none(&failures);
}

// --- tests -------------------------------------------------------------------

static void nothing_to_do_is_done_at_once(void **state)
{
  (void)state;
  for (uint32_t workers = 1; workers <= 4; workers++) {
    start(workers, UINT64_MAX);
    assert_true(wane__work_none());
    for (int i = 0; i < 200; i++) assert_true(wane__work_run(drain, NULL));
    stop();
  }
}

static void a_tree_is_met_once(void **state)
{
  (void)state;
  static const uint64_t fans[] = {2, 7, 600};
  for (uint32_t workers = 1; workers <= 4; workers++)
    for (size_t f = 0; f < sizeof fans / sizeof *fans; f++) {
      start(workers, UINT64_MAX);
      begin(scaled(MOST / 2), fans[f]);
      assert_true(wane__work_run(drain, NULL));
      each_was_met_once();
      stop();
    }
}

// There is never but one item: all others wait for its holder, again and again.
static void a_chain_is_met_once(void **state)
{
  (void)state;
  for (uint32_t workers = 1; workers <= 4; workers++) {
    start(workers, UINT64_MAX);
    begin(scaled(20000), 1);
    assert_true(wane__work_run(drain, NULL));
    each_was_met_once();
    stop();
  }
}

static void many_short_runs_end(void **state)
{
  (void)state;
  start(4, UINT64_MAX);
  for (uint64_t i = 0; i < scaled(3000); i++) {
    begin(1 + i % 40, 1 + i % 3);
    assert_true(wane__work_run(drain, NULL));
    each_was_met_once();
  }
  stop();
}

// --- giving and stealing -----------------------------------------------------

static _Atomic uint32_t has_some; // workers that got items
static _Atomic bool over;

// Holds its items until somebody else has got some.
static void hold(struct wane__worker *w)
{
  if (!w->open->n && !wane__work_refill(w)) return;
  atomic_fetch_add(&has_some, 1);
  while (atomic_load(&has_some) < 2) {
    if (!wane__work_share(w)) return;
    sched_yield();
  }
  drain(w);
}

static void who_waits_is_given_half(void **state)
{
  (void)state;
  start(2, UINT64_MAX);
  atomic_store(&has_some, 0);
  begin(4, 0); // no children
  for (uint64_t i = 1; i < 4; i++) push(wane__work_own(), i);
  uint64_t before = wane__work_steals();
  assert_true(wane__work_run(hold, NULL));
  assert_int_equal(atomic_load(&has_some), 2);
  assert_true(wane__work_steals() > before);
  each_was_met_once();
  stop();
}

// --- stopping ----------------------------------------------------------------

static _Atomic uint32_t questions;

static bool every_third_time(void)
{
  return atomic_fetch_add(&questions, 1) % 3 == 2;
}

static void a_run_that_was_stopped_goes_on(void **state)
{
  (void)state;
  for (uint32_t workers = 1; workers <= 4; workers++) {
    uint32_t runs = 1;
    start(workers, UINT64_MAX);
    begin(scaled(MOST / 4), 3);
    while (!wane__work_run(drain, every_third_time)) {
      assert_false(wane__work_none());
      runs++;
    }
    assert_true(runs > 3);
    each_was_met_once();
    stop();
  }
}

static bool is_even(uint64_t item)
{
  return item % 2 == 0;
}

static bool at_once(void)
{
  return true;
}

// A fan of 2000 items, half of which are dropped between two runs.
static void what_is_filtered_out_is_not_met(void **state)
{
  (void)state;
  // One worker: how far several come before they stop is up to the scheduler.
  for (uint32_t turn = 0; turn < 4; turn++) {
    start(1, UINT64_MAX);
    begin(2001, 2000);
    assert_false(wane__work_run(drain, at_once)); // item 0 and some more
    uint64_t before = 0, odd = 0, even = 0;
    for (uint64_t i = 1; i < 2001; i++) before += atomic_load(&looks[i]);
    assert_true(before < 1000);
    memset((void *)looks, 0, 2001);
    wane__work_filter(is_even);
    assert_true(wane__work_run(drain, NULL));
    for (uint64_t i = 1; i < 2001; i++)
      *(i % 2 ? &odd : &even) += atomic_load(&looks[i]);
    assert_int_equal(odd, 0);
    assert_true(even + before >= 1000 && even <= 1000);
    begin(2001, 2000);
    assert_false(wane__work_run(drain, at_once));
    wane__work_clear();
    assert_true(wane__work_none());
    memset((void *)looks, 0, 2001);
    assert_true(wane__work_run(drain, NULL));
    for (uint64_t i = 0; i < 2001; i++)
      assert_int_equal(atomic_load(&looks[i]), 0);
    check_assert_none(&failures);
    stop();
  }
}

// --- no packet ---------------------------------------------------------------

// What is dropped was told; pushed again, it leads to all that was missing.
static void a_dropped_item_is_told(void **state)
{
  (void)state;
  drops = malloc(MOST * sizeof *drops);
  assert_non_null(drops);
  for (uint32_t workers = 1; workers <= 4; workers++) {
    start(workers, 1);
    begin(scaled(MOST / 64), 5000);
    assert_true(wane__work_run(drain, NULL));
    assert_true(atomic_load(&dropped) > 0);
    uint64_t i = 0;
    do { // what these runs drop in turn is appended
      for (; i < atomic_load(&dropped); i++)
        while (!wane__work_push(wane__work_own(), atomic_load(&drops[i])))
          assert_true(wane__work_run(drain, NULL)); // makes room
      assert_true(wane__work_run(drain, NULL));
    } while (i < atomic_load(&dropped));
    each_was_met_once();
    stop();
  }
  free((void *)drops);
  drops = NULL;
}

// --- assistants --------------------------------------------------------------

static _Atomic uint64_t assists;

static void *assist(void *unused)
{
  (void)unused;
  while (!atomic_load(&over)) {
    if (wane__work_assist(drain_some)) atomic_fetch_add(&assists, 1);
    sched_yield();
  }
  return NULL;
}

static void help(uint32_t workers, uint64_t mark_bytes, bool (*stops)(void))
{
  pthread_t thread[3];
  start(workers, mark_bytes);
  wane__work_admit_assistants(true);
  atomic_store(&over, false);
  for (int i = 0; i < 3; i++)
    assert_int_equal(pthread_create(&thread[i], NULL, assist, NULL), 0);
  for (int i = 0; i < 3; i++) {
    begin(scaled(MOST / 32), 2 + (uint64_t)i * 20);
    while (!wane__work_run(drain, stops)) continue;
    each_was_met_once();
  }
  atomic_store(&over, true);
  for (int i = 0; i < 3; i++) pthread_join(thread[i], NULL);
  wane__work_admit_assistants(false);
  stop();
}

static void assistants_lose_nothing(void **state)
{
  (void)state;
  for (uint32_t workers = 1; workers <= 4; workers++) {
    help(workers, UINT64_MAX, NULL);
    help(workers, UINT64_MAX, every_third_time);
  }
  print_message("%" PRIu64 " times an assistant took part\n",
                atomic_load(&assists));
}

// The run lasts until an assistant had a part in it.
static void until_an_assistant_came(struct wane__worker *w)
{
  while (!atomic_load(&assists)) {
    if (!w->open->n && !wane__work_refill(w)) return;
    if (!wane__work_share(w)) return;
    sched_yield();
  }
  drain(w);
}

static void an_assistant_takes_part(void **state)
{
  (void)state;
  pthread_t thread;
  start(1, UINT64_MAX);
  wane__work_admit_assistants(true);
  atomic_store(&over, false);
  atomic_store(&assists, 0);
  begin(20000, 20000);
  assert_false(wane__work_run(drain, at_once)); // full packets lie about
  assert_int_equal(pthread_create(&thread, NULL, assist, NULL), 0);
  assert_true(wane__work_run(until_an_assistant_came, NULL));
  atomic_store(&over, true);
  pthread_join(thread, NULL);
  each_was_met_once();
  assert_true(atomic_load(&assists) > 0);
  // Nobody is let in where that was not wanted.
  wane__work_admit_assistants(false);
  assert_false(wane__work_assist(drain_some));
  stop();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_to_do_is_done_at_once),
      cmocka_unit_test(a_tree_is_met_once),
      cmocka_unit_test(a_chain_is_met_once),
      cmocka_unit_test(many_short_runs_end),
      cmocka_unit_test(who_waits_is_given_half),
      cmocka_unit_test(a_run_that_was_stopped_goes_on),
      cmocka_unit_test(what_is_filtered_out_is_not_met),
      cmocka_unit_test(a_dropped_item_is_told),
      cmocka_unit_test(assistants_lose_nothing),
      cmocka_unit_test(an_assistant_takes_part),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
