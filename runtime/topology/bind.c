// bind.c: a thread goes where it was planned to, and looks where it is.
// SPDX-License-Identifier: MIT

#include "topology.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

// Where is the calling thread, by what the kernel says, and may it be only
// there?
static int read_back(const struct wane_topology *t, hwloc_const_cpuset_t set,
                     char *error, size_t error_size)
{
  hwloc_cpuset_t may = hwloc_bitmap_alloc(), is = hwloc_bitmap_alloc();
  int status = may && is ? 0 : -ENOMEM;
  if (!status &&
      (hwloc_get_cpubind(t->hwloc, may, HWLOC_CPUBIND_THREAD) ||
       hwloc_get_last_cpu_location(t->hwloc, is, HWLOC_CPUBIND_THREAD)))
    status = -errno;
  if (!status &&
      (!hwloc_bitmap_isequal(may, set) || !hwloc_bitmap_isincluded(is, set))) {
    char asked[128], got[128];
    hwloc_bitmap_list_snprintf(asked, sizeof asked, set);
    hwloc_bitmap_list_snprintf(got, sizeof got, may);
    snprintf(error, error_size,
             "asked for PUs %s, the kernel says %s: the thread is not where it "
             "should be",
             asked, got);
    status = -EXDEV;
  } else if (status) {
    snprintf(error, error_size, "cannot be read back: %s", strerror(-status));
  }
  hwloc_bitmap_free(may);
  hwloc_bitmap_free(is);
  return status;
}

int wane_placement_bind(const struct wane_placement *p,
                        enum wane_place_role role, uint32_t index, char *error,
                        size_t error_size)
{
  const struct wane_topology *t = p->topology;
  hwloc_const_cpuset_t set = wane__placement_set(p, role, index);
  if (!set) return 0;
  if (t->mode != WANE_TOPOLOGY_REAL) {
    snprintf(error, error_size, "threads cannot be bound: %s", t->why);
    return -ENOTSUP;
  }
  if (hwloc_set_cpubind(t->hwloc, set,
                        HWLOC_CPUBIND_THREAD | HWLOC_CPUBIND_STRICT)) {
    int status = -errno;
    snprintf(error, error_size, "thread cannot be bound: %s",
             strerror(-status));
    return status;
  }
  return read_back(t, set, error, error_size);
}
