// tsan.c: each atomic operation of the real code, as a point and itself.
// SPDX-License-Identifier: MIT
//
// Runtime, collectors and program are compiled with -fsanitize=thread, which
// makes a call of each atomic operation and of each plain access; and they are
// not linked with ThreadSanitizer but with this file. So no line of them had
// to be changed. Plain accesses are no points: a program without data races
// (the variety *tsan* is there to see to that) has no other results with them.
// Whatever order the code asks for, it gets sequential consistency.

#include "sched.h"

#include <stddef.h>

#define HERE __builtin_return_address(0)

#define OPERATION(bits, name, builtin, kind)                                   \
  uint##bits##_t __tsan_atomic##bits##_##name(                                 \
      volatile uint##bits##_t *a, uint##bits##_t value, int order);            \
  uint##bits##_t __tsan_atomic##bits##_##name(                                 \
      volatile uint##bits##_t *a, uint##bits##_t value, int order)             \
  {                                                                            \
    (void)order;                                                               \
    sched_touch(kind, a, true, HERE);                                          \
    return builtin(a, value, __ATOMIC_SEQ_CST);                                \
  }

#define COMPARE(bits, name)                                                    \
  int __tsan_atomic##bits##_compare_exchange_##name(                           \
      volatile uint##bits##_t *a, uint##bits##_t *expected,                    \
      uint##bits##_t value, int order, int failure);                           \
  int __tsan_atomic##bits##_compare_exchange_##name(                           \
      volatile uint##bits##_t *a, uint##bits##_t *expected,                    \
      uint##bits##_t value, int order, int failure)                            \
  {                                                                            \
    (void)order;                                                               \
    (void)failure;                                                             \
    sched_touch('C', a, true, HERE);                                           \
    return __atomic_compare_exchange_n(a, expected, value, 0,                  \
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);    \
  }

// Clang's form: what was there comes back.
#define COMPARE_VAL(bits)                                                      \
  uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(                   \
      volatile uint##bits##_t *a, uint##bits##_t expected,                     \
      uint##bits##_t value, int order, int failure);                           \
  uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(                   \
      volatile uint##bits##_t *a, uint##bits##_t expected,                     \
      uint##bits##_t value, int order, int failure)                            \
  {                                                                            \
    (void)order;                                                               \
    (void)failure;                                                             \
    sched_touch('C', a, true, HERE);                                           \
    __atomic_compare_exchange_n(a, &expected, value, 0, __ATOMIC_SEQ_CST,      \
                                __ATOMIC_SEQ_CST);                             \
    return expected;                                                           \
  }

#define WIDTH(bits)                                                            \
  uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *a,  \
                                            int order);                        \
  uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *a,  \
                                            int order)                         \
  {                                                                            \
    (void)order;                                                               \
    sched_touch('L', a, false, HERE);                                          \
    return __atomic_load_n(a, __ATOMIC_SEQ_CST);                               \
  }                                                                            \
  void __tsan_atomic##bits##_store(volatile uint##bits##_t *a,                 \
                                   uint##bits##_t value, int order);           \
  void __tsan_atomic##bits##_store(volatile uint##bits##_t *a,                 \
                                   uint##bits##_t value, int order)            \
  {                                                                            \
    (void)order;                                                               \
    sched_touch('S', a, true, HERE);                                           \
    __atomic_store_n(a, value, __ATOMIC_SEQ_CST);                              \
  }                                                                            \
  OPERATION(bits, exchange, __atomic_exchange_n, 'X')                          \
  OPERATION(bits, fetch_add, __atomic_fetch_add, '+')                          \
  OPERATION(bits, fetch_sub, __atomic_fetch_sub, '-')                          \
  OPERATION(bits, fetch_and, __atomic_fetch_and, '&')                          \
  OPERATION(bits, fetch_or, __atomic_fetch_or, '|')                            \
  OPERATION(bits, fetch_xor, __atomic_fetch_xor, '^')                          \
  COMPARE(bits, strong)                                                        \
  COMPARE(bits, weak)                                                          \
  COMPARE_VAL(bits)

WIDTH(8)
WIDTH(16)
WIDTH(32)
WIDTH(64)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
  (void)order;
  sched_point('F', HERE);
}

void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
  (void)order;
}

// What the runtime tells ThreadSanitizer in words (inbox.c): the queue between
// these two is liburcu's, and one step for us.
void __tsan_acquire(void *a);
void __tsan_acquire(void *a)
{
  (void)a;
  sched_point('a', HERE);
}

void __tsan_release(void *a);
void __tsan_release(void *a)
{
  (void)a;
  sched_point('r', HERE);
}

// --- nothing to do -----------------------------------------------------------

#define NOTHING(name)                                                          \
  void name(void *a);                                                          \
  void name(void *a)                                                           \
  {                                                                            \
    (void)a;                                                                   \
  }
#define ACCESS(bytes)                                                          \
  NOTHING(__tsan_read##bytes)                                                  \
  NOTHING(__tsan_write##bytes)                                                 \
  NOTHING(__tsan_unaligned_read##bytes)                                        \
  NOTHING(__tsan_unaligned_write##bytes)                                       \
  NOTHING(__tsan_volatile_read##bytes)                                         \
  NOTHING(__tsan_volatile_write##bytes)

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)
NOTHING(__tsan_func_entry)

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_read_range(void *a, size_t n);
void __tsan_read_range(void *a, size_t n)
{
  (void)a;
  (void)n;
}

void __tsan_write_range(void *a, size_t n);
void __tsan_write_range(void *a, size_t n)
{
  (void)a;
  (void)n;
}
