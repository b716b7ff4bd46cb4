// drive.c: runs a fuzz target over its corpus, and over mutations of it.
// SPDX-License-Identifier: MIT
//
// drive CORPUS RUNS: a main for a target that any compiler can build, so that
// every variety of the build has it in its ordinary tests. It knows nothing of
// coverage; what searches is libFuzzer (run.sh). The input under way is written
// to ./fuzz-NAME.input when the process dies of it.

#include "fuzz.h"

#include <tests/check.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MOST 65536
#define FILES 256

struct input {
  uint8_t *bytes;
  size_t n;
};

static struct input corpus[FILES], current;
static size_t n_files;
static char artifact[64];

static uint64_t state;

static uint64_t next(uint64_t below)
{
  uint64_t x = state += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
  return (x ^ x >> 31) % below;
}

// --- mutations ---------------------------------------------------------------

static void replace(size_t at, size_t n, const uint8_t *by, size_t by_n)
{
  size_t rest = current.n - at - n;
  if (at + by_n + rest > MOST) return;
  memmove(current.bytes + at + by_n, current.bytes + at + n, rest);
  if (by_n) memcpy(current.bytes + at, by, by_n);
  current.n = at + by_n + rest;
}

// A number that is at a limit, as bytes or as digits.
static void put_number(size_t at)
{
  static const uint64_t edges[] = {
      0,          1,          127,        128,       255,       256,
      65535,      65536,      16777216,   16777217,  134217727, 134217728,
      2147483647, 4294967295, 1ull << 32, UINT64_MAX};
  char text[24];
  uint64_t x = edges[next(sizeof edges / sizeof edges[0])];
  size_t n = (size_t)1 << next(4), left = current.n - at;
  if (next(2)) {
    size_t digits = (size_t)snprintf(text, sizeof text, "%" PRIu64, x);
    size_t old = 0;
    while (old < left && current.bytes[at + old] >= '0' &&
           current.bytes[at + old] <= '9')
      old++;
    replace(at, old, (const uint8_t *)text, digits);
  } else if (n <= left) {
    memcpy(current.bytes + at, &x, n);
  }
}

// A piece of some file, a line as a rule, in place of another.
static void put_piece(size_t at, size_t length)
{
  const struct input *from = &corpus[next(n_files)];
  uint8_t piece[512];
  if (!from->n) return;
  size_t begin = next(from->n), n = next(sizeof piece);
  while (begin && from->bytes[begin - 1] != '\n' && next(64)) begin--;
  if (n > from->n - begin) n = from->n - begin;
  memcpy(piece, from->bytes + begin, n);
  replace(at, length, piece, n);
}

static void mutate(void)
{
  size_t at = next(current.n + 1), left = current.n - at;
  size_t length = left ? next(left < 64 ? left : 64) : 0;
  switch (next(7)) {
  case 0:
    if (left) current.bytes[at] ^= (uint8_t)(1u << next(8));
    break;
  case 1:
    if (left) current.bytes[at] = (uint8_t)next(256);
    break;
  case 2:
    replace(at, length, NULL, 0);
    break;
  case 3:
    put_number(at);
    break;
  case 4:
    put_piece(at, 0);
    break;
  case 5:
    put_piece(at, length);
    break;
  case 6:
    if (next(8) == 0) current.n = at; // cut short
    break;
  }
}

// --- the corpus --------------------------------------------------------------

static void load(const char *folder, const char *name)
{
  char path[4096];
  struct input *in = &corpus[n_files];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  if (!file || !(in->bytes = malloc(MOST))) exit(3);
  in->n = fread(in->bytes, 1, MOST, file);
  fclose(file);
  n_files++;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
  return strcmp((*a)->d_name, (*b)->d_name);
}

static void load_all(const char *folder)
{
  struct dirent **names;
  int n = scandir(folder, &names, NULL, by_name);
  for (int i = 0; i < n; i++) {
    if (names[i]->d_name[0] != '.' && n_files < FILES)
      load(folder, names[i]->d_name);
    free(names[i]);
  }
  if (n >= 0) free(names);
}

// --- the end of it -----------------------------------------------------------

static void keep(int number)
{
  int fd = open(artifact, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (fd >= 0 && write(fd, current.bytes, current.n) >= 0) close(fd);
  signal(number, SIG_DFL);
  raise(number);
}

static void run(void)
{
  (void)LLVMFuzzerTestOneInput(current.bytes, current.n);
}

int main(int argc, char **argv)
{
  if (argc != 3) return 2;
  unsigned long long runs = strtoull(argv[2], NULL, 10);
  const char *name = strrchr(argv[0], '/');
  snprintf(artifact, sizeof artifact, "%.40s.input", name ? name + 1 : argv[0]);
  load_all(argv[1]);
  state = check_seed((uint64_t)time(NULL));
  current.bytes = malloc(MOST);
  if (!n_files || !current.bytes) return 3;
  static const int deadly[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGALRM};
  for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
    signal(deadly[i], keep);
  for (unsigned long long i = 0; i < n_files + runs; i++) {
    const struct input *from = &corpus[i < n_files ? i : next(n_files)];
    memcpy(current.bytes, from->bytes, from->n);
    current.n = from->n;
    for (uint64_t k = i < n_files ? 0 : 1 + next(8); k; k--) mutate();
    if (i % 64 == 0) alarm(120); // an input that takes so long is a bug too
    run();
  }
  for (size_t i = 0; i < n_files; i++) free(corpus[i].bytes);
  free(current.bytes);
  printf("%zu files of the corpus, %llu mutations\n", n_files, runs);
  return 0;
}
