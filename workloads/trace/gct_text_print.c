// gct_text_print.c: a binary trace as text.
// SPDX-License-Identifier: MIT
//
// Goes through the chunks in file order, so that the text says where each
// chunk begins. What the writer would do anyway (usual chunk flags, best
// encoding of WRITEs, sequence numbers, END) is not said.
#include "gct_text.h"
#include "gct_file.h"

#include <errno.h>
#include <inttypes.h>

// How far through the tables the text is.
struct printer {
  FILE *out;
  const struct gct_file *file;
  uint32_t n_types, n_meta;
};

static void print_hex(FILE *out, const uint8_t *bytes, size_t n)
{
  for (size_t i = 0; i < n; i++) fprintf(out, "%02x", bytes[i]);
}

static void print_target(FILE *out, uint32_t target)
{
  if (target == GCT_NIL)
    fputs(" nil", out);
  else
    fprintf(out, " %" PRIu32, target);
}

static void print_write(FILE *out, const struct gct_event *e, uint8_t best)
{
  fprintf(out, " %" PRIu32 ".%" PRIu32, e->handle, e->slot);
  print_target(out, e->target);
  if (e->flags & GCT_INITIALISING) fputs(" init", out);
  if (e->flags != best)
    fprintf(out, " enc=%#x", e->flags & (GCT_SAME_OWNER | GCT_NEXT_SLOT));
}

// The word for an opcode's one flag.
static const char *flag_word(unsigned op)
{
  switch (op) {
  case GCT_FREE:
  case GCT_DROP:
    return " cycle";
  case GCT_WEAK:
    return " callback";
  case GCT_FINALIZER:
    return " ran";
  default:
    return " end";
  }
}

static void print_other(FILE *out, const struct gct_event *e)
{
  if (e->op != GCT_THREAD) fprintf(out, " %" PRIu32, e->handle);
  if (e->op == GCT_WEAK) print_target(out, e->target);
  if (e->op == GCT_RESIZE)
    fprintf(out, " bytes=%" PRIu64, 8 * (uint64_t)e->words);
  if (e->op == GCT_RESIZE && e->flags)
    fprintf(out, " slots=%" PRIu32, e->slots);
  else if (e->op == GCT_ROOT && e->flags)
    fprintf(out, " from %" PRIu32 ".%" PRIu32, e->target, e->slot);
  else if (e->flags)
    fputs(flag_word(e->op), out);
}

static void print_event(FILE *out, const struct gct_file *file, uint32_t thread,
                        const struct gct_event *e, uint8_t best,
                        const uint8_t *raw)
{
  fprintf(out, "T%" PRIu32 ": %s", thread, gct_op_name(e->op));
  switch (e->op) {
  case GCT_WAIT:
    fprintf(out, " T%" PRIu32 " %" PRIu32, file->threads[e->thread].id, e->seq);
    break;
  case GCT_ALLOC:
    fprintf(out, " %" PRIu32 " type=%" PRIu32 " bytes=%" PRIu64, e->handle,
            file->types[e->type].id, 8 * (uint64_t)e->words);
    fprintf(out, " slots=%" PRIu32, e->slots);
    break;
  case GCT_WRITE:
    print_write(out, e, best);
    break;
  case GCT_EXT:
    fprintf(out, " %" PRIu32 " ", e->number);
    print_hex(out, raw + e->raw, e->length);
    break;
  default:
    print_other(out, e);
    break;
  }
  fputc('\n', out);
}

static int print_events(FILE *out, const struct gct_file *file,
                        const struct gct__chunk *chunk, const uint8_t *raw,
                        struct gct_error *error)
{
  struct gct_event batch[256];
  struct gct__decoder decoder;
  struct gct__context context;
  size_t n;
  gct__decoder_start(&decoder, raw, chunk->head.raw, &file->limits);
  gct__context_start(&context);
  while ((n = gct__decode(&decoder, batch, 256)) > 0) {
    for (size_t i = 0; i < n; i++) {
      const struct gct_event *e = &batch[i];
      print_event(out, file, chunk->head.thread, e,
                  gct__best_flags(&context, e), raw);
      if (e->op == GCT_WRITE)
        context = (struct gct__context){e->handle, e->slot};
    }
  }
  return decoder.why[0] ? gct__bad_chunk(error, chunk, "%s", decoder.why) : 0;
}

