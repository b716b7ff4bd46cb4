// gct_writer.c: events into per-thread buffers, buffers into chunks.
// SPDX-License-Identifier: MIT
//
// Each thread has one buffer that becomes a chunk when it holds 65536 events
// or nearly 1 MiB. Types and meta data are collected as text and written
// before the first event chunk if they are complete by then, else at the end;
// a reader looks at all tables before any event.
#include "gct_writer.h"
#include "gct_decode.h"
#include "gct_sink.h"

#include <errno.h>
#include <stdlib.h>

struct buffer {
  uint8_t *bytes;
  size_t n, capacity;
};

struct writer_thread {
  uint32_t id, n_events; // n_events: in the buffer
  uint64_t seq;          // of all events so far
  struct gct__context context;
  struct buffer buffer;
};

struct gct_writer {
  struct gct__sink sink;
  struct gct__header header;
  uint64_t n_checkpoints;
  uint32_t n_threads, n_types;
  bool seen_thread[GCT_MAX_THREADS];
  uint32_t *type_ids;
  struct buffer types, meta, records;
  struct writer_thread threads[GCT_MAX_THREADS];
};

// Makes room for n more bytes. On failure the sink fails.
static bool reserve(struct gct_writer *w, struct buffer *buffer, size_t n)
{
  if (buffer->capacity - buffer->n >= n) return true;
  size_t capacity = 2 * buffer->capacity + n + 4096;
  uint8_t *bytes = realloc(buffer->bytes, capacity);
  if (!bytes) {
    gct__sink_fail(&w->sink, -ENOMEM, "%s", strerror(ENOMEM));
    return false;
  }
  buffer->bytes = bytes;
  buffer->capacity = capacity;
  return true;
}

int gct_writer_open(const char *path, const struct gct_writer_options *options,
                    struct gct_writer **writer, struct gct_error *error)
{
  static const struct gct_writer_options usual = {.level = 9};
  if (!options) options = &usual;
  struct gct_writer *w = calloc(1, sizeof *w);
  if (!w) return gct__system(error, ENOMEM);
  int result = gct__sink_open(&w->sink, path, options->level, error);
  if (result != 0) {
    free(w);
    return result;
  }
  w->header.major = GCT_MAJOR;
  w->header.minor = GCT_MINOR;
  w->header.flags = options->header_flags;
  *writer = w;
  return 0;
}

uint32_t gct_writer_thread(struct gct_writer *writer, uint32_t id)
{
  if (id >= GCT_MAX_THREADS || writer->seen_thread[id]) {
    gct__sink_fail(&writer->sink, -EINVAL,
                   "thread %u is there twice, or not "
                   "below %u",
                   id, GCT_MAX_THREADS);
    return 0;
  }
  writer->seen_thread[id] = true;
  struct writer_thread *thread = &writer->threads[writer->n_threads];
  thread->id = id;
  gct__context_start(&thread->context);
  return writer->n_threads++;
}

// A word for a TYPE or META line.
static bool is_word(const char *word, char never)
{
  if (!*word) return false;
  for (const unsigned char *p = (const unsigned char *)word; *p; p++)
    if (*p < 32 || *p == 127 || *p == (unsigned char)never) return false;
  return true;
}

