// size_class.c: sizes of cells: by 8 to 256 bytes, then four to a doubling.
// SPDX-License-Identifier: MIT

#include "heap.h"

static uint32_t class_cells[WANE_SIZE_CLASSES];

void wane__classes_start(void)
{
  uint32_t n = 0;
  for (uint32_t bytes = 16; bytes <= 256; bytes += 8) class_cells[n++] = bytes;
  for (uint32_t base = 256; base < WANE__SMALL_MAX; base *= 2)
    for (uint32_t quarter = 1; quarter <= 4; quarter++)
      class_cells[n++] = base + base / 4 * quarter;
}

uint32_t wane__size_class(size_t bytes)
{
  if (bytes <= 16) return 0;
  if (bytes <= 256) return (uint32_t)((bytes - 16 + 7) / 8);
  uint32_t log = 63 - (uint32_t)__builtin_clzl(bytes - 1); // 2^log < bytes
  uint32_t quarter = (uint32_t)((bytes - 1) >> (log - 2)) & 3;
  return 31 + (log - 8) * 4 + quarter;
}

uint32_t wane__class_cell(uint32_t size_class)
{
  return class_cells[size_class];
}
