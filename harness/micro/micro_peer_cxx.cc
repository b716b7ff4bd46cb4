// micro_peer_cxx.cc: the one baseline that is C++: std::shared_ptr.
// SPDX-License-Identifier: MIT
//
// make_shared puts the counts beside the object, as a header does: the best
// that the library offers.

#include "micro_peer_cxx.h"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace
{
struct object {
  uint64_t payload[2];
};
using pointers = std::vector<std::shared_ptr<object>>;

std::map<size_t, pointers> sets;
} // namespace

bool micro_peer_shared_ptr_prepare(size_t n)
{
  try {
    pointers &set = sets[n];
    if (set.size() == n) return true;
    set.clear();
    set.reserve(n);
    for (size_t i = 0; i < n; i++) set.push_back(std::make_shared<object>());
    std::shuffle(set.begin(), set.end(), std::mt19937_64(1));
    return true;
  } catch (const std::exception &) {
    return false;
  }
}

void micro_peer_shared_ptr(struct gbench_state *state, size_t n)
{
  const int64_t batch = 1024;
  const std::shared_ptr<object> *first = sets[n].data();
  size_t at = 0, mask = n - 1;
  while (gbench_keep_running(state, batch))
    for (int64_t i = 0; i < batch; i++) {
      std::shared_ptr<object> copy = first[at++ & mask];
      GBENCH_KEEP(copy.get());
    }
}
