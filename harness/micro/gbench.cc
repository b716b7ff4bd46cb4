// gbench.cc: Google Benchmark 1.7 for C: one-line forwards.
// SPDX-License-Identifier: MIT
//
// The only file that sees the library. No exception leaves it: what can throw
// is caught, the rest ends the process, as it would in C.

#include "gbench.h"

#include <benchmark/benchmark.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <set>
#include <sstream>
#include <string>

static benchmark::State *real(struct gbench_state *state)
{
  return reinterpret_cast<benchmark::State *>(state);
}

static const benchmark::State *real(const struct gbench_state *state)
{
  return reinterpret_cast<const benchmark::State *>(state);
}

int gbench_register(const struct gbench_spec *spec)
{
  if (!spec->name || !*spec->name || !spec->function) return -EINVAL;
  try {
    gbench_function function = spec->function;
    void *user = spec->user;
    auto *added = benchmark::RegisterBenchmark(
        spec->name, [function, user](benchmark::State &state) {
          function(reinterpret_cast<struct gbench_state *>(&state), user);
        });
    added->Unit(benchmark::kNanosecond)->UseRealTime();
    return 0;
  } catch (const std::exception &) {
    return -ENOMEM;
  }
}

void gbench_clear(void)
{
  benchmark::ClearRegisteredBenchmarks();
}

void gbench_context(const char *key, const char *value)
{
  static std::set<std::string> known; // the library complains of the second
  if (known.insert(key).second) benchmark::AddCustomContext(key, value);
}

int gbench_run(int argc, char **argv, char **json)
{
  *json = nullptr;
  try {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return -EINVAL;
    std::ostringstream out, complaints;
    benchmark::JSONReporter reporter;
    reporter.SetOutputStream(&out);
    reporter.SetErrorStream(&complaints);
    size_t n = benchmark::RunSpecifiedBenchmarks(&reporter);
    *json = strdup(out.str().c_str());
    return *json ? static_cast<int>(n) : -ENOMEM;
  } catch (const std::exception &) {
    return -ENOMEM;
  }
}

bool gbench_keep_running(struct gbench_state *state, int64_t n)
{
  return real(state)->KeepRunningBatch(n);
}

void gbench_pause(struct gbench_state *state)
{
  real(state)->PauseTiming();
}

void gbench_resume(struct gbench_state *state)
{
  real(state)->ResumeTiming();
}

void gbench_skip(struct gbench_state *state, const char *why)
{
  real(state)->SkipWithError(why);
}

bool gbench_skipped(const struct gbench_state *state)
{
  return real(state)->error_occurred();
}

void gbench_counter(struct gbench_state *state, const char *name, double value)
{
  real(state)->counters[name] = benchmark::Counter(value);
}

int64_t gbench_iterations(const struct gbench_state *state)
{
  return real(state)->iterations();
}
