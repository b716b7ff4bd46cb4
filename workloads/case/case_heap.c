// case_heap.c: births, roots and slots of the objects of a case.
// SPDX-License-Identifier: MIT
//
// A thread's roots are a dense array; each object knows its place in it per
// thread. Only the owner touches its array, so a swap with the last entry is
// enough to remove one.
//
// Roots are not counted, and a handshake looks at one thread after the other.
// A thread that roots an object which only *another* thread's root kept alive
// could therefore be seen before it did so, and the other one after it
// dropped: in neither snapshot. `root` in a case of several threads hence also
// puts the object into a counted handle: the next `root` or collection takes it
// out again, but that decrement is applied one round later, when this thread's
// new root has been seen. A new object goes there first, too: what no slot and
// no handle has held is its thread's alone, and no other may store it.
//
// An action runs on the finalizer thread, which may not touch the roots of
// another: it leaves a counted handle for each new root, and the thread that
// waits for it turns that into a root of its own.

#include "case_heap.h"

#include <errno.h>
#include <stdlib.h>

// Where an object is in each thread's roots.
struct place {
  uint32_t count; // roots of that thread
  uint32_t index; // if count != 0
};

struct rooted {
  struct wane_root_set set;
  uint32_t *object; // parallel to set.refs
};

// A root to be taken (there is a handle) or given up.
struct late {
  uint32_t object;
  struct wane_handle *handle;
};

struct case_heap {
  const struct case_file *file;
  const struct wane_type *types[2][2]; // [weakable][with a finalizer]
  const struct wane_type *garbage;
  struct case_finalizer finalizer;
  // Note [weak entry]: relaxed. A thread reads an entry of a live object in an
  // order its own batons give, or after wane_collect, which orders it after
  // the hook. The hook's compare-exchange cannot hit a new object: the cell is
  // not given out again before the hook has returned.
  _Atomic(wane_ref) *objects;
  struct place (*places)[CASE_THREADS];
  struct rooted roots[CASE_THREADS];
  struct wane_handle *passing;
  struct late *late;
  size_t n_late, room_late;
};

static struct case_heap *the_heap; // set while the runtime runs

static struct wane_slot *slots_of(wane_ref o)
{
  return (struct wane_slot *)(void *)((struct wane_array *)(void *)o + 1);
}

static void on_death(wane_ref o)
{
  uint32_t object = ((struct wane_array *)(void *)o)->aux;
  if (object >= the_heap->file->n_objects) return; // its last word is broken
  wane_ref expected = o;
  // Note [weak entry]
  atomic_compare_exchange_strong_explicit(&the_heap->objects[object], &expected,
                                          NULL, memory_order_relaxed,
                                          memory_order_relaxed);
}

static void on_finalize(struct wane_mutator *m, wane_ref o)
{
  uint32_t object = ((struct wane_array *)(void *)o)->aux;
  if (case_heap_find(the_heap, object) != o) return; // of a case that is over
  the_heap->finalizer.run(the_heap->finalizer.context, m, object, o);
}

static int register_types(struct case_heap *heap, bool special)
{
  static const char *const names[2][2] = {
      {"case_object", "case_finalizable"},
      {"case_weakable", "case_weakable_finalizable"}};
  struct wane_type_spec spec = {.name = "case_garbage",
                                .size = sizeof(struct wane_array),
                                .array_offset = sizeof(struct wane_array)};
  int status = wane_type_register(&spec, &heap->garbage);
  spec.death = on_death;
  for (int i = 0; i < (special ? 4 : 1) && status == 0; i++) {
    bool weakable = i & 1, finalizable = i & 2;
    spec.name = names[weakable][finalizable];
    spec.weakable = weakable;
    spec.finalize = finalizable ? on_finalize : NULL;
    status = wane_type_register(&spec, &heap->types[weakable][finalizable]);
  }
  return -status;
}

// An ephemeron has one to give its value up.
static const struct wane_type *type_for(const struct case_heap *heap,
                                        uint32_t object)
{
  const struct case_object *o = &heap->file->objects[object];
  bool finalizable = o->kind == CASE_EPHEMERON ||
                     (o->kind == CASE_PLAIN && o->action != CASE_NIL);
  return heap->types[o->weakable][finalizable];
}

