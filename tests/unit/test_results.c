// test_results.c: records as CSV and JSON.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "results.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static struct record record;

static int make(void **state)
{
  (void)state;
  static const struct measurement m[] = {
      {1, "time.wall", "process", "total", "ns", 12},
      {0, "run.status", "process", "total", "count", NAN}};
  record = (struct record){.last_iteration = 1, .status = RUN_OOM};
  (void)record_set(&record, COLUMN_run_id, "r");
  (void)record_set(&record, COLUMN_cpus, "0,2");
  (void)record_set(&record, COLUMN_seed, "7");
  return record_add(&record, &m[0]) || record_add(&record, &m[1]);
}

static int unmake(void **state)
{
  (void)state;
  record_free(&record);
  return 0;
}

static void rows_are_the_columns_in_order(void **state)
{
  (void)state;
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  results_csv_header(out);
  results_csv_rows(out, &record);
  fclose(out);
  assert_string_equal(
      text,
      "run_id,invocation_id,suite,benchmark,size,seed,config,collector,"
      "collector_opts,build,mutators,gc_workers_stw,gc_workers_conc,"
      "numa_mode,numa_policy,thread_policy,gc_policy,topology_id,placement,"
      "cpus,heap_mode,hfac,heap_bytes,minheap_bytes,heap_counts,"
      "exec_index,invocation,iteration,phase,status,metric,scope,stat,unit,"
      "value,variety\n"
      "r,NA,NA,NA,NA,7,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,\"0,2\",NA,NA,NA,"
      "NA,NA,NA,NA,"
      "1,timing,oom,time.wall,process,total,ns,12,NA\n"
      "r,NA,NA,NA,NA,7,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,\"0,2\",NA,NA,NA,"
      "NA,NA,NA,NA,"
      "0,timing,oom,run.status,process,total,count,NA,NA\n");
  free(text);
}

static void json_has_numbers_strings_and_nulls(void **state)
{
  (void)state;
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  results_json(out, &record, 1);
  fclose(out);
  json_t *all = json_loads(text, 0, NULL);
  json_t *rows = json_object_get(all, "rows");
  assert_int_equal(json_array_size(rows), 2);
  json_t *row = json_array_get(rows, 0);
  assert_int_equal(json_object_size(row), N_COLUMNS);
  assert_int_equal(json_integer_value(json_object_get(row, "seed")), 7);
  assert_int_equal(json_integer_value(json_object_get(row, "value")), 12);
  assert_string_equal(json_string_value(json_object_get(row, "status")), "oom");
  assert_true(json_is_null(json_object_get(row, "suite")));
  row = json_array_get(rows, 1);
  assert_true(json_is_null(json_object_get(row, "value")));
  json_decref(all);
  free(text);
}

static void no_records_are_valid_json(void **state)
{
  (void)state;
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  results_json(out, NULL, 0);
  fclose(out);
  json_t *all = json_loads(text, 0, NULL);
  assert_int_equal(json_array_size(json_object_get(all, "rows")), 0);
  json_decref(all);
  free(text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_are_the_columns_in_order),
      cmocka_unit_test(json_has_numbers_strings_and_nulls),
      cmocka_unit_test(no_records_are_valid_json),
  };
  return cmocka_run_group_tests(tests, make, unmake);
}
