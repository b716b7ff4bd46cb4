// check_laws.c: the laws as tables: what is run, under which settings.
// SPDX-License-Identifier: MIT
//
// All runs are made with --verify: after every round that collected the world
// is stopped, and the heap compared with what is reachable and with what
// refers to what.
#include "check_laws.h"

const struct check_test check_settings[] = {
    {"", 0},
    {"--workers=3 --rc stress_workers=200", 0},
    {"--rc stress_alloc=2", 0},
    {"--rc log_chunk=4,log_pool_bytes=64k", 0},
    {"--rc local_limit=2", 0},
    {"--rc young_bytes=4k,log_bytes=4k", 0},
    {"--rc mark_slice=1,mark_bytes=1 --workers=2", 0},
    {"--rc mark_slice=1,stress_slices=2,young_bytes=4k "
     "--pacing=fixed,factor=1,least=1,step=1",
     0},
    {"-H 16m", CHECK_COMPLETE},
    {0},
};

static const struct check_test graphs[] = {
    {"graphs,objects=1,slots=2,steps=4", 0},
    {"graphs,objects=2,slots=1,steps=4", 0},
    {"graphs,objects=2,slots=2,steps=2", CHECK_VARIED},
    {"graphs,objects=3,slots=2,steps=1", 0},
    {"graphs,objects=3,slots=2,steps=1,between=no", 0},
    {"graphs,objects=3,slots=1,steps=2,kind=wide", 0},
    {"graphs,objects=3,slots=1,steps=2,kind=traced", 0},
    {"graphs,objects=4,slots=1,steps=2", 0},
    {"graphs,objects=4,slots=2,steps=0", 0},
    {"graphs,objects=2,slots=2,steps=1,batch=1", 0},
    {"graphs,objects=2,slots=2,steps=4", CHECK_FULL},
    {"graphs,objects=3,slots=1,steps=3", CHECK_VARIED | CHECK_FULL},
    {"graphs,objects=3,slots=2,steps=1", CHECK_VARIED | CHECK_FULL},
    {"graphs,objects=3,slots=2,steps=2", CHECK_FULL},
    {"graphs,objects=3,slots=2,steps=2,kind=traced", CHECK_FULL},
    {"graphs,objects=4,slots=1,steps=3,kind=wide", CHECK_FULL},
    {"graphs,objects=4,slots=2,steps=1", CHECK_FULL},
    {"graphs,objects=4,slots=2,steps=1,between=no", CHECK_FULL},
    {0},
};

static const struct check_test histories[] = {
    {"histories,operations=3000 -t 1", CHECK_VARIED | CHECK_SEEDED},
    {"histories,operations=3000 -t 3", CHECK_VARIED | CHECK_SEEDED},
    {"histories,operations=40000 -t 2",
     CHECK_VARIED | CHECK_SEEDED | CHECK_FULL},
    {"histories,operations=300000 -t 4", CHECK_FULL},
    {0},
};

static const struct check_test threads[] = {
    {"histories,operations=20000,turns=no -t 2", CHECK_VARIED | CHECK_SEEDED},
    {"histories,operations=20000,turns=no -t 4", CHECK_VARIED | CHECK_SEEDED},
    {"histories,operations=10000,turns=no -t 100", 0},
    {"histories,operations=200000,turns=no -t 3",
     CHECK_VARIED | CHECK_SEEDED | CHECK_FULL},
    {0},
};

static const struct check_test scenarios[] = {
    {"case:%D/cases.gct", CHECK_VARIED},
    {"case:%D/shapes.gct", CHECK_VARIED},
    {"case:%D/large.gct", 0},
    {"case:%D/large.gct --workers=3 --rc stress_workers=200", 0},
    {"case:%D/large.gct", CHECK_VARIED | CHECK_FULL},
    {0},
};

static const struct check_test traces[] = {
    {"trace:%D/traces/lru_cycles.gct", 0},
    {"trace:%D/traces/threads_queue.gct --workers=2", 0},
    {"trace:%D/traces/lru_cycles.gct,copies=3 --workers=2", CHECK_FULL},
    {"trace:%D/traces/threads_queue.gct,copies=2 --rc young_bytes=64k",
     CHECK_FULL},
    {"trace:%D/traces/asyncio_echo.gct,copies=2 --workers=2", CHECK_FULL},
    {"trace:%D/traces/compile_stdlib.gct --workers=3", CHECK_FULL},
    {"trace:%D/traces/event_simulation.gct,copies=4", CHECK_FULL},
    {"trace:%D/traces/jinja_pages.gct --rc young_bytes=64k", CHECK_FULL},
    {"trace:%D/traces/json_walk.gct,copies=2 --rc local_limit=2", CHECK_FULL},
    {"trace:%D/traces/lib2to3_refactor.gct --workers=2", CHECK_FULL},
    {"trace:%D/traces/lisp_closures.gct,copies=4 --workers=2", CHECK_FULL},
    {"trace:%D/traces/minidom_edit.gct,copies=2 --rc mark_slice=1", CHECK_FULL},
    {"trace:%D/traces/pyflakes_lint.gct,copies=3", CHECK_FULL},
    {"trace:%D/traces/pygments_html.gct --rc young_bytes=4k,log_bytes=4k",
     CHECK_FULL},
    {"trace:%D/traces/unittest_suite.gct,copies=2 --workers=2", CHECK_FULL},
    {0},
};

