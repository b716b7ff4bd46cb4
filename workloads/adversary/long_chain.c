// long_chain.c: a very long chain is built, walked and dropped.
// SPDX-License-Identifier: MIT
//
// Whoever frees or marks by recursion ends here: ten million objects, each of
// which holds the next, die when the first one does. With shape=append each
// object is older than the one it holds; prepend is the other way round;
// double makes it one cycle of all; weak gives the last object a weak
// reference, so that all of it is garbage held by something special.
// To be run with small stacks, too (ulimit -s 64).

#include "crew.h"
#include "sealed.h"

#include <string.h>

enum { NODES, CHAINS, SHAPE, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [NODES] = {.name = "nodes",
               .type = WANE_OPTION_INT,
               .value = "10m",
               .help = "objects of a chain",
               .min = 2,
               .max = 0x1p40},
    [CHAINS] = {.name = "chains",
                .type = WANE_OPTION_INT,
                .value = "1",
                .help = "chains that each mutator makes and drops",
                .min = 1,
                .max = 1e9},
    [SHAPE] = {.name = "shape",
               .type = WANE_OPTION_STRING,
               .value = "prepend",
               .help = "how the objects refer to each other",
               .choices = "prepend|append|double|weak"},
};
enum { NEXT, PREVIOUS }; // slots of a node

static const struct wane_type *node_type;

static bool is(const struct wane_workload_run *run, const char *shape)
{
  return strcmp(run->options[SHAPE].string, shape) == 0;
}

static uint64_t option(const struct wane_workload_run *run, int i)
{
  return (uint64_t)run->options[i].integer;
}

// Objects first .. first + n - 1, from the head in r[0] on.
static int append(struct wane_mutator *m, wane_ref *r, uint64_t first,
                  uint64_t n, bool twice)
{
  r[0] = r[1] = sealed_new(m, node_type, first);
  if (!r[0]) return ENOMEM;
  for (uint64_t i = 1; i < n; i++) {
    wane_ref o = sealed_new(m, node_type, first + i);
    if (!o) return ENOMEM;
    sealed_store(m, r[1], NEXT, o);
    if (twice) sealed_store(m, o, PREVIOUS, r[1]);
    r[1] = o;
  }
  return 0;
}

static int prepend(struct wane_mutator *m, wane_ref *r, uint64_t first,
                   uint64_t n, struct wane_weak **weak)
{
  r[0] = NULL;
  for (uint64_t i = n; i-- > 0;) {
    wane_ref o = sealed_new(m, node_type, first + i);
    if (!o) return ENOMEM;
    wane_init(m, o, &sealed(o)->ref[NEXT], r[0]);
    if (weak && !r[0] && !(*weak = wane_weak_new(m, o, NULL, NULL)))
      return ENOMEM;
    r[0] = o;
  }
  return 0;
}

static int walk(struct wane_workload_run *run, struct wane_mutator *m,
                struct crew_share *share, wane_ref *r, uint64_t first)
{
  uint64_t n = option(run, NODES);
  r[1] = r[0];
  for (uint64_t i = 0; i < n; i++) {
    if (!sealed_is(r[1], first + i))
      return crew_fail(run,
                       "long_chain: object %" PRIu64 " of the chain is "
                       "not whole",
                       i);
    share->seen += first + i;
    r[1] = sealed_load(r[1], NEXT);
    wane_safepoint(m);
  }
  return r[1] ? crew_fail(run, "long_chain: the chain does not end") : 0;
}

// The chain is dropped: is its end still there?
static int look_back(struct wane_workload_run *run, struct wane_mutator *m,
                     struct wane_weak *weak)
{
  wane_ref o = wane_weak_get(m, weak);
  wane_weak_free(m, weak);
  if (!o || !run->reclaims || !crew_counts_right()) return 0;
  return crew_fail(run, "long_chain: the end of a chain that was dropped and "
                        "collected is still there");
}

static int chain(struct wane_workload_run *run, struct wane_mutator *m,
                 struct crew_share *share, wane_ref *r, uint64_t first)
{
  uint64_t n = option(run, NODES), start = now_ns();
  struct wane_weak *weak = NULL;
  int result;
  if (is(run, "append") || is(run, "double"))
    result = append(m, r, first, n, is(run, "double"));
  else
    result = prepend(m, r, first, n, is(run, "weak") ? &weak : NULL);
  if (!result) {
    share->built += sealed_sum(first, n);
    result = walk(run, m, share, r, first);
  }
  r[0] = r[1] = NULL;
  if (!result) wane_collect(m);
  if (weak && !result)
    result = look_back(run, m, weak);
  else if (weak)
    wane_weak_free(m, weak);
  crew_request(run, share, start, now_ns());
  return result;
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  struct crew_share *share = &crew_of(run)->share[index];
  uint64_t n = option(run, CHAINS);
  int result = 0;
  WANE_ROOTS(m, r, 2);
  for (uint64_t i = 0; i < n && !result; i++) {
    result = chain(run, m, share, r, (index * n + i) * option(run, NODES));
    if (index == 0) run->progress(run, (double)(i + 1) / (double)n);
  }
  return crew_end(run, result);
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  const struct wane_type_spec spec = {.name = "link",
                                      .weakable = is(run, "weak")};
  (void)m;
  crew_begin(run);
  return sealed_type(run, &spec, is(run, "double") ? 2 : 1, 0, &node_type);
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)m;
  return crew_check(run);
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "long_chain",
    .help = "a very long chain, built, walked and dropped",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = crew_prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .dispose = crew_dispose,
};
