// experiment_fixture.h: an experiment that is right, and what is wrong with it.
// SPDX-License-Identifier: MIT

#ifndef WANE_TESTS_UNIT_EXPERIMENT_FIXTURE_H
#define WANE_TESTS_UNIT_EXPERIMENT_FIXTURE_H

#include "experiment.h"

#include <string.h>

// Three configurations (one that runs once) on three benchmarks.
static const char good_experiment[] =
    "name: lbo\n"
    "invocations: 4\n"
    "seed: 3\n"
    "heap_levels: 4\n"
    "heap_range: 5\n"
    "spread_factor: 0\n"
    "canary: {every: 10}\n"
    "modifiers:\n"
    "  free: {heap: unbounded}\n"
    "  2x: {heap_factor: 2}\n"
    "  64m: {heap: 64m}\n"
    "  w2: {workers: 2}\n"
    "  w4: {workers: 4}\n"
    "  t8: {mutators: 8}\n"
    "  eager: {options: threshold=1000}\n"
    "configs:\n"
    "  - nogc|free\n"
    "  - rc|w2\n"
    "  - \"td,a=1|eager|w4\"\n"
    "suites:\n"
    "  a: {one: rings, two: \"rings,nodes=2\"}\n"
    "  b: {one: trees}\n"
    "mutators: [1, 2]\n";

// What is read of `text`: an enum wane_exit, and the sentence.
static int read_experiment(struct experiment *it, const char *text,
                           char *error, size_t size)
{
  return experiment_read(it, "e.yml", text, strlen(text), error, size);
}

#endif
