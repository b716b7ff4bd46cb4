// sched.c: one thread at a time: the deterministic scheduler.
// SPDX-License-Identifier: MIT
//
// All state belongs to whoever has the turn; it is passed with a semaphore,
// which orders everything. Not instrumented.

#include "sched.h"

#include <errno.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The real ones; everywhere else the linker puts wrap.c's in their place.
int __real_pthread_create(pthread_t *, const pthread_attr_t *,
                          void *(*)(void *), void *);
int __real_pthread_join(pthread_t, void **);

#define FAR_NS ((uint64_t)1 << 61) // deadlines past it are "never"
#define IDLE_MOST 300 // timeouts in a row while no operation begins
#define STRETCH 10000 // points of one thread, and it must give its turn away

enum state { READY, ON_MUTEX, ON_CONDITION, ON_JOIN, ASLEEP, DONE };

struct thread {
  sem_t turn;
  enum state state;
  const void *on; // the mutex, condition or thread it waits for
  uint64_t deadline, since; // `since`: order among waiters of a condition
  bool timed_out;
  bool counted; // its anchor is given by sched_anchor
  struct strategy_decision at;
  const void *place;
  pthread_t pthread;
  void *(*run)(void *);
  void *argument, *result;
};

static struct {
  struct thread threads[STRATEGY_THREADS];
  uint32_t n;
  bool armed, alone;
  uint64_t now, tick, steps, most_steps, waits;
  uint64_t next_deadline;
  uint32_t idle, stretch;
  void *(*entry)(void *); // of the next thread, if not what it is created with
  struct sched_record *record;
  const struct strategy_profile *known;
} sched;

static __thread struct thread *self;

static uint32_t number_of(const struct thread *t)
{
  return (uint32_t)(t - sched.threads);
}

// --- the end of a run --------------------------------------------------------

static const char *const state_names[] = {
    "ready", "waits for a mutex", "waits on a condition", "joins",
    "sleeps", "has ended"};

static _Noreturn void end(enum sched_outcome outcome)
{
  sched.record->outcome = outcome;
  fflush(NULL);
  _exit(outcome == SCHED_PASSED ? 0 : 1);
}

_Noreturn void sched_fail(enum sched_outcome outcome, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(sched.record->why, sizeof sched.record->why, format, arguments);
  va_end(arguments);
  end(outcome);
}

_Noreturn void sched_pass(void)
{
  end(SCHED_PASSED);
}

static _Noreturn void fail_with_places(enum sched_outcome outcome,
                                       const char *what)
{
  char *why = sched.record->why;
  size_t size = sizeof sched.record->why;
  size_t n = (size_t)snprintf(why, size, "%s", what);
  for (uint32_t i = 0; i < sched.n && n < size; i++)
    n += (size_t)snprintf(why + n, size - n, "; t%u %s at @%p@", i,
                          state_names[sched.threads[i].state],
                          sched.threads[i].place);
  end(outcome);
}

// --- passing the turn --------------------------------------------------------

static uint32_t enabled(void)
{
  uint32_t mask = 0;
  for (uint32_t i = 0; i < sched.n; i++)
    if (sched.threads[i].state == READY) mask |= 1u << i;
  return mask;
}

static uint32_t successor(uint32_t from, uint32_t mask)
{
  for (uint32_t i = 1; i <= STRATEGY_THREADS; i++)
    if (mask >> ((from + i) % STRATEGY_THREADS) & 1)
      return (from + i) % STRATEGY_THREADS;
  return from;
}

static void note_hop(struct thread *from, struct thread *to, bool forced)
{
  struct sched_record *r = sched.record;
  // The last ones count: a failure is near the end.
  if (r->n_hops == SCHED_HOPS) {
    memmove(r->hops, r->hops + SCHED_HOPS / 2,
            SCHED_HOPS / 2 * sizeof *r->hops);
    r->n_hops = SCHED_HOPS / 2;
  }
  r->hops[r->n_hops++] = (struct sched_hop){.from = (uint8_t)number_of(from),
                                            .to = (uint8_t)number_of(to),
                                            .forced = forced,
                                            .ended = from->state == DONE,
                                            .anchor = from->at.anchor,
                                            .place = from->place,
                                            .resumes = to->place};
}

static void switch_to(struct thread *from, uint32_t next, bool forced)
{
  struct thread *to = &sched.threads[next];
  sched.record->current = next;
  sched.stretch = 0;
  note_hop(from, to, forced);
  sem_post(&to->turn);
  if (from->state == DONE) return;
  while (sem_wait(&from->turn)) continue;
}