int case_heap_new(const struct case_file *file, bool special,
                  struct case_finalizer finalizer, struct case_heap **out)
{
  struct case_heap *heap = calloc(1, sizeof *heap);
  if (!heap) return ENOMEM;
  size_t n = file->n_objects + 1;
  heap->file = file;
  heap->finalizer = finalizer;
  heap->objects = calloc(n, sizeof *heap->objects);
  heap->places = calloc(n, sizeof *heap->places);
  bool good = heap->objects && heap->places;
  for (uint32_t t = 0; t < CASE_THREADS; t++) {
    heap->roots[t].set.refs = calloc(n, sizeof *heap->roots[t].set.refs);
    heap->roots[t].object = calloc(n, sizeof *heap->roots[t].object);
    good = good && heap->roots[t].set.refs && heap->roots[t].object;
  }
  int status = good ? register_types(heap, special) : ENOMEM;
  if (status) {
    case_heap_dispose(heap);
    return status;
  }
  the_heap = heap;
  *out = heap;
  return 0;
}

void case_heap_dispose(struct case_heap *heap)
{
  if (!heap) return;
  for (uint32_t t = 0; t < CASE_THREADS; t++) {
    free(heap->roots[t].set.refs);
    free(heap->roots[t].object);
  }
  free(heap->objects);
  free(heap->places);
  free(heap->late);
  free(heap);
  the_heap = NULL;
}

int case_heap_reset(struct case_heap *heap, struct wane_mutator *m)
{
  for (size_t i = 0; i < heap->file->n_objects; i++) {
    // Note [weak entry]
    atomic_store_explicit(&heap->objects[i], NULL, memory_order_relaxed);
    for (uint32_t t = 0; t < CASE_THREADS; t++)
      heap->places[i][t] = (struct place){0, 0};
  }
  heap->passing = wane_handle_new(m, NULL);
  return heap->passing ? 0 : ENOMEM;
}

void case_heap_forget(struct case_heap *heap, const struct case_one *one)
{
  for (size_t i = 0; i < one->n_objects; i++) // Note [weak entry]
    atomic_store_explicit(&heap->objects[one->first_object + i], NULL,
                          memory_order_relaxed);
}

void case_heap_finish(struct case_heap *heap, struct wane_mutator *m)
{
  case_heap_disown(heap, m);
  if (heap->passing) wane_handle_free(m, heap->passing);
  heap->passing = NULL;
}

// --- roots ----------------------------------------------------------------

// Note [own set]: relaxed; a set is written by its owner only, and the owner's
// ack orders its writes before the snapshot.
static size_t root_count(const struct rooted *r)
{
  return atomic_load_explicit(&r->set.n, memory_order_relaxed);
}

void case_heap_enter(struct case_heap *heap, struct wane_mutator *m,
                     uint32_t thread)
{
  struct rooted *r = &heap->roots[thread];
  atomic_store_explicit(&r->set.n, 0, memory_order_relaxed); // Note [own set]
  wane_root_set_add(m, &r->set);
}

void case_heap_leave(struct case_heap *heap, struct wane_mutator *m,
                     uint32_t thread)
{
  case_heap_drop_all(heap, thread);
  wane_root_set_remove(m, &heap->roots[thread].set);
}

void case_heap_drop_all(struct case_heap *heap, uint32_t thread)
{
  struct rooted *r = &heap->roots[thread];
  for (size_t i = root_count(r); i-- > 0;)
    heap->places[r->object[i]][thread].count = 0;
  atomic_store_explicit(&r->set.n, 0, memory_order_relaxed); // Note [own set]
}

static void root(struct case_heap *heap, uint32_t thread, uint32_t object,
                 wane_ref o)
{
  struct rooted *r = &heap->roots[thread];
  struct place *place = &heap->places[object][thread];
  if (place->count++) return;
  size_t n = root_count(r);
  place->index = (uint32_t)n;
  r->object[n] = object;
  // Note [own set]
  atomic_store_explicit(&r->set.refs[n], o, memory_order_relaxed);
  atomic_store_explicit(&r->set.n, n + 1, memory_order_relaxed);
}

static int later(struct case_heap *heap, uint32_t object,
                 struct wane_handle *handle)
{
  if (heap->n_late == heap->room_late) {
    size_t room = 2 * heap->room_late + 16;
    struct late *grown = realloc(heap->late, room * sizeof *grown);
    if (!grown) return ENOMEM;
    heap->late = grown;
    heap->room_late = room;
  }
  heap->late[heap->n_late++] = (struct late){object, handle};
  return 0;
}

