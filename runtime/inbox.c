// inbox.c: liburcu's wait-free concatenable queue, behind one door.
// SPDX-License-Identifier: MIT
//
// Note [hand-over]: everything a thread wrote before it enqueued its packet is
// seen by whoever dequeued it: the enqueue exchanges the tail (a full
// barrier), the dequeue reads the links the enqueuer published.
// ThreadSanitizer does not see liburcu's assembly, so the same edge is told to
// it in words.

#include "inbox.h"

#if defined(__SANITIZE_THREAD__)
#define TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TSAN 1
#endif
#endif
#if TSAN
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#else
static inline void __tsan_acquire(void *address)
{
  (void)address;
}
static inline void __tsan_release(void *address)
{
  (void)address;
}
#endif

static struct {
  _Alignas(64) struct __cds_wfcq_head head; // the coordinator's end
  _Alignas(64) struct cds_wfcq_tail tail;   // everybody's
} inbox;

void wane__inbox_start(void)
{
  __cds_wfcq_init(&inbox.head, &inbox.tail);
}

void wane__inbox_put(struct wane__packet *packet)
{
  cds_wfcq_node_init(&packet->node);
  __tsan_release(&inbox); // Note [hand-over]
  cds_wfcq_enqueue(&inbox.head, &inbox.tail, &packet->node);
}

struct wane__packet *wane__inbox_take(void)
{
  struct cds_wfcq_node *node =
      __cds_wfcq_dequeue_blocking(&inbox.head, &inbox.tail);
  if (!node) return NULL;
  __tsan_acquire(&inbox); // Note [hand-over]
  return caa_container_of(node, struct wane__packet, node);
}