static void wake(struct thread *t)
{
  t->state = READY;
  t->on = NULL;
  t->deadline = SCHED_NEVER;
  strategy_woken();
}

static void find_next_deadline(void)
{
  sched.next_deadline = SCHED_NEVER;
  for (uint32_t i = 0; i < sched.n; i++)
    if (sched.threads[i].state != READY && sched.threads[i].state != DONE &&
        sched.threads[i].deadline < sched.next_deadline)
      sched.next_deadline = sched.threads[i].deadline;
}

static void fire_due(void)
{
  for (uint32_t i = 0; i < sched.n; i++) {
    struct thread *t = &sched.threads[i];
    if (t->state == READY || t->state == DONE || t->deadline > sched.now)
      continue;
    t->timed_out = true;
    wake(t);
  }
  find_next_deadline();
}

// Nobody can go on: time passes until the next deadline.
static void let_time_pass(void)
{
  find_next_deadline();
  if (sched.next_deadline >= FAR_NS)
    fail_with_places(SCHED_DEADLOCK, "deadlock: nobody can go on");
  if (++sched.idle > IDLE_MOST)
    fail_with_places(SCHED_STUCK, "stuck: nothing happens but timeouts");
  sched.now = sched.next_deadline;
  fire_due();
}

// Asks the strategy, unless it is not its time, and notes what it says.
static uint32_t decide(struct thread *t, uint32_t mask, bool can_go_on)
{
  t->at.to =
      (uint8_t)(can_go_on ? number_of(t) : successor(number_of(t), mask));
  if (!sched.armed) return t->at.to;
  uint32_t next = strategy_next(&t->at, mask, can_go_on);
  struct sched_record *r = sched.record;
  if (next != t->at.to && r->n_decisions < SCHED_DECISIONS) {
    r->decisions[r->n_decisions] = t->at;
    r->decisions[r->n_decisions++].to = (uint8_t)next;
  }
  return next;
}

static void step(struct thread *t, char kind, const void *place)
{
  t->place = place;
  t->at.offset++;
  sched.now += sched.tick;
  sched.record->steps = ++sched.steps;
  sched.record->hash = strategy_mix(
      sched.record->hash ^ (number_of(t) << 8 | (unsigned char)kind));
  if (sched.steps > sched.most_steps)
    fail_with_places(SCHED_STUCK, "stuck: too many steps");
  if (sched.now >= sched.next_deadline) fire_due();
}

// The thread cannot go on (or does not want to): somebody else does.
static void leave(struct thread *t)
{
  uint32_t mask;
  t->at.offset++;
  while (!(mask = enabled())) let_time_pass();
  uint32_t next = decide(t, mask, false);
  if (next != number_of(t)) switch_to(t, next, true);
}

static void block(struct thread *t, enum state state, const void *on,
                  uint64_t deadline)
{
  t->state = state;
  t->on = on;
  t->deadline = deadline;
  t->since = ++sched.waits;
  t->timed_out = false;
  if (deadline < sched.next_deadline) sched.next_deadline = deadline;
  leave(t);
}

void sched_touch(char kind, const volatile void *word, bool writes,
                 const void *place)
{
  struct thread *t = self;
  if (!t || sched.alone) return;
  step(t, kind, place);
  if (++sched.stretch > STRETCH) { // it may be waiting for another, in a loop
    sched.stretch = 0;
    sched_yield_turn();
    return;
  }
  if (!sched.armed) return;
  struct strategy_point point = {place, word, writes, kind == 'o'};
  strategy_passed(&sched.record->profile, sched.known, number_of(t), &point);
  if (!strategy_alarm(&t->at, &point)) return;
  uint32_t next = decide(t, enabled(), true);
  if (next != number_of(t)) switch_to(t, next, false);
}

void sched_point(char kind, const void *place)
{
  sched_touch(kind, NULL, false, place);
}

// --- life --------------------------------------------------------------------

static struct thread *add(void *(*run)(void *), void *argument)
{
  if (sched.n == STRATEGY_THREADS)
    sched_fail(SCHED_FAILED, "more than %d threads", STRATEGY_THREADS);
  struct thread *t = &sched.threads[sched.n];
  sem_init(&t->turn, 0, 0);
  t->run = run;
  t->argument = argument;
  t->deadline = SCHED_NEVER;
  t->at.thread = (uint8_t)sched.n;
  union {
    void *(*code)(void *);
    const void *address;
  } entry = {.code = sched.entry ? sched.entry : run};
  sched.entry = NULL;
  sched.record->entries[sched.n] = entry.address;
  sched.record->n_threads = ++sched.n;
  strategy_born(t->at.thread);
  return t;
}

