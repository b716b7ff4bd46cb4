// hprof_sample.h: a Java heap dump of nineteen objects, byte by byte.
// SPDX-License-Identifier: MIT
//
// Seven classes, a ring of three nodes, a Pair that extends Node, two weak
// references, arrays, two objects that no root reaches; one root, and one
// element of an array, that name no object; one object that is there twice.
#ifndef WANE_TESTS_HPROF_SAMPLE_H
#define WANE_TESTS_HPROF_SAMPLE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct hprof_sample {
  uint8_t bytes[4096];
  size_t n;
  uint32_t id_bytes;
};

static void hprof_put(struct hprof_sample *s, uint64_t x, unsigned n)
{
  while (n-- > 0) s->bytes[s->n++] = (uint8_t)(x >> 8 * n);
}

static void hprof_id(struct hprof_sample *s, uint64_t id)
{
  hprof_put(s, id, s->id_bytes);
}

// A record's head; hprof_end puts its length right.
static size_t hprof_begin(struct hprof_sample *s, uint8_t tag)
{
  hprof_put(s, tag, 1);
  hprof_put(s, 0, 4);
  hprof_put(s, 0, 4);
  return s->n;
}

static void hprof_end(struct hprof_sample *s, size_t body)
{
  size_t end = s->n, length = end - body;
  s->n = body - 4;
  hprof_put(s, length, 4);
  s->n = end;
}

static void hprof_string(struct hprof_sample *s, uint64_t id, const char *text)
{
  size_t body = hprof_begin(s, 0x01);
  hprof_id(s, id);
  memcpy(s->bytes + s->n, text, strlen(text));
  s->n += strlen(text);
  hprof_end(s, body);
}

static void hprof_load(struct hprof_sample *s, uint64_t class, uint64_t name)
{
  size_t body = hprof_begin(s, 0x02);
  hprof_put(s, 1, 4);
  hprof_id(s, class);
  hprof_put(s, 0, 4);
  hprof_id(s, name);
  hprof_end(s, body);
}

enum {
  HPROF_REFERENCE = 2,
  HPROF_BOOLEAN = 4,
  HPROF_BYTE = 8,
  HPROF_INT = 10,
  HPROF_LONG = 11
};

struct hprof_field {
  uint64_t name;
  uint8_t type;
};

// A class without a constant pool; `head`: its static reference, beside an int.
static void hprof_class(struct hprof_sample *s, uint64_t id, uint64_t super,
                        uint64_t head, const struct hprof_field *fields,
                        unsigned n)
{
  hprof_put(s, 0x20, 1);
  hprof_id(s, id);
  hprof_put(s, 0, 4);
  hprof_id(s, super);
  for (int i = 0; i < 5; i++) hprof_id(s, 0);
  hprof_put(s, 24, 4);
  hprof_put(s, 0, 2);
  hprof_put(s, head ? 2 : 0, 2);
  if (head) {
    hprof_id(s, 1);
    hprof_put(s, HPROF_REFERENCE, 1);
    hprof_id(s, head);
    hprof_id(s, 1);
    hprof_put(s, HPROF_INT, 1);
    hprof_put(s, 7, 4);
  }
  hprof_put(s, n, 2);
  for (unsigned i = 0; i < n; i++) {
    hprof_id(s, fields[i].name);
    hprof_put(s, fields[i].type, 1);
  }
}

static void hprof_instance(struct hprof_sample *s, uint64_t id, uint64_t class,
                           uint64_t bytes)
{
  hprof_put(s, 0x21, 1);
  hprof_id(s, id);
  hprof_put(s, 0, 4);
  hprof_id(s, class);
  hprof_put(s, bytes, 4);
}

static void hprof_node(struct hprof_sample *s, uint64_t id, uint64_t next)
{
  hprof_instance(s, id, 0x120, s->id_bytes + 4);
  hprof_id(s, next);
  hprof_put(s, 1, 4);
}

static void hprof_weak(struct hprof_sample *s, uint64_t id, uint64_t referent,
                       uint64_t queue)
{
  hprof_instance(s, id, 0x118, 2 * s->id_bytes);
  hprof_id(s, referent);
  hprof_id(s, queue);
}

static void hprof_values(struct hprof_sample *s, uint64_t id, uint32_t n,
                         uint8_t type, unsigned bytes)
{
  hprof_put(s, 0x23, 1);
  hprof_id(s, id);
  hprof_put(s, 0, 4);
  hprof_put(s, n, 4);
  hprof_put(s, type, 1);
  while (n-- > 0) hprof_put(s, n, bytes);
}

