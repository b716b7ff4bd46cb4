// gct_tables.c: the small payloads: types, meta data, oracle records, END.
// SPDX-License-Identifier: MIT
//
// TYPE and META are lines of text, CKPT is six 64-bit numbers per record,
// END is two varints: how many chunks (itself included) and events there are.
// A payload that could not be written back byte for byte is refused.
#include "gct_file.h"

#include <errno.h>
#include <stdlib.h>

// Grows an array that has room for a power of two. Returns NULL on failure.
static void *room_for_one(void *array, uint32_t n, size_t bytes)
{
  if (n & (n - 1)) return array;
  return realloc(array, (n ? 2 * (size_t)n : 1) * bytes);
}

// Takes a decimal number without leading zeros up to `stop`.
static bool take_number(char **at, char stop, uint32_t limit, uint32_t *value)
{
  uint64_t x = 0;
  const char *from = *at;
  while (**at >= '0' && **at <= '9' && x <= limit)
    x = x * 10 + (uint64_t)(*(*at)++ - '0');
  if (*at == from || (*from == '0' && *at - from > 1) || x > limit ||
      **at != stop)
    return false;
  *(*at)++ = 0;
  *value = (uint32_t)x;
  return true;
}

static int add_type(struct gct_file *file, const struct gct_type *type,
                    struct gct_error *error)
{
  uint32_t n = file->info.n_types;
  if (type->id >= file->limits.n_type_ids) {
    uint32_t room = type->id + 1 + type->id / 2;
    uint32_t *index = realloc(file->type_index, room * sizeof *index);
    if (!index) return gct__system(error, ENOMEM);
    for (uint32_t i = file->limits.n_type_ids; i < room; i++)
      index[i] = GCT_NIL;
    file->type_index = index;
    file->limits.n_type_ids = room;
    file->limits.type_index = index;
  }
  void *types = room_for_one(file->types, n, sizeof *file->types);
  if (!types) return gct__system(error, ENOMEM);
  file->types = types;
  file->types[n] = *type;
  file->type_index[type->id] = n;
  file->info.n_types = n + 1;
  return 0;
}

// id TAB flags TAB name [TAB size TAB slots]
static bool parse_type(char *line, struct gct_type *type)
{
  *type = (struct gct_type){0};
  if (!take_number(&line, '\t', GCT__MAX_TYPE_ID, &type->id) ||
      !take_number(&line, '\t', UINT32_MAX, &type->flags))
    return false;
  type->name = line;
  char *tab = strchr(line, '\t');
  if (tab) {
    *tab++ = 0;
    if (!take_number(&tab, '\t', UINT32_MAX, &type->size) ||
        !take_number(&tab, 0, UINT32_MAX, &type->slots) ||
        (type->size | type->slots) == 0)
      return false;
  }
  return *type->name != 0;
}

static int read_type(struct gct_file *file, const struct gct__chunk *chunk,
                     char *line, uint32_t number, struct gct_error *error)
{
  struct gct_type type;
  if (!parse_type(line, &type))
    return gct__bad_chunk(error, chunk,
                          "line %u is not ID FLAGS NAME [SIZE SLOTS]", number);
  if (type.id < file->limits.n_type_ids && file->type_index[type.id] != GCT_NIL)
    return gct__bad_chunk(error, chunk, "type %u is there twice", type.id);
  return add_type(file, &type, error);
}

static int read_meta(struct gct_file *file, const struct gct__chunk *chunk,
                     char *line, uint32_t number, struct gct_error *error)
{
  uint32_t n = file->info.n_meta;
  char *value = strchr(line, '=');
  if (!value || value == line || memchr(line, ' ', (size_t)(value - line)))
    return gct__bad_chunk(error, chunk, "line %u is not KEY=VALUE", number);
  *value++ = 0;
  void *meta = room_for_one(file->meta, n, sizeof *file->meta);
  if (!meta) return gct__system(error, ENOMEM);
  file->meta = meta;
  file->meta[n] = (struct gct_meta){line, value};
  file->info.n_meta = n + 1;
  return 0;
}

static bool is_text(const uint8_t *bytes, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if ((bytes[i] < 32 && bytes[i] != '\n' && bytes[i] != '\t') ||
        bytes[i] == 127)
      return false;
  return n == 0 || bytes[n - 1] == '\n';
}

