// sampler.c: the sizes of the heap over time, by a thread that looks at them.
// SPDX-License-Identifier: MIT
//
// It is no mutator and no collector thread: it asks nobody, stops nobody, and
// is not waited for. What it costs is its own CPU time (cpu_ns), which is taken
// out of the run's, and now and then a look at a lock.
#include "sampler.h"

#include "clocks.h"
#include "lifetimes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND_NS UINT64_C(1000000000)

// Pages in memory, the second number of /proc/self/statm.
static uint64_t resident(int statm)
{
  char text[128];
  ssize_t n = statm < 0 ? -1 : pread(statm, text, sizeof text - 1, 0);
  if (n <= 0) return 0;
  text[n] = '\0';
  const char *second = strchr(text, ' ');
  if (!second) return 0;
  return strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void sampler_take(struct sampler *sampler)
{
  if (!sampler->period_ns) return;
  if (sampler->n == sampler->room) {
    size_t room = 2 * sampler->room + 1024;
    struct heap_sample *more = realloc(sampler->samples, room * sizeof *more);
    if (!more) {
      sampler->lost++;
      return;
    }
    sampler->samples = more;
    sampler->room = room;
  }
  struct heap_sample *sample = &sampler->samples[sampler->n++];
  sample->t_ns = clocks_wall_ns();
  wane_heap_now(&sample->heap);
  sample->rss_bytes = resident(sampler->statm);
}

// --- the thread ------------------------------------------------------------

// Waits until then, or sampler_end. False: that is it.
static bool wait_until(struct sampler *sampler, uint64_t ns)
{
  const struct timespec at = {(time_t)(ns / SECOND_NS), (long)(ns % SECOND_NS)};
  int result = 0;
  pthread_mutex_lock(&sampler->lock);
  while (!sampler->stop && result == 0)
    result = pthread_cond_timedwait(&sampler->changed, &sampler->lock, &at);
  bool go_on = !sampler->stop;
  pthread_mutex_unlock(&sampler->lock);
  return go_on;
}

// Late by more than a period, it leaves the missed ones out.
static void *run(void *argument)
{
  struct sampler *sampler = argument;
  uint64_t next = clocks_wall_ns() + sampler->period_ns;
  while (wait_until(sampler, next)) {
    sampler_take(sampler);
    uint64_t now = clocks_wall_ns();
    next += ((now - next) / sampler->period_ns + 1) * sampler->period_ns;
  }
  sampler->cpu_ns = clocks_thread_ns();
  return NULL;
}

void sampler_open(struct sampler *sampler, uint64_t period_ns)
{
  *sampler = (struct sampler){.period_ns = period_ns, .statm = -1};
  if (!period_ns) return;
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&sampler->changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
  pthread_mutex_init(&sampler->lock, NULL);
  sampler->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (sched_getaffinity(0, sizeof sampler->cpus, &sampler->cpus))
    CPU_ZERO(&sampler->cpus);
}

void sampler_close(struct sampler *sampler)
{
  if (!sampler->period_ns) return;
  if (sampler->statm >= 0) close(sampler->statm);
  pthread_cond_destroy(&sampler->changed);
  pthread_mutex_destroy(&sampler->lock);
  free(sampler->samples);
}

int sampler_begin(struct sampler *sampler)
{
  pthread_attr_t attributes;
  sampler->n = sampler->lost = sampler->cpu_ns = 0;
  sampler->stop = sampler->blind = false;
  if (!sampler->period_ns) return 0;
  sampler_take(sampler);
  int result = pthread_attr_init(&attributes);
  sampler->blind = result;
  if (result) return -result;
  if (CPU_COUNT(&sampler->cpus))
    result = pthread_attr_setaffinity_np(&attributes, sizeof sampler->cpus,
                                         &sampler->cpus);
  if (!result)
    result = pthread_create(&sampler->thread, &attributes, run, sampler);
  pthread_attr_destroy(&attributes);
  sampler->started = !result;
  sampler->blind = result;
  return -result;
}

void sampler_end(struct sampler *sampler)
{
  if (!sampler->period_ns) return;
  if (sampler->started) {
    pthread_mutex_lock(&sampler->lock);
    sampler->stop = true;
    pthread_cond_signal(&sampler->changed);
    pthread_mutex_unlock(&sampler->lock);
    pthread_join(sampler->thread, NULL);
  }
  sampler->started = false;
  sampler_take(sampler);
}

// --- what came out ---------------------------------------------------------

// Used bytes at that moment.
static double used_at(const struct sampler *s, uint64_t ns)
{
  size_t i = 0;
  while (i < s->n && s->samples[i].t_ns < ns) i++;
  if (i == s->n) return (double)s->samples[s->n - 1].heap.used_bytes;
  const struct heap_sample *to = &s->samples[i];
  if (i == 0 || to->t_ns == ns) return (double)to->heap.used_bytes;
  const struct heap_sample *from = to - 1;
  double share = (double)(ns - from->t_ns) / (double)(to->t_ns - from->t_ns);
  return (double)from->heap.used_bytes * (1 - share) +
         (double)to->heap.used_bytes * share;
}

double sampler_auc(const struct sampler *sampler, uint64_t begin_ns,
                   uint64_t end_ns)
{
  if (!sampler->n || end_ns < begin_ns) return NAN;
  if (sampler->blind || sampler->lost) return NAN;
  double sum = 0, last = used_at(sampler, begin_ns);
  uint64_t at = begin_ns;
  for (size_t i = 0; i < sampler->n; i++) {
    const struct heap_sample *s = &sampler->samples[i];
    if (s->t_ns <= begin_ns || s->t_ns >= end_ns) continue;
    sum += (last + (double)s->heap.used_bytes) / 2 * (double)(s->t_ns - at);
    last = (double)s->heap.used_bytes;
    at = s->t_ns;
  }
  sum += (last + used_at(sampler, end_ns)) / 2 * (double)(end_ns - at);
  return sum * 1e-9;
}

static void write_or_na(FILE *out, bool known, uint64_t number)
{
  if (known)
    fprintf(out, ",%" PRIu64, number);
  else
    fputs(",NA", out);
}

int sampler_rows(const struct sampler *sampler, uint32_t iteration,
                 uint64_t begin_ns, const struct wane_lives *lives,
                 void (*row)(const char *text, void *context), void *context)
{
  char text[256];
  for (size_t i = 0; i < sampler->n; i++) {
    const struct heap_sample *s = &sampler->samples[i];
    FILE *out = fmemopen(text, sizeof text, "w");
    if (!out) return -ENOMEM;
    fprintf(out, "%" PRIu32 ",%" PRId64 ",all", iteration,
            (int64_t)(s->t_ns - begin_ns));
    write_or_na(out, true, s->heap.used_bytes);
    write_or_na(out, true, s->heap.reserved_bytes);
    write_or_na(out, true, s->heap.meta_bytes);
    write_or_na(out, s->rss_bytes, s->rss_bytes);
    write_or_na(out, lives, lives ? lifetimes_live_at(lives, s->t_ns) : 0);
    fclose(out);
    row(text, context);
  }
  return 0;
}