static void hprof_names(struct hprof_sample *s)
{
  static const char *const names[] = {"java/lang/Object",
                                      "java/lang/Class",
                                      "java/lang/ref/Reference",
                                      "java/lang/ref/WeakReference",
                                      "Node",
                                      "Pair",
                                      "[Ljava/lang/Object;"};
  hprof_string(s, 1, "HEAD");
  hprof_string(s, 2, "referent");
  hprof_string(s, 3, "next");
  for (unsigned i = 0; i < 7; i++) {
    hprof_string(s, 16 + i, names[i]);
    hprof_load(s, 0x100 + 8 * i, 16 + i);
  }
}

static void hprof_classes(struct hprof_sample *s)
{
  static const struct hprof_field reference[] = {{2, HPROF_REFERENCE},
                                                 {3, HPROF_REFERENCE}};
  static const struct hprof_field node[] = {{3, HPROF_REFERENCE},
                                            {1, HPROF_INT}};
  static const struct hprof_field pair[] = {{1, HPROF_REFERENCE},
                                            {1, HPROF_BOOLEAN}};
  hprof_class(s, 0x100, 0, 0, NULL, 0);
  hprof_class(s, 0x108, 0x100, 0, NULL, 0);
  hprof_class(s, 0x110, 0x100, 0, reference, 2);
  hprof_class(s, 0x118, 0x110, 0, NULL, 0);
  hprof_class(s, 0x120, 0x100, 0, node, 2);
  hprof_class(s, 0x128, 0x120, 0x218, pair, 2);
  hprof_class(s, 0x130, 0x100, 0, NULL, 0);
  for (uint64_t id = 0x100; id <= 0x130; id += 8) {
    if (id == 0x110 || id == 0x120) continue; // their subclasses hold them
    hprof_put(s, 0x05, 1);
    hprof_id(s, id);
  }
}

static void hprof_objects(struct hprof_sample *s)
{
  hprof_node(s, 0x200, 0x208);
  hprof_node(s, 0x208, 0x210);
  hprof_node(s, 0x210, 0x200);
  hprof_node(s, 0x200, 0x248); // a second one of this id
  hprof_instance(s, 0x218, 0x128, 2 * s->id_bytes + 5);
  hprof_id(s, 0x200);
  hprof_put(s, 1, 1);
  hprof_id(s, 0x230);
  hprof_put(s, 1, 4);
  hprof_weak(s, 0x220, 0x208, 0);
  hprof_weak(s, 0x228, 0x248, 0x218);
  hprof_put(s, 0x22, 1);
  hprof_id(s, 0x230);
  hprof_put(s, 0, 4);
  hprof_put(s, 4, 4);
  hprof_id(s, 0x130);
  hprof_id(s, 0x210);
  hprof_id(s, 0);
  hprof_id(s, 0x238);
  hprof_id(s, 0x9990); // no such object
  hprof_values(s, 0x238, 3, HPROF_INT, 4);
  hprof_values(s, 0x240, 5, HPROF_BYTE, 1);
  hprof_node(s, 0x248, 0x248);
  hprof_values(s, 0x250, 2, HPROF_LONG, 8);
  hprof_node(s, 0x258, 0);
}

static void hprof_roots(struct hprof_sample *s)
{
  hprof_put(s, 0x03, 1); // a Java frame
  hprof_id(s, 0x220);
  hprof_put(s, 0, 8);
  hprof_put(s, 0x01, 1); // JNI global
  hprof_id(s, 0x228);
  hprof_id(s, 0x5555);
  hprof_put(s, 0x08, 1); // a thread
  hprof_id(s, 0x240);
  hprof_put(s, 0, 8);
  hprof_put(s, 0x04, 1); // native stack
  hprof_id(s, 0x258);
  hprof_put(s, 0, 4);
  hprof_put(s, 0x07, 1); // a monitor: it is a root already
  hprof_id(s, 0x258);
  hprof_put(s, 0xFF, 1); // unknown, and of no object
  hprof_id(s, 0x8880);
}

// 1.0.1: all in one record; 1.0.2: two segments and an end.
static void hprof_make(struct hprof_sample *s, uint32_t id_bytes, bool segments)
{
  *s = (struct hprof_sample){.id_bytes = id_bytes};
  memcpy(s->bytes, segments ? "JAVA PROFILE 1.0.2" : "JAVA PROFILE 1.0.1", 19);
  s->n = 19;
  hprof_put(s, id_bytes, 4);
  hprof_put(s, 0, 8);
  hprof_names(s);
  size_t body = hprof_begin(s, segments ? 0x1C : 0x0C);
  hprof_classes(s);
  if (segments) {
    hprof_end(s, body);
    body = hprof_begin(s, 0x1C);
  }
  hprof_objects(s);
  hprof_roots(s);
  hprof_end(s, body);
  if (segments) hprof_end(s, hprof_begin(s, 0x2C));
}

#endif