void sched_start(const struct sched_setup *setup)
{
  sched.tick = setup->tick_ns;
  sched.now = UINT64_C(1000000000000);
  sched.most_steps = setup->most_steps;
  sched.record = setup->record;
  sched.known = setup->strategy.profile;
  sched.next_deadline = SCHED_NEVER;
  strategy_start(&setup->strategy);
  self = add(NULL, NULL);
}

void sched_entry(void *(*run)(void *))
{
  sched.entry = run;
}

void sched_arm(bool on)
{
  sched.armed = on;
}

void sched_alone(bool on)
{
  sched.alone = on;
}

void sched_anchor(uint32_t number)
{
  self->counted = true;
  self->at.anchor = number;
  self->at.offset = 0;
  sched.idle = 0;
}

static void *begin(void *context)
{
  self = context;
  while (sem_wait(&self->turn)) continue;
  self->result = self->run(self->argument);
  self->state = DONE;
  for (uint32_t i = 0; i < sched.n; i++)
    if (sched.threads[i].state == ON_JOIN && sched.threads[i].on == self)
      wake(&sched.threads[i]);
  leave(self);
  // The rest of its end (libc's caches) is for when it is joined, or it would
  // run beside others.
  while (sem_wait(&self->turn)) continue;
  return NULL;
}

int sched_create(pthread_t *thread, const pthread_attr_t *attributes,
                 void *(*run)(void *), void *argument)
{
  struct thread *t = add(run, argument);
  int error = __real_pthread_create(&t->pthread, attributes, begin, t);
  if (error) sched_fail(SCHED_FAILED, "no thread: %s", strerror(error));
  *thread = t->pthread;
  return 0;
}

int sched_join(pthread_t thread, void **result)
{
  for (uint32_t i = 0; i < sched.n; i++) {
    struct thread *t = &sched.threads[i];
    if (!t->run || !pthread_equal(t->pthread, thread)) continue;
    while (t->state != DONE) block(self, ON_JOIN, t, SCHED_NEVER);
    if (result) *result = t->result;
    t->pthread = pthread_self(); // its id may be used again
    sem_post(&t->turn);
    return __real_pthread_join(thread, NULL);
  }
  return ESRCH;
}

// --- locks -------------------------------------------------------------------

static int *owner_of(void *mutex)
{
  return mutex;
}

static int mark_of(const struct thread *t)
{
  return (int)number_of(t) + 1;
}

void sched_lock(void *mutex)
{
  if (*owner_of(mutex) == mark_of(self))
    fail_with_places(SCHED_DEADLOCK, "deadlock: a thread locks what it has");
  while (*owner_of(mutex)) block(self, ON_MUTEX, mutex, SCHED_NEVER);
  *owner_of(mutex) = mark_of(self);
}

bool sched_trylock(void *mutex)
{
  if (*owner_of(mutex)) return false;
  *owner_of(mutex) = mark_of(self);
  return true;
}

void sched_unlock(void *mutex)
{
  if (*owner_of(mutex) != mark_of(self))
    fail_with_places(SCHED_FAILED, "a thread unlocks what it has not locked");
  *owner_of(mutex) = 0;
  for (uint32_t i = 0; i < sched.n; i++)
    if (sched.threads[i].state == ON_MUTEX && sched.threads[i].on == mutex)
      wake(&sched.threads[i]);
}

int sched_wait(void *condition, void *mutex, uint64_t deadline)
{
  struct thread *t = self;
  sched_unlock(mutex);
  block(t, ON_CONDITION, condition, deadline);
  bool timed_out = t->timed_out;
  if (!t->counted) { // so that its decisions have names that last
    t->at.anchor++;
    t->at.offset = 0;
  }
  sched_lock(mutex);
  return timed_out ? ETIMEDOUT : 0;
}

void sched_wake(void *condition, bool all)
{
  for (;;) {
    struct thread *first = NULL;
    for (uint32_t i = 0; i < sched.n; i++) {
      struct thread *t = &sched.threads[i];
      if (t->state == ON_CONDITION && t->on == condition &&
          (!first || t->since < first->since))
        first = t;
    }
    if (!first) return;
    wake(first);
    if (!all) return;
  }
}

// --- time --------------------------------------------------------------------

void sched_sleep(uint64_t ns)
{
  block(self, ASLEEP, NULL, sched.now + ns);
}

void sched_yield_turn(void)
{
  strategy_yielded(number_of(self));
  leave(self);
}

uint64_t sched_now(void)
{
  return sched.now;
}
