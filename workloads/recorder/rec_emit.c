// rec_emit.c: events into the trace's writer.
// SPDX-License-Identifier: MIT
//
// The interpreter's lock makes the order of all events total: a thread's first
// event after another's begins with a WAIT for it.
#include "rec.h"

#include "internal/pycore_object.h"

#define TYPES ((size_t)1 << 16)

static struct gct_writer *writer;
static uint32_t n_handles;
static struct rec_list free_handles, free_threads;
static uint64_t n_events;

// ---- threads

static __thread uint32_t thread_id; // 1 + its number; 0: has none
static uint32_t n_threads;          // numbers given out
static uint32_t last_thread = UINT32_MAX; // of the last event

static void put(const struct gct_event *event, const uint8_t *payload);

uint32_t rec_thread(void)
{
  if (thread_id) return thread_id - 1;
  if (!free_threads.n && n_threads == GCT_MAX_THREADS)
    rec_give_up("more than %u threads at a time", GCT_MAX_THREADS);
  uint32_t number = free_threads.n ? free_threads.items[--free_threads.n]
                                   : n_threads++;
  thread_id = number + 1;
  if (rec_recording) {
    if (number == gct_writer_threads(writer)) gct_writer_thread(writer, number);
    put(&(struct gct_event){.op = GCT_THREAD}, NULL);
  }
  return number;
}

void rec_thread_ends(void)
{
  if (!thread_id) return;
  rec_sync();
  if (rec_recording)
    put(&(struct gct_event){.op = GCT_THREAD, .flags = GCT_ENDS}, NULL);
  rec_push(&free_threads, thread_id - 1);
  thread_id = 0;
}

static void put(const struct gct_event *event, const uint8_t *payload)
{
  uint32_t thread = rec_thread();
  if (thread != last_thread && last_thread != UINT32_MAX) {
    struct gct_event wait = {
        .op = GCT_WAIT,
        .thread = (uint16_t)last_thread,
        .seq = (uint32_t)gct_writer_seq(writer, last_thread)};
    gct_writer_event(writer, thread, &wait, NULL);
  }
  last_thread = thread;
  if (gct_writer_seq(writer, thread) == UINT32_MAX)
    rec_give_up("more than 4294967295 events of one thread");
  gct_writer_event(writer, thread, event, payload);
  n_events++;
}

// ---- types

static struct {
  PyTypeObject *type;
  char *name;
  uint32_t flags;
} types[TYPES];
static uint32_t n_types = 1, type_at[2 * TYPES];

// A name as the format wants it: one word or more, nothing that controls.
static char *type_name(const PyTypeObject *type)
{
  char *name = strdup(type->tp_name && *type->tp_name ? type->tp_name : "?");
  if (!name) rec_give_up("out of memory");
  for (char *c = name; *c; c++)
    if ((unsigned char)*c < 32 || *c == 127) *c = '_';
  return name;
}

static void tell_type(uint32_t number)
{
  struct gct_type type = {.id = number,
                          .flags = types[number].flags,
                          .name = types[number].name};
  gct_writer_type(writer, &type);
}

uint32_t rec_type_of(PyTypeObject *type)
{
  uint32_t at = (uint32_t)((uintptr_t)type / 16 * 2654435761u) % (2 * TYPES);
  for (; type_at[at]; at = (at + 1) % (2 * TYPES)) {
    if (types[type_at[at]].type != type) continue;
    // A class may have died, and another have its address.
    if (strcmp(types[type_at[at]].name, type->tp_name) == 0)
      return type_at[at];
    break;
  }
  if (n_types == TYPES) rec_give_up("more than %zu types", TYPES);
  uint32_t number = n_types++;
  bool holds = PyType_IS_GC(type) || type == &PyCode_Type;
  types[number].type = type;
  types[number].name = type_name(type);
  types[number].flags =
      (holds ? GCT_TYPE_TRACKED : 0) |
      (type->tp_finalize || type->tp_del ? GCT_TYPE_FINALIZABLE : 0) |
      (type->tp_weaklistoffset ? GCT_TYPE_WEAKABLE : 0);
  type_at[at] = number;
  if (rec_recording) tell_type(number);
  return number;
}

