// fork.c: only the caller of fork lives on in the child.
// SPDX-License-Identifier: MIT
//
// The world is stopped around the fork, at the end of a round: every other
// thread is at a safepoint or detached, its buffers are empty, no round is half
// done. The forking thread holds the locks that detached threads and readers of
// statistics may take. The child then drops the other threads with their
// roots, and starts a coordinator and workers of its own.

#include "fork.h"

#include "engine.h"
#include "finalize.h"
#include "hand_over.h"
#include "heap.h"
#include "log.h"
#include "numa.h"
#include "pool.h"
#include "ring.h"
#include "roots.h"
#include "round.h"
#include "thread.h"
#include "work.h"

#include <pthread.h>

static _Atomic bool active;
static bool was_attached; // by the one thread that forks, under the fork gate

static void prepare(void)
{
  if (!atomic_load(&active)) return;
  struct wane__thread *t = wane__self();
  bool attached = t && atomic_load(&t->state) == WANE__ATTACHED;
  if (attached) wane_detach(&t->m);
  wane__round_fork_begin();
  was_attached = attached;
  wane__finalize_lock();
  wane__threads_lock();
  wane__counts_lock();
  wane__engine_lock();
  wane__ring_lock();
  wane__heap_lock();
  wane__chunk_lock();
  wane__handles_lock();
}

static void unlock(void)
{
  wane__handles_unlock();
  wane__chunk_unlock();
  wane__heap_unlock();
  wane__ring_unlock();
  wane__engine_unlock();
  wane__counts_unlock();
  wane__threads_unlock();
  wane__finalize_unlock();
}

static void parent(void)
{
  if (!atomic_load(&active)) return;
  bool attached = was_attached;
  unlock();
  wane__round_fork_parent();
  if (attached) wane_attach(&wane__self()->m);
}

static void child(void)
{
  if (!atomic_load(&active)) return;
  bool attached = was_attached;
  unlock();
  wane__threads_only_self(wane__self(), wane__round_epoch());
  wane__numa_forked();
  wane__pool_forked();
  wane__work_forked();
  wane__round_fork_child();
  wane__finalize_forked();
  if (attached) wane_attach(&wane__self()->m);
}

static void install(void)
{
  pthread_atfork(prepare, parent, child);
}

void wane__fork_start(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
  atomic_store(&active, true);
}

void wane__fork_stop(void)
{
  atomic_store(&active, false);
}