static int root_later(struct case_heap *heap, struct wane_mutator *m,
                      uint32_t object, wane_ref o)
{
  struct wane_handle *handle = wane_handle_new(m, o);
  int status = handle ? later(heap, object, handle) : ENOMEM;
  if (status && handle) wane_handle_free(m, handle);
  return status;
}

int case_heap_root(struct case_heap *heap, struct wane_mutator *m,
                   uint32_t thread, uint32_t object, bool shared)
{
  wane_ref o = case_heap_find(heap, object);
  if (thread == CASE_LATE) return root_later(heap, m, object, o);
  if (shared) wane_handle_set(m, heap->passing, o);
  root(heap, thread, object, o);
  return 0;
}

int case_heap_unroot(struct case_heap *heap, uint32_t thread, uint32_t object)
{
  if (thread == CASE_LATE) return later(heap, object, NULL);
  struct rooted *r = &heap->roots[thread];
  struct place *place = &heap->places[object][thread];
  if (--place->count) return 0;
  size_t last = root_count(r) - 1;
  // Note [own set]
  wane_ref moved =
      atomic_load_explicit(&r->set.refs[last], memory_order_relaxed);
  atomic_store_explicit(&r->set.refs[place->index], moved,
                        memory_order_relaxed);
  r->object[place->index] = r->object[last];
  heap->places[r->object[last]][thread].index = place->index;
  atomic_store_explicit(&r->set.n, last, memory_order_relaxed);
  return 0;
}

void case_heap_adopt(struct case_heap *heap, struct wane_mutator *m,
                     uint32_t thread)
{
  for (size_t i = 0; i < heap->n_late; i++) {
    struct late *late = &heap->late[i];
    if (late->handle)
      root(heap, thread, late->object, wane_handle_get(late->handle));
    else
      case_heap_unroot(heap, thread, late->object);
  }
  case_heap_disown(heap, m);
}

void case_heap_disown(struct case_heap *heap, struct wane_mutator *m)
{
  for (size_t i = 0; i < heap->n_late; i++)
    if (heap->late[i].handle) wane_handle_free(m, heap->late[i].handle);
  heap->n_late = 0;
}

// --- objects ---------------------------------------------------------------

int case_heap_birth(struct case_heap *heap, struct wane_mutator *m,
                    uint32_t thread, uint32_t object, bool shared)
{
  const struct case_object *o = &heap->file->objects[object];
  wane_ref born =
      wane_alloc_array(m, type_for(heap, object), o->slots, o->bytes);
  if (!born) return ENOMEM;
  ((struct wane_array *)(void *)born)->aux = object;
  // Note [weak entry]
  atomic_store_explicit(&heap->objects[object], born, memory_order_relaxed);
  if (thread == CASE_LATE) return root_later(heap, m, object, born);
  root(heap, thread, object, born);
  if (shared) wane_handle_set(m, heap->passing, born);
  return 0;
}

void case_heap_pass_nothing(struct case_heap *heap, struct wane_mutator *m)
{
  wane_handle_set(m, heap->passing, NULL);
}

int case_heap_churn(struct case_heap *heap, struct wane_mutator *m, uint32_t n)
{
  while (n-- > 0)
    if (!wane_alloc_array(m, heap->garbage, 4, 0)) return ENOMEM;
  return 0;
}

wane_ref case_heap_find(struct case_heap *heap, uint32_t object)
{
  // Note [weak entry]
  return atomic_load_explicit(&heap->objects[object], memory_order_relaxed);
}

const char *case_heap_fault(struct case_heap *heap, uint32_t object)
{
  wane_ref o = case_heap_find(heap, object);
  if (!o) return "was freed while roots reach it";
  const struct wane_array *array = (const struct wane_array *)(void *)o;
  if (wane_type_of(o) != type_for(heap, object)) return "has lost its type";
  if (array->aux != object) return "has lost its plain bytes";
  if (array->length != heap->file->objects[object].slots)
    return "has lost its number of slots";
  return NULL;
}

void case_heap_store(struct case_heap *heap, struct wane_mutator *m,
                     uint32_t object, uint32_t slot, uint32_t target)
{
  wane_ref o = case_heap_find(heap, object);
  wane_ref value = target == CASE_NIL ? NULL : case_heap_find(heap, target);
  wane_store(m, o, &slots_of(o)[slot], value);
}

wane_ref case_heap_load(struct case_heap *heap, uint32_t object, uint32_t slot)
{
  return wane_load(&slots_of(case_heap_find(heap, object))[slot]);
}