// ---- events

uint32_t rec_new_handle(void)
{
  if (free_handles.n) return free_handles.items[--free_handles.n];
  return n_handles++;
}

void rec_emit(uint8_t op, uint8_t flags, uint32_t handle)
{
  put(&(struct gct_event){.op = op, .flags = flags, .handle = handle}, NULL);
}

void rec_emit_alloc(uint32_t id, uint32_t slots)
{
  const struct rec_object *o = &rec_objects[id];
  put(&(struct gct_event){.op = GCT_ALLOC,
                          .handle = o->handle,
                          .type = o->type - 1,
                          .words = (uint32_t)((o->block->bytes + 7) / 8),
                          .slots = slots},
      NULL);
}

void rec_emit_write(const struct rec_write *write)
{
  uint32_t target = write->target ? rec_objects[write->target].handle : GCT_NIL;
  uint8_t flags = (uint8_t)((write->first ? GCT_INITIALISING : 0) |
                            (write->target ? 0 : GCT_TO_NIL));
  put(&(struct gct_event){.op = GCT_WRITE,
                          .flags = flags,
                          .handle = rec_objects[write->owner].handle,
                          .slot = write->slot,
                          .target = target},
      NULL);
}

void rec_emit_root(uint32_t id, uint32_t owner, uint32_t slot)
{
  struct gct_event event = {.op = GCT_ROOT, .handle = rec_objects[id].handle};
  if (owner) {
    event.flags = GCT_LOADED;
    event.target = rec_objects[owner].handle;
    event.slot = slot;
  }
  put(&event, NULL);
}

void rec_emit_weak(uint32_t id, uint32_t target, bool callback)
{
  put(&(struct gct_event){
          .op = GCT_WEAK,
          .flags = callback ? GCT_WITH_CALLBACK : 0,
          .handle = rec_objects[id].handle,
          .target = target ? rec_objects[target].handle : GCT_NIL},
      NULL);
}

void rec_emit_resize(uint32_t id, size_t bytes)
{
  put(&(struct gct_event){.op = GCT_RESIZE,
                          .handle = rec_objects[id].handle,
                          .words = (uint32_t)((bytes + 7) / 8)},
      NULL);
}

void rec_emit_free(uint32_t id)
{
  const struct rec_object *o = &rec_objects[id];
  uint8_t flags = o->flags & REC_BY_CYCLE ? GCT_BY_CYCLE : 0;
  if (o->flags & REC_REGISTERED) rec_emit(GCT_FINALIZER, GCT_ENDS, o->handle);
  for (uint32_t i = 1; i < o->n_roots; i++) rec_emit(GCT_UNROOT, 0, o->handle);
  rec_emit(o->n_roots ? GCT_DROP : GCT_FREE, flags, o->handle);
  rec_push(&free_handles, o->handle);
}

void rec_emit_revival(uint32_t handle)
{
  uint8_t payload[4];
  for (int i = 0; i < 4; i++) payload[i] = (uint8_t)(handle >> 8 * i);
  put(&(struct gct_event){.op = GCT_EXT,
                          .number = GCT_EXT_REVIVED,
                          .length = sizeof payload},
      payload);
}

uint64_t rec_events(void)
{
  return n_events;
}

// ---- the file

void rec_emit_open(const char *path)
{
  struct gct_writer_options options = {.level = 1,
                                       .header_flags = GCT_ALWAYS_HELD};
  struct gct_error error;
  if (gct_writer_open(path, &options, &writer, &error) != 0)
    rec_give_up("%s: %s", path, error.reason);
  free_handles.n = 0;
  n_handles = 0;
  n_events = 0;
  last_thread = UINT32_MAX;
  for (uint32_t i = 0; i < n_threads; i++) gct_writer_thread(writer, i);
  for (uint32_t i = 1; i < n_types; i++) tell_type(i);
}

void rec_emit_close(void)
{
  struct gct_error error;
  struct gct_writer *closing = writer;
  writer = NULL;
  if (gct_writer_close(closing, &error) != 0)
    rec_give_up("the trace cannot be written: %s", error.reason);
}

void rec_emit_abandon(void)
{
  gct_writer_abandon(writer);
  writer = NULL;
}
