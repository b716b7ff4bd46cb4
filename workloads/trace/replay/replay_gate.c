// replay_gate.c: look for a while, then sleep.
// SPDX-License-Identifier: MIT

#include "replay_gate.h"

#include <errno.h>
#include <stdlib.h>

// How often a thread looks before it detaches and sleeps: about as long as
// going to sleep takes. There may be more threads than cores.
#define LOOKS 256

static void wake(struct replay_gate *gate)
{
  pthread_mutex_lock(&gate->lock);
  pthread_cond_broadcast(&gate->risen);
  pthread_mutex_unlock(&gate->lock);
}

void replay_gate_raise(struct replay_gate *gate, uint64_t done)
{
  atomic_store(&gate->done, done); // Note [gate]
  if (atomic_load(&gate->sleepers)) wake(gate);
}

static void sleep_at(struct replay_gate *gate, uint64_t done,
                     _Atomic int *status)
{
  pthread_mutex_lock(&gate->lock);
  atomic_fetch_add(&gate->sleepers, 1); // Note [gate]
  while (atomic_load(&gate->done) < done && !(status && atomic_load(status)))
    pthread_cond_wait(&gate->risen, &gate->lock);
  atomic_fetch_sub(&gate->sleepers, 1);
  pthread_mutex_unlock(&gate->lock);
}

void replay_gate_await(struct replay_thread *t, struct replay_gate *gate,
                       uint64_t done, _Atomic int *status)
{
  for (int i = 0; i < LOOKS; i++) {
    // Note [gate]: acquire.
    if (atomic_load_explicit(&gate->done, memory_order_acquire) >= done) return;
    wane_safepoint(t->m);
  }
  wane_detach(t->m);
  sleep_at(gate, done, status);
  wane_attach(t->m);
}

int replay_gates_new(struct replay_copy *copy)
{
  uint32_t n = copy->replay->plan.n_mutators + 1;
  copy->gates =
      aligned_alloc(_Alignof(struct replay_gate), n * sizeof *copy->gates);
  if (!copy->gates) return ENOMEM;
  for (uint32_t i = 0; i < n; i++) {
    struct replay_gate *gate = &copy->gates[i];
    atomic_init(&gate->done, 0);
    atomic_init(&gate->sleepers, 0);
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->risen, NULL);
  }
  return 0;
}

void replay_gates_reset(struct replay_copy *copy)
{
  for (uint32_t i = 0; i <= copy->replay->plan.n_mutators; i++)
    atomic_store(&copy->gates[i].done, 0);
}

void replay_gates_free(struct replay_copy *copy)
{
  for (uint32_t i = 0; copy->gates && i <= copy->replay->plan.n_mutators; i++) {
    pthread_cond_destroy(&copy->gates[i].risen);
    pthread_mutex_destroy(&copy->gates[i].lock);
  }
  free(copy->gates);
}

void replay_gates_open(struct replay_copy *copy)
{
  for (uint32_t i = 0; i <= copy->replay->plan.n_mutators; i++)
    wake(&copy->gates[i]);
}
