// numa_facts.h: what run.json says of nodes.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_NUMA_FACTS_H
#define WANE_HARNESS_NUMA_FACTS_H

#include "numa_setup.h"

#include <jansson.h>

// Source, mode, nodes, distances, and the settings of the kernel that move
// pages; what is not known is null. A new reference.
json_t *numa_facts(const struct numa_setup *setup);
// What was asked: "off", or modes and policies.
json_t *numa_settings(const struct numa_setup *setup);

#endif
