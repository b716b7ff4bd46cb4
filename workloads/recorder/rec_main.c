// rec_main.c: a Python interpreter that writes down what it does to its heap.
// SPDX-License-Identifier: MIT
//
// Run by `wane trace record`, which says in the environment
//   WANE_RECORD_OUT    the file to write; it appears only when it is whole
//   WANE_RECORD_CHECK  re-read all containers every so many events
// The trace begins with the script's first line, or anew when the script calls
// sys.audit('wane.trace', 'start'), with everything that is alive; it ends at
// sys.audit('wane.trace', 'end') or when the script has ended. A process that
// the script forks or starts records nothing.
#include "rec.h"

#include <pthread.h>

#include "hooks.h"

static const char *out;
static uint64_t check_every, next_check;

static void maybe_check(void)
{
  if (!check_every || rec_events() < next_check) return;
  rec_paranoid();
  next_check = rec_events() + check_every;
}

static void safepoint(void)
{
  rec_sync();
  if (rec_recording && !rec_clearing) maybe_check();
}

static void begin(void)
{
  if (rec_recording) rec_emit_abandon();
  rec_recording = false;
  rec_bury();
  rec_dirty_objects.n = rec_dirty_counts.n = rec_dirty_buffers.n = 0;
  rec_emit_open(out);
  rec_recording = true;
  rec_objects_begin();
  rec_sync();
  rec_emit(GCT_MARK, 0, 1);
  next_check = rec_events() + check_every;
}

static void end(void)
{
  if (!rec_recording) return;
  rec_sync();
  rec_emit(GCT_MARK, 0, 2);
  if (check_every) rec_paranoid();
  rec_recording = false;
  rec_emit_close();
  out = NULL;
  if (!check_every) return;
  fprintf(stderr, "recorder: %llu containers read again, %llu writes missed\n",
          (unsigned long long)rec_reread, (unsigned long long)rec_missed);
  if (rec_missed) _exit(4);
}

// ---- when to begin and to end

static PyObject *script_ends(PyObject *self, PyObject *none)
{
  (void)self;
  (void)none;
  end();
  Py_RETURN_NONE;
}

// Registered first, so called last of all that the script registers.
static void end_at_exit(void)
{
  static PyMethodDef method = {"end", script_ends, METH_NOARGS, NULL};
  PyObject *function = PyCFunction_New(&method, NULL);
  PyObject *module = PyImport_ImportModule("atexit");
  PyObject *result =
      module && function
          ? PyObject_CallMethod(module, "register", "O", function)
          : NULL;
  if (!result) rec_give_up("cannot register with atexit");
  Py_DECREF(result);
  Py_DECREF(function);
  Py_DECREF(module);
}

static bool is_word(PyObject *arguments, const char *word)
{
  PyObject *first = PyTuple_GET_SIZE(arguments) == 1
                        ? PyTuple_GET_ITEM(arguments, 0)
                        : NULL;
  return first && PyUnicode_Check(first) &&
         PyUnicode_CompareWithASCIIString(first, word) == 0;
}

static int audit(const char *event, PyObject *arguments, void *context)
{
  (void)context;
  static bool running;
  if (!out) return 0;
  if (strcmp(event, "wane.trace") == 0) {
    if (is_word(arguments, "start")) begin();
    if (is_word(arguments, "end")) end();
  } else if (!running && strncmp(event, "cpython.run_", 12) == 0) {
    running = true; // run_file, run_command, run_module
    end_at_exit();
    begin();
  }
  return 0;
}

// ---- processes

static void before_fork(void)
{
  fflush(NULL); // else the child would write it too
}

static void in_child(void)
{
  rec_recording = false;
  out = NULL;
}

static void take_environment(void)
{
  const char *check = getenv("WANE_RECORD_CHECK");
  if (check) check_every = strtoull(check, NULL, 10);
  if (getenv("WANE_RECORD_OUT")) out = strdup(getenv("WANE_RECORD_OUT"));
  unsetenv("WANE_RECORD_OUT");
  unsetenv("WANE_RECORD_CHECK");
}

int main(int argc, char **argv)
{
  take_environment();
  if (!out) return Py_BytesMain(argc, argv); // a plain, slow interpreter
  rec_region_open();
  rec_memory_install();
  PySys_AddAuditHook(audit, NULL);
  pthread_atfork(before_fork, NULL, in_child);
  wane_hooks = (struct wane_hooks){.birth = rec_born,
                                   .death = rec_dies,
                                   .finalizer = rec_finalizer,
                                   .safepoint = safepoint,
                                   .hand_over = rec_sync,
                                   .thread_end = rec_thread_ends,
                                   .collection = rec_collection,
                                   .unreachable = rec_unreachable,
                                   .garbage = rec_garbage,
                                   .clearing = rec_clear,
                                   .revived = rec_revived,
                                   .interned = rec_set_interned};
  return Py_BytesMain(argc, argv);
}