static void print_records(FILE *out, const uint8_t *raw, uint32_t n)
{
  for (const uint8_t *end = raw + n; raw < end; raw += GCT__ORACLE_BYTES)
    fprintf(out,
            "oracle %" PRIu64 " objects=%" PRIu64 " bytes=%" PRIu64
            " object_hash=%#" PRIx64 " edges=%" PRIu64 " edge_hash=%#" PRIx64
            "\n",
            gct__get64(raw), gct__get64(raw + 8), gct__get64(raw + 16),
            gct__get64(raw + 24), gct__get64(raw + 32), gct__get64(raw + 40));
}

static uint32_t count_lines(const uint8_t *raw, uint32_t n)
{
  uint32_t lines = 0;
  for (uint32_t i = 0; i < n; i++) lines += raw[i] == '\n';
  return lines;
}

// Types and meta data are in the tables in the order of their lines.
static void print_types(struct printer *printer, uint32_t n)
{
  for (; n > 0; n--) {
    const struct gct_type *type = &printer->file->types[printer->n_types++];
    fprintf(printer->out, "type %" PRIu32 " flags=%" PRIu32, type->id,
            type->flags);
    if (type->size | type->slots)
      fprintf(printer->out, " size=%" PRIu32 " slots=%" PRIu32, type->size,
              type->slots);
    fprintf(printer->out, " name=%s\n", type->name);
  }
}

static void print_meta(struct printer *printer, uint32_t n)
{
  for (; n > 0; n--) {
    const struct gct_meta *meta = &printer->file->meta[printer->n_meta++];
    fprintf(printer->out, "meta %s=%s\n", meta->key, meta->value);
  }
}

static void print_other_chunk(FILE *out, const struct gct__head *head,
                              const uint8_t *raw)
{
  fputs("chunk other type=", out);
  print_hex(out, (const uint8_t *)head->type, 4);
  fprintf(out, " flags=%u thread=%" PRIu32 " events=%" PRIu32, head->flags,
          head->thread, head->n_events);
  fprintf(out, " seq=%" PRIu64 "\n", head->seq);
  for (uint32_t i = 0; i < head->raw; i += 32) {
    fputs("hex ", out);
    print_hex(out, raw + i, head->raw - i < 32 ? head->raw - i : 32);
    fputc('\n', out);
  }
}

static int print_chunk(struct printer *printer, const struct gct__chunk *chunk,
                       const uint8_t *raw, struct gct_error *error)
{
  FILE *out = printer->out;
  const struct gct__head *head = &chunk->head;
  bool events = gct__is(head->type, "EVTS"), end = gct__is(head->type, "END ");
  bool types = gct__is(head->type, "TYPE"), meta = gct__is(head->type, "META");
  bool records = gct__is(head->type, "CKPT");
  if (!events && !end && !types && !meta && !records) {
    print_other_chunk(out, head, raw);
    return 0;
  }
  bool usual = head->flags == gct__usual_flags(head->type);
  if (end && usual) return 0;
  fprintf(out, "chunk %.*s", end ? 3 : 4, head->type);
  if (events) fprintf(out, " T%" PRIu32, head->thread);
  if (!usual) fprintf(out, " flags=%u", head->flags);
  fputc('\n', out);
  if (types) print_types(printer, count_lines(raw, head->raw));
  if (meta) print_meta(printer, count_lines(raw, head->raw));
  if (records) print_records(out, raw, head->raw);
  return events ? print_events(out, printer->file, chunk, raw, error) : 0;
}

int gct_text_print(const struct gct_file *file, FILE *out,
                   struct gct_error *error)
{
  const struct gct__header *header = &file->header;
  struct gct__unpacker unpacker = {0};
  struct printer printer = {out, file, 0, 0};
  int result = 0;
  fprintf(out, "#!gct %u\n", header->major);
  fprintf(out, "trace minor=%u flags=%" PRIu64 " threads=%" PRIu32,
          header->minor, header->flags, header->n_threads);
  fprintf(out, " handles=%" PRIu32, header->max_handles);
  if (header->index_offset)
    fprintf(out, " index=%" PRIu64, header->index_offset);
  fputc('\n', out);
  for (uint32_t i = 0; result == 0 && i < file->info.n_chunks; i++) {
    const struct gct__chunk *chunk = &file->chunks[i];
    result = gct__unpack(&unpacker, file, chunk, error);
    if (result == 0) result = print_chunk(&printer, chunk, unpacker.raw, error);
    if (result == 0 && ferror(out)) result = gct__system(error, EIO);
  }
  gct__unpacker_free(&unpacker);
  return result;
}
