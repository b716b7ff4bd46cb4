// gct_crc32c.c: CRC-32C (Castagnoli), by instruction where there is one.
// SPDX-License-Identifier: MIT
//
// Debian 12 packages no small library for this checksum, and both x86-64 and
// AArch64 have had an instruction for it for a decade, so it is here: eight
// bytes a step, or a table of 256 entries on other machines. The polynomial
// is that of iSCSI (RFC 3720, B.4); the check value of "123456789" is
// E3069283.
#include "gct_format.h"

#include <pthread.h>

static uint32_t table[256];

static void fill_table(void)
{
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
    table[i] = crc;
  }
}

static uint32_t by_table(uint32_t crc, const uint8_t *p, size_t n)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, fill_table);
  while (n--) crc = crc >> 8 ^ table[(crc ^ *p++) & 255];
  return crc;
}

#if defined __x86_64__

#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t
by_instruction(uint32_t crc, const uint8_t *p, size_t n)
{
  uint64_t wide = crc;
  for (; n >= 8; n -= 8, p += 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  crc = (uint32_t)wide;
  while (n--) crc = _mm_crc32_u8(crc, *p++);
  return crc;
}

static bool has_instruction(void)
{
  return __builtin_cpu_supports("sse4.2");
}

#elif defined __ARM_FEATURE_CRC32 && defined __AARCH64EL__

#include <arm_acle.h>

static uint32_t by_instruction(uint32_t crc, const uint8_t *p, size_t n)
{
  for (; n >= 8; n -= 8, p += 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    crc = __crc32cd(crc, word);
  }
  while (n--) crc = __crc32cb(crc, *p++);
  return crc;
}

static bool has_instruction(void)
{
  return true;
}

#else

static uint32_t by_instruction(uint32_t crc, const uint8_t *p, size_t n)
{
  return by_table(crc, p, n);
}

static bool has_instruction(void)
{
  return false;
}

#endif

uint32_t gct__crc32c(uint32_t crc, const void *bytes, size_t n)
{
  if (has_instruction()) return ~by_instruction(~crc, bytes, n);
  return ~by_table(~crc, bytes, n);
}

uint32_t gct__crc32c_plain(uint32_t crc, const void *bytes, size_t n)
{
  return ~by_table(~crc, bytes, n);
}