// Keeps a copy of the payload and hands it on line by line.
static int read_lines(struct gct_file *file, const struct gct__chunk *chunk,
                      const uint8_t *raw, struct gct_error *error)
{
  uint32_t n = chunk->head.raw, number = 0;
  bool types = gct__is(chunk->head.type, "TYPE");
  int result = 0;
  if (!is_text(raw, n))
    return gct__bad_chunk(error, chunk, "not lines of text");
  char **strings =
      room_for_one(file->strings, file->n_strings, sizeof *strings);
  if (!strings) return gct__system(error, ENOMEM);
  file->strings = strings;
  char *copy = malloc((size_t)n + 1);
  if (!copy) return gct__system(error, ENOMEM);
  file->strings[file->n_strings++] = copy;
  memcpy(copy, raw, n);
  copy[n] = 0;
  for (char *line = copy, *end; result == 0 && line < copy + n; line = end) {
    end = strchr(line, '\n');
    *end++ = 0;
    number++;
    result = types ? read_type(file, chunk, line, number, error)
                   : read_meta(file, chunk, line, number, error);
  }
  return result;
}

static int read_records(struct gct_file *file, const struct gct__chunk *chunk,
                        const uint8_t *raw, struct gct_error *error)
{
  uint32_t n = chunk->head.raw / GCT__ORACLE_BYTES;
  if (chunk->head.raw != n * GCT__ORACLE_BYTES || n != chunk->head.n_events)
    return gct__bad_chunk(error, chunk, "%u records in %u bytes",
                          chunk->head.n_events, chunk->head.raw);
  size_t room = (size_t)file->n_records + n + 1;
  void *grown = realloc(file->checkpoints, room * sizeof *file->checkpoints);
  if (!grown) return gct__system(error, ENOMEM);
  file->checkpoints = grown;
  for (uint32_t i = 0; i < n; i++, raw += GCT__ORACLE_BYTES) {
    struct gct_oracle oracle = {gct__get64(raw),      gct__get64(raw + 8),
                                gct__get64(raw + 16), gct__get64(raw + 24),
                                gct__get64(raw + 32), gct__get64(raw + 40)};
    if (oracle.number != file->n_records)
      return gct__bad_chunk(error, chunk, "checkpoint %lu, expected %u",
                            (unsigned long)oracle.number, file->n_records);
    file->checkpoints[file->n_records++] =
        (struct gct_checkpoint){oracle, true, 0};
  }
  return 0;
}

static int read_end(const struct gct_file *file, const struct gct__chunk *chunk,
                    const uint8_t *raw, struct gct_error *error)
{
  const uint8_t *at = raw, *end = raw + chunk->head.raw;
  uint64_t chunks, events;
  if (!gct__take_varint(&at, end, &chunks) ||
      !gct__take_varint(&at, end, &events) || at != end)
    return gct__bad_chunk(error, chunk, "not two numbers");
  if (chunks != file->info.n_chunks)
    return gct__bad_chunk(error, chunk, "%lu chunks, but the file has %u",
                          (unsigned long)chunks, file->info.n_chunks);
  if (events != file->header.n_events)
    return gct__bad_chunk(error, chunk, "%lu events, but the header says %lu",
                          (unsigned long)events,
                          (unsigned long)file->header.n_events);
  return 0;
}

static int read_table(struct gct_file *file, const struct gct__chunk *chunk,
                      const uint8_t *raw, struct gct_error *error)
{
  if (gct__is(chunk->head.type, "CKPT"))
    return read_records(file, chunk, raw, error);
  if (chunk->head.n_events != 0)
    return gct__bad_chunk(error, chunk, "claims %u events",
                          chunk->head.n_events);
  if (gct__is(chunk->head.type, "END "))
    return read_end(file, chunk, raw, error);
  return read_lines(file, chunk, raw, error);
}

int gct__read_tables(struct gct_file *file, struct gct_error *error)
{
  struct gct__unpacker unpacker = {0};
  int result = 0;
  for (uint32_t i = 0; result == 0 && i < file->info.n_chunks; i++) {
    const struct gct__chunk *chunk = &file->chunks[i];
    const char *type = chunk->head.type;
    if (!gct__is(type, "TYPE") && !gct__is(type, "META") &&
        !gct__is(type, "CKPT") && !gct__is(type, "END "))
      continue;
    result = gct__unpack(&unpacker, file, chunk, error);
    if (result == 0) result = read_table(file, chunk, unpacker.raw, error);
  }
  gct__unpacker_free(&unpacker);
  return result;
}
