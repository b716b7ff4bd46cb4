// gct_fixture.h: small traces for the tests of workloads/trace.
// SPDX-License-Identifier: MIT
//
// Each test program includes it once; what one of them leaves unused is no
// fault. Files live in a directory of their own that fixture_remove deletes.
#ifndef WANE_TESTS_GCT_FIXTURE_H
#define WANE_TESTS_GCT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gct_cut.h"
#include "gct_format.h"
#include "gct_text.h"
#include "gct_writer.h"

#define UNUSED __attribute__((unused))

static char fixture_directory[64];
static char fixture_path[5][96]; // free names in it

UNUSED static int fixture_make(void **state)
{
  (void)state;
  strcpy(fixture_directory, "/tmp/wane-gct-XXXXXX");
  if (!mkdtemp(fixture_directory)) return -1;
  for (int i = 0; i < 5; i++)
    snprintf(fixture_path[i], sizeof fixture_path[i], "%s/%d",
             fixture_directory, i);
  return 0;
}

UNUSED static int fixture_remove(void **state)
{
  (void)state;
  for (int i = 0; i < 5; i++) unlink(fixture_path[i]);
  return rmdir(fixture_directory); // fails when a temporary file was left
}

// The seed of this run; WANE_SEED repeats one.
UNUSED static uint64_t fixture_seed(void)
{
  const char *text = getenv("WANE_SEED");
  uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);
  print_message("seed %llu (WANE_SEED repeats it)\n", (unsigned long long)seed);
  return seed;
}

UNUSED static uint64_t fixture_random(uint64_t *state)
{
  return gct_mix((*state)++);
}

struct bytes {
  uint8_t *at;
  size_t n;
};

UNUSED static struct bytes fixture_load(const char *path)
{
  FILE *in = fopen(path, "rb");
  struct bytes bytes = {NULL, 0};
  assert_non_null(in);
  fseek(in, 0, SEEK_END);
  bytes.n = (size_t)ftell(in);
  rewind(in);
  bytes.at = malloc(bytes.n + 1);
  assert_non_null(bytes.at);
  assert_int_equal(fread(bytes.at, 1, bytes.n, in), bytes.n);
  fclose(in);
  return bytes;
}

// Text to a binary file; returns the result, *error as the library set it.
UNUSED static int fixture_parse(const char *text, const char *path, int level,
                                struct gct_error *error)
{
  FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
  assert_non_null(in);
  int result = gct_text_parse(in, path, level, error);
  fclose(in);
  return result;
}

UNUSED static struct gct_file *fixture_open(const char *path)
{
  struct gct_error error;
  struct gct_file *file = NULL;
  if (gct_open(path, &file, &error) != 0)
    fail_msg("%s:%llu:%s: %s", path, (unsigned long long)error.offset,
             error.chunk, error.reason);
  return file;
}

// Opens a trace given as text.
UNUSED static struct gct_file *fixture_text(const char *text)
{
  struct gct_error error;
  if (fixture_parse(text, fixture_path[4], 0, &error) != 0)
    fail_msg("%llu: %s", (unsigned long long)error.offset, error.reason);
  return fixture_open(fixture_path[4]);
}

// What a random trace knows of its objects.
struct random_trace {
  uint64_t state;
  struct gct_writer *writer;
  uint32_t n_threads, thread, live;
  uint8_t status[256]; // by handle: 0 free, 1 rooted, 2 not rooted
};

static void random_event(struct random_trace *r, struct gct_event *e)
{
  uint32_t a = (uint32_t)fixture_random(&r->state) % 256;
  uint32_t b = (uint32_t)fixture_random(&r->state) % 256;
  e->handle = a;
  if (r->status[a] == 0) {
    e->op = GCT_ALLOC;
    e->type = a % 2;
    e->words = 2 + b;
    e->slots = 4;
    r->status[a] = 1;
  } else if (r->status[a] == 2) {
    e->op = GCT_FREE;
    e->flags = b % 2 ? GCT_BY_CYCLE : 0;
    r->status[a] = 0;
  } else if (b < 20) {
    e->op = b < 10 ? GCT_DROP : GCT_UNROOT;
    r->status[a] = b < 10 ? 0 : 2;
  } else {
    e->op = b < 40 ? GCT_WEAK : GCT_WRITE;
    e->slot = e->op == GCT_WRITE ? b % 4 : 0;
    e->target = r->status[b] == 1 ? b : GCT_NIL;
    if (e->op == GCT_WRITE && b % 8 == 0) e->flags = GCT_INITIALISING;
  }
}

// Writes a valid trace of n events and a checkpoint every n/4, in a total
// order, that only ever uses rooted objects. Checkpoints stand in the thread
// that runs, without oracles.
UNUSED static void fixture_random_trace(const char *path, uint64_t seed,
                                        uint32_t n_threads, uint32_t n,
                                        int level)
{
  struct random_trace r = {.state = seed, .n_threads = n_threads};
  struct gct_writer_options options = {.level = level};
  struct gct_error error;
  uint32_t checkpoints = 0;
  assert_int_equal(gct_writer_open(path, &options, &r.writer, &error), 0);
  gct_writer_meta(r.writer, "program", "random");
  for (uint32_t i = 0; i < 2; i++)
    gct_writer_type(r.writer, &(struct gct_type){.id = 5 + 3 * i,
                                                 .flags = i,
                                                 .name = i ? "b c" : "a"});
  for (uint32_t i = 0; i < n_threads; i++)
    gct_writer_thread(r.writer, 1 + 2 * i);
  for (uint32_t i = 0; i < n; i++) {
    uint32_t next = r.thread;
    if (fixture_random(&r.state) % 32 == 0)
      next = (uint32_t)fixture_random(&r.state) % n_threads;
    if (next != r.thread) {
      struct gct_event wait = {
          .op = GCT_WAIT,
          .thread = (uint16_t)r.thread,
          .seq = (uint32_t)gct_writer_seq(r.writer, r.thread)};
      gct_writer_event(r.writer, next, &wait, NULL);
      r.thread = next;
    }
    struct gct_event e = {0};
    if (i % (n / 4) == n / 8)
      e = (struct gct_event){.op = GCT_CHECKPOINT, .number = checkpoints++};
    else
      random_event(&r, &e);
    gct_writer_event(r.writer, r.thread, &e, NULL);
  }
  if (gct_writer_close(r.writer, &error) != 0) fail_msg("%s", error.reason);
}

#endif
