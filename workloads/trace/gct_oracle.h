// gct_oracle.h: the sums by which two walks of the same graph are compared.
// SPDX-License-Identifier: MIT
//
// An oracle is what a trace says about the reachable graph at one point:
// how many objects, how many bytes, and two hashes that do not depend on the
// order of the walk, so that any collector, moving or not, can recompute them
// from its own heap. An object is named by its birth number: the first ALLOC
// of the whole trace, in its total order, is birth 0. Both the checker and a
// replayer include this file and nothing else of each other.
#ifndef WANE_GCT_ORACLE_H
#define WANE_GCT_ORACLE_H

#include <stdint.h>

// The reachable graph at one point. Sums wrap modulo 2^64.
struct gct_oracle {
  uint64_t number;      // checkpoint number, from 0
  uint64_t objects;     // reachable objects
  uint64_t bytes;       // sum of their ALLOC sizes; RESIZE does not count
  uint64_t object_hash; // sum of gct_hash_object over reachable objects
  uint64_t edges;       // non-nil slots of reachable objects
  uint64_t edge_hash;   // sum of gct_hash_edge over those slots
};

// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
static inline uint64_t gct_mix(uint64_t x)
{
  x += UINT64_C(0x9E3779B97F4A7C15);
  x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
  return x ^ x >> 31;
}

static inline uint64_t gct_hash_object(uint64_t birth)
{
  return gct_mix(birth);
}

static inline uint64_t gct_hash_edge(uint64_t owner_birth, uint32_t slot,
                                     uint64_t target_birth)
{
  return gct_mix(owner_birth * UINT64_C(0x100000001B3) ^
                 slot * UINT64_C(0x9E3779B1) ^ gct_mix(target_birth));
}

// Adds one reachable object of `bytes` to the sums.
static inline void gct_oracle_object(struct gct_oracle *oracle, uint64_t birth,
                                     uint64_t bytes)
{
  oracle->objects++;
  oracle->bytes += bytes;
  oracle->object_hash += gct_hash_object(birth);
}

// Adds one non-nil slot of a reachable object to the sums.
static inline void gct_oracle_edge(struct gct_oracle *oracle,
                                   uint64_t owner_birth, uint32_t slot,
                                   uint64_t target_birth)
{
  oracle->edges++;
  oracle->edge_hash += gct_hash_edge(owner_birth, slot, target_birth);
}

// True when everything but the number agrees.
static inline int gct_oracle_equal(const struct gct_oracle *a,
                                   const struct gct_oracle *b)
{
  return a->objects == b->objects && a->bytes == b->bytes &&
         a->object_hash == b->object_hash && a->edges == b->edges &&
         a->edge_hash == b->edge_hash;
}

#endif