static const struct check_test programs[] = {
    {"binary_trees,depth=10 -t 2", 0},
    {"rings,nodes=50000 -t 2", 0},
    {"rings,nodes=100k,ring=30k -t 2 --rc young_bytes=64k,log_bytes=64k", 0},
    {"rings,nodes=1200000,ring=1200000", CHECK_ACYCLIC},
    {"gcbench,stretch=12,long_lived=10,array=5000,max=10 --workers=2", 0},
    {"live_churn,trees=500,ops=3000 -t 2", 0},
    {"binary_trees,depth=14 -t 2", CHECK_FULL},
    {"rings,nodes=1000000,ring=3 -t 2", CHECK_FULL},
    {"live_churn,trees=5000,ops=30000 -t 3 --workers=2", CHECK_FULL},
    {0},
};

static const struct check_test adversaries[] = {
    {"attach_flutter,turns=2000 -t 2", 0},
    {"blocked_owner,owners=8,batch=500 -t 2", 0},
    {"dead_chains,cycles=1000,chains=2", 0},
    {"finalizers,cycles=300 -t 2", 0},
    {"futile_scans,nodes=1000,steps=20000 -t 2", 0},
    {"long_chain,nodes=100k", 0},
    {"ping_pong,balls=5000 -t 3", 0},
    {"ring_rotation,steps=10000,hop=500,nodes=50 -t 2", 0},
    {"thread_storm,threads=50,objects=60 -t 2", 0},
    {"weak_storm,cycles=1000,places=300 -t 2", 0},
    {"wide_array,width=3000,ops=3000 -t 2", 0},
    {"wide_array,width=70k,ops=20k -t 2 --rc young_bytes=64k,mark_bytes=1m", 0},
    {"ping_pong,boxes=1 -t 4 --rc young_bytes=64k", CHECK_FULL},
    {"ring_rotation -t 4 --workers=2", CHECK_FULL},
    {"long_chain,nodes=10m,shape=append", CHECK_FULL},
    {"weak_storm -t 4 --workers=2", CHECK_FULL},
    {"finalizers -t 4", CHECK_FULL},
    {"wide_array -t 4 --workers=2", CHECK_FULL},
    {"thread_storm -t 4", CHECK_FULL},
    {0},
};

static const struct check_test upkeep[] = {
    {"upkeep", 0},
    {"upkeep,collections=10000 --workers=3", CHECK_FULL | CHECK_COMPLETE},
    {"upkeep,ring=1000", CHECK_FULL},
    {0},
};

// Much more garbage than fits.
static const struct check_test memory[] = {
    {"binary_trees,depth=14 -H 32m", CHECK_ACYCLIC},
    {"rings,nodes=1000000,ring=10 -H 24m", CHECK_COMPLETE},
    {"rings,nodes=1000000,ring=1000 -H 24m -t 2", CHECK_COMPLETE},
    {"blocked_owner,owners=20,batch=2k -t 2 -H 12m", CHECK_ACYCLIC},
    {"live_churn,trees=2000,ops=50000 -H 32m -t 2", CHECK_FULL | CHECK_ACYCLIC},
    {0},
};

const struct check_law check_laws[] = {
    {"graphs",
     "after every short program on every small graph what roots reach lives, "
     "and what is claimed is freed",
     graphs},
    {"histories",
     "a random program agrees with a model of its heap, under every setting",
     histories},
    {"threads",
     "threads that work on the same objects lose none, counts are exact, and "
     "all is freed in the end",
     threads},
    {"scenarios", "the scenarios of real collectors' test suites come out "
                  "right",
     scenarios},
    {"traces", "recorded heaps of real programs agree with their oracles",
     traces},
    {"programs", "programs compute what they should", programs},
    {"adversaries", "programs that look for a weak point find none",
     adversaries},
    {"upkeep",
     "it collects without being asked, keeps nothing of a collection for "
     "itself, and ends with the runtime",
     upkeep},
    {"memory", "a program whose live data fits into the heap never runs out "
               "of it",
     memory},
    {0},
};