static void print_line(struct gct_writer *w, struct buffer *buffer,
                       const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void print_line(struct gct_writer *w, struct buffer *buffer,
                       const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (n < 0 || !reserve(w, buffer, (size_t)n + 1)) return;
  va_start(arguments, format);
  vsnprintf((char *)buffer->bytes + buffer->n, (size_t)n + 1, format,
            arguments);
  va_end(arguments);
  buffer->n += (size_t)n;
}

uint32_t gct_writer_type(struct gct_writer *writer, const struct gct_type *type)
{
  uint32_t n = writer->n_types;
  if ((n & (n - 1)) == 0) {
    uint32_t *ids =
        realloc(writer->type_ids, (n ? 2 * (size_t)n : 1) * sizeof *ids);
    if (!ids) {
      gct__sink_fail(&writer->sink, -ENOMEM, "%s", strerror(ENOMEM));
      return 0;
    }
    writer->type_ids = ids;
  }
  if (!is_word(type->name, '\t'))
    gct__sink_fail(&writer->sink, -EINVAL, "type %u has no proper name",
                   type->id);
  if (type->size | type->slots)
    print_line(writer, &writer->types, "%u\t%u\t%s\t%u\t%u\n", type->id,
               type->flags, type->name, type->size, type->slots);
  else
    print_line(writer, &writer->types, "%u\t%u\t%s\n", type->id, type->flags,
               type->name);
  writer->type_ids[n] = type->id;
  return writer->n_types++;
}

void gct_writer_meta(struct gct_writer *writer, const char *key,
                     const char *value)
{
  if (!is_word(key, '=') || strchr(key, ' ') || (*value && !is_word(value, 0)))
    gct__sink_fail(&writer->sink, -EINVAL, "meta data is not one line");
  print_line(writer, &writer->meta, "%s=%s\n", key, value);
}

// Writes a buffer as one chunk and empties it.
static void write_chunk(struct gct_writer *w, const char *type,
                        struct buffer *buffer, uint32_t n_events,
                        const struct writer_thread *thread)
{
  struct gct__head head = {.n_events = n_events};
  if (buffer->n == 0) return;
  memcpy(head.type, type, 4);
  head.flags = gct__usual_flags(type);
  if (thread) {
    head.thread = thread->id;
    head.seq = thread->seq - n_events;
  }
  gct__sink_chunk(&w->sink, &head, buffer->bytes, buffer->n);
  buffer->n = 0;
}

static void flush_tables(struct gct_writer *w)
{
  write_chunk(w, "META", &w->meta, 0, NULL);
  write_chunk(w, "TYPE", &w->types, 0, NULL);
}

static void flush_thread(struct gct_writer *w, struct writer_thread *thread)
{
  flush_tables(w);
  write_chunk(w, "EVTS", &thread->buffer, thread->n_events, thread);
  thread->n_events = 0;
  gct__context_start(&thread->context);
}

// NULL, or why the reader would refuse this event.
static const char *fault_of(const struct gct_writer *w,
                            const struct gct_event *e)
{
  if (e->op >= GCT_OPS) return "unknown opcode";
  if (e->op == GCT_WAIT && e->thread >= w->n_threads)
    return "WAIT on an unknown thread";
  if (e->op == GCT_ALLOC && e->type >= w->n_types) return "unknown type";
  if (e->op == GCT_EXT && e->length > GCT__CHUNK_RAW / 2)
    return "extension is too long";
  if ((e->op == GCT_WRITE && e->slot >= GCT_MAX_SLOTS) ||
      (e->op == GCT_ALLOC && e->slots > GCT_MAX_SLOTS))
    return "slot is beyond the limit";
  return gct__flags_fault(e->op, e->flags & ~(e->op == GCT_WRITE ? 0x30 : 0));
}

static void note_handle(struct gct_writer *w, const struct gct_event *e)
{
  if (gct__has_handle(e->op) && e->handle >= w->header.max_handles)
    w->header.max_handles = e->handle + 1;
}

void gct_writer_event(struct gct_writer *writer, uint32_t thread,
                      const struct gct_event *event, const uint8_t *payload)
{
  struct writer_thread *t = &writer->threads[thread];
  const char *fault =
      thread < writer->n_threads ? fault_of(writer, event) : "unknown thread";
  if (fault) {
    gct__sink_fail(&writer->sink, -EINVAL, "%s", fault);
    return;
  }
  size_t extra = event->op == GCT_EXT ? event->length : 0;
  if (t->n_events == GCT__CHUNK_EVENTS ||
      t->buffer.n + GCT__EVENT_BYTES + extra > GCT__CHUNK_RAW)
    flush_thread(writer, t);
  if (!reserve(writer, &t->buffer, GCT__EVENT_BYTES + extra)) return;
  struct gct_event best = *event;
  best.flags = gct__best_flags(&t->context, event);
  t->buffer.n += gct__encode(
      &t->context, t->buffer.bytes + t->buffer.n, &best,
      event->op == GCT_WAIT ? writer->threads[event->thread].id : 0,
      event->op == GCT_ALLOC ? writer->type_ids[event->type] : 0, payload);
  note_handle(writer, event);
  t->n_events++;
  t->seq++;
  writer->header.n_events += event->op != GCT_WAIT;
}

void gct_writer_flags(struct gct_writer *writer, uint64_t header_flags)
{
  writer->header.flags = header_flags;
}

uint32_t gct_writer_threads(const struct gct_writer *writer)
{
  return writer->n_threads;
}

uint64_t gct_writer_seq(const struct gct_writer *writer, uint32_t thread)
{
  return writer->threads[thread].seq;
}

void gct_writer_checkpoint(struct gct_writer *writer,
                           const struct gct_oracle *oracle)
{
  const uint64_t fields[6] = {writer->n_checkpoints, oracle->objects,
                              oracle->bytes,         oracle->object_hash,
                              oracle->edges,         oracle->edge_hash};
  if (!reserve(writer, &writer->records, GCT__ORACLE_BYTES)) return;
  for (int i = 0; i < 6; i++, writer->records.n += 8)
    gct__put(writer->records.bytes + writer->records.n, fields[i], 8);
  writer->n_checkpoints++;
}

static void writer_free(struct gct_writer *w)
{
  for (uint32_t i = 0; i < w->n_threads; i++) free(w->threads[i].buffer.bytes);
  free(w->types.bytes);
  free(w->meta.bytes);
  free(w->records.bytes);
  free(w->type_ids);
  free(w);
}

int gct_writer_close(struct gct_writer *writer, struct gct_error *error)
{
  flush_tables(writer);
  for (uint32_t i = 0; i < writer->n_threads; i++) {
    flush_thread(writer, &writer->threads[i]);
    writer->header.n_threads += writer->threads[i].seq > 0;
  }
  write_chunk(writer, "CKPT", &writer->records, (uint32_t)writer->n_checkpoints,
              NULL);
  gct__sink_end(&writer->sink, &writer->header, GCT__CRITICAL);
  int result = gct__sink_finish(&writer->sink, &writer->header, error);
  writer_free(writer);
  return result;
}

void gct_writer_abandon(struct gct_writer *writer)
{
  if (!writer) return;
  gct__sink_abandon(&writer->sink);
  writer_free(writer);
}
