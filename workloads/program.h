// program.h: random numbers, the clock, and slots of arrays, for programs.
// SPDX-License-Identifier: MIT

#ifndef WORKLOAD_PROGRAM_H
#define WORKLOAD_PROGRAM_H

#include <time.h>
#include <wane/wane.h>

// A good mixture of the bits of `z`: the output of SplitMix64 (Steele, Lea,
// Flood 2014), which next_random steps through.
static inline uint64_t mix_bits(uint64_t z)
{
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

static inline uint64_t next_random(uint64_t *state)
{
  return mix_bits(*state += 0x9e3779b97f4a7c15);
}

// Less than `n`, which is at most 2^32.
static inline uint64_t random_below(uint64_t *state, uint64_t n)
{
  return (next_random(state) >> 32) * n >> 32;
}

static inline uint64_t now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

// The slots of an array whose type has them right behind struct wane_array.
static inline struct wane_slot *array_slots(wane_ref array)
{
  return (struct wane_slot *)(void *)((struct wane_array *)(void *)array + 1);
}

#endif
