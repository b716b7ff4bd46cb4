// fuzz_experiment.c: bytes as an experiment file.
// SPDX-License-Identifier: MIT

#include "fuzz.h"

#include "cells.h"
#include "exit_code.h"

#include <stdlib.h>
#include <string.h>

#define MOST 65536

// What was accepted can be expanded and written.
static void use(const struct experiment *it)
{
  struct cells_extent one = {1, 1, it->n_configs};
  struct cells cells;
  json_t *json = experiment_json(it);
  if (!json) abort();
  json_decref(json);
  if (it->n_benchmarks * it->n_configs > 1000) return;
  if (!cells_make(&cells, it, &one))
    for (size_t i = 0; i < cells.n; i++)
      if (!cells.cells[i].what->config || !cells.cells[i].what->benchmark)
        abort();
  cells_free(&cells);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  struct experiment it;
  char error[512] = "";
  if (n > MOST) return 0;
  int code = experiment_read(&it, "input", (const char *)bytes, n, error,
                             sizeof error);
  if (code == WANE_EXIT_OK)
    use(&it);
  else if (strncmp(error, "input:", 6) || strchr(error, '\n'))
    abort(); // one sentence, with its place
  experiment_close(&it);
  return 0;
}
