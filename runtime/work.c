// work.c: hands packets round, steals, and knows when all is done.
// SPDX-License-Identifier: MIT
//
// Note [outstanding]: the number of packets in lists plus the number of
// workers that hold work. It is raised before a packet can be seen by others
// and lowered after its holder has nothing left, so zero means that there is
// no work anywhere, and stays. (Looking whether all workers are idle is not
// enough: one may be about to hand a packet to another.) seq_cst, as are
// `queued` and `hungry`: a giver writes the first and reads the second, a
// waiter writes the second and reads the first, so one of them sees the other.
// `queued` and `hungry` are kept for each domain (steal.h); a waiter looks at
// those in its reach.
//
// What a worker is about to send to another node is its own until it is
// published: it holds work as long as it has such a packet, and sends all of
// them before it lets go.

#include "work.h"

#include "numa.h"
#include "pool.h"
#include "steal.h"

#include <wane/collector.h>

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define ASSISTANTS 8 // at once
#define SPINS 256    // before a waiter sleeps
#define PATIENCE 16  // looks at what is near before a worker goes far

struct domain {
  _Alignas(64) _Atomic uint32_t queued; // packets in its lists
  _Atomic uint32_t hungry;              // of its workers
};

static struct {
  pthread_mutex_t lock; // of spare packets, and with `wake`
  pthread_cond_t wake;
  struct wane__work_packet *spare;
  uint64_t packets, most; // allocated so far; may be allocated
  struct wane__worker *workers; // the pool's, then the assistants'
  uint32_t n;                   // the pool's
  struct wane__work_list *lists; // the pool's workers', then the domains'
  struct domain *domain;
  uint32_t domains;
  enum wane_steal policy;
  struct wane__reach *reach; // of each domain
  uint64_t *peers;           // and where what is met there is sent
  _Atomic uint32_t seats;       // of assistants: bit i is taken
  void (*drain)(struct wane__worker *w);
  bool (*stop)(void);
  _Atomic int64_t outstanding; // Note [outstanding]
  _Atomic uint32_t hungry;     // all that wait
  _Atomic bool stopping;
  // As in Note [apply batch]: an assistant raises `inside` before it looks at
  // `open`, the coordinator clears `open` before it looks at `inside`.
  _Atomic bool open;
  _Atomic uint32_t inside;
  bool admits;
} work = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

// --- packets -----------------------------------------------------------------

static struct wane__work_packet *packet_take(void)
{
  pthread_mutex_lock(&work.lock);
  struct wane__work_packet *p = work.spare;
  if (p) {
    work.spare = p->next;
  } else if (work.packets < work.most) {
    p = malloc(sizeof *p);
    if (p) work.packets++;
  }
  pthread_mutex_unlock(&work.lock);
  if (p) p->n = 0;
  return p;
}

static void packet_give(struct wane__work_packet *p)
{
  pthread_mutex_lock(&work.lock);
  p->next = work.spare;
  work.spare = p;
  pthread_mutex_unlock(&work.lock);
}

// --- lists -------------------------------------------------------------------

static struct wane__work_list *inbox(uint32_t domain)
{
  return &work.lists[work.n + domain];
}

static uint32_t queued(uint32_t domain)
{
  return atomic_load(&work.domain[domain].queued); // Note [outstanding]
}

static struct wane__work_packet *list_take(struct wane__work_list *from)
{
  pthread_mutex_lock(&from->lock);
  struct wane__work_packet *p = from->full;
  if (p) from->full = p->next;
  pthread_mutex_unlock(&from->lock);
  // Note [outstanding]
  if (p) atomic_fetch_sub(&work.domain[from->domain].queued, 1);
  return p;
}

static void wake_all(void)
{
  pthread_mutex_lock(&work.lock);
  pthread_cond_broadcast(&work.wake);
  pthread_mutex_unlock(&work.lock);
}

static void publish(struct wane__work_list *to, struct wane__work_packet *p)
{
  atomic_fetch_add(&work.outstanding, 1); // Note [outstanding]
  pthread_mutex_lock(&to->lock);
  p->next = to->full;
  to->full = p;
  pthread_mutex_unlock(&to->lock);
  // Note [outstanding]
  atomic_fetch_add(&work.domain[to->domain].queued, 1);
  if (atomic_load(&work.hungry)) wake_all();
}

bool wane__work_push_slow(struct wane__worker *w, uint64_t item)
{
  struct wane__work_packet *fresh = packet_take();
  if (!fresh) return false;
  publish(w->list, w->open);
  w->open = fresh;
  fresh->items[fresh->n++] = item;
  return true;
}

// --- sending -----------------------------------------------------------------

static void send_packet(struct wane__worker *w, uint32_t node)
{
  struct wane__work_packet *p = w->out[node];
  w->out[node] = NULL;
  w->unsent &= ~((uint64_t)1 << node);
  if (!p->n) { // filtered
    packet_give(p);
    return;
  }
  if (wane__numa.count)
    wane__numa_add(wane__numa_book(), WANE_NUMA_SENT, w->node, node, p->n);
  publish(inbox(node), p);
}

static void send_all(struct wane__worker *w)
{
  while (w->unsent) send_packet(w, (uint32_t)__builtin_ctzll(w->unsent));
}

bool wane__work_send(struct wane__worker *w, uint32_t node, uint64_t item)
{
  struct wane__work_packet *p = w->out[node];
  if (!p) {
    if (!(p = packet_take())) return false;
    w->out[node] = p;
    w->unsent |= (uint64_t)1 << node;
  }
  p->items[p->n++] = item;
  if (p->n == WANE__PACKET_ITEMS) send_packet(w, node);
  return true;
}

// --- a run -------------------------------------------------------------------

// Where does a worker send from now on? One that had to fetch work from another
// node is a thief, and keeps what it finds: whose work that is has too much.
static void took_from(struct wane__worker *w, uint32_t domain)
{
  bool sends = work.policy == WANE_STEAL_OWNER && domain == w->domain;
  w->sends = sends ? w->peers : 0;
}

static struct wane__work_packet *steal(struct wane__worker *w,
                                       struct wane__work_list *from)
{
  struct wane__work_packet *p = list_take(from);
  if (!p || from == w->list) return p;
  w->steals++;
  if (wane__numa.count)
    wane__numa_add(wane__numa_book(), WANE_NUMA_STEALS, w->node, from->node,
                   1);
  return p;
}

// What was sent to a domain, then what its workers have.
static struct wane__work_packet *take_in(struct wane__worker *w,
                                         uint32_t domain)
{
  if (!queued(domain)) return NULL;
  bool near = domain == w->domain;
  struct wane__work_packet *p =
      near ? list_take(inbox(domain)) : steal(w, inbox(domain));
  uint32_t self = (uint32_t)(w - work.workers);
  for (uint32_t i = 1; i <= work.n && !p && queued(domain); i++) {
    struct wane__work_list *from = &work.lists[(self + i) % work.n];
    if (from->domain == domain) p = steal(w, from);
  }
  return p;
}

// `far`: look at all that is in reach, and not only at what is near.
static struct wane__work_packet *find(struct wane__worker *w, bool far)
{
  const struct wane__reach *r = &work.reach[w->domain];
  struct wane__work_packet *p = list_take(w->list);
  if (p) took_from(w, w->domain);
  for (uint32_t i = 0, n = far ? r->n : r->near; !p && i < n; i++) {
    p = take_in(w, r->domain[i]);
    if (p) took_from(w, r->domain[i]);
  }
  return p;
}

static bool any_in_reach(const struct wane__worker *w)
{
  const struct wane__reach *r = &work.reach[w->domain];
  for (uint32_t i = 0; i < r->n; i++)
    if (queued(r->domain[i])) return true;
  return false;
}

static bool nothing_to_wait_for(const struct wane__worker *w)
{
  return any_in_reach(w) || !atomic_load(&work.outstanding) ||
         atomic_load(&work.stopping);
}

static void wait_for_work(const struct wane__worker *w)
{
  for (uint32_t i = 0; i < SPINS; i++)
    if (nothing_to_wait_for(w)) return;
  struct domain *d = &work.domain[w->domain];
  pthread_mutex_lock(&work.lock);
  atomic_fetch_add(&work.hungry, 1); // Note [outstanding]
  atomic_fetch_add(&d->hungry, 1);
  if (!nothing_to_wait_for(w)) pthread_cond_wait(&work.wake, &work.lock);
  atomic_fetch_sub(&d->hungry, 1);
  atomic_fetch_sub(&work.hungry, 1);
  pthread_mutex_unlock(&work.lock);
}

static void let_go(struct wane__worker *w)
{
  if (!w->holding) return;
  w->holding = false;
  if (atomic_fetch_sub(&work.outstanding, 1) == 1) wake_all();
}

static bool is_patient(const struct wane__worker *w)
{
  return work.reach[w->domain].near < work.reach[w->domain].n;
}

bool wane__work_refill(struct wane__worker *w)
{
  send_all(w);
  for (uint32_t looks = 0;;) {
    struct wane__work_packet *p = find(w, looks >= PATIENCE);
    if (p) { // its unit of `outstanding` becomes the worker's
      if (w->holding) atomic_fetch_sub(&work.outstanding, 1);
      w->holding = true;
      packet_give(w->open);
      w->open = p;
      return true;
    }
    let_go(w);
    if (!atomic_load(&work.outstanding) || atomic_load(&work.stopping))
      return false;
    wait_for_work(w);
    if (is_patient(w) && any_in_reach(w) && looks++ < PATIENCE)
      sched_yield(); // whose work it is comes first
  }
}

static void give_half(struct wane__worker *w)
{
  struct wane__work_packet *open = w->open;
  uint32_t n = open->n / 2;
  struct wane__work_packet *p = n ? packet_take() : NULL;
  if (!p) return;
  // The older half: what lies deepest in the stack leads to most.
  memcpy(p->items, open->items, n * sizeof *p->items);
  memmove(open->items, open->items + n, (open->n - n) * sizeof *p->items);
  p->n = n;
  open->n -= n;
  publish(w->list, p);
}

static bool starves(uint32_t domain)
{
  return atomic_load(&work.domain[domain].hungry) && !queued(domain);
}

// Somebody waits: what is for its node is sent; half of the rest is given, if
// it is a neighbour who waits, or others in reach do and have nothing to take.
static void feed(struct wane__worker *w)
{
  const struct wane__reach *r = &work.reach[w->domain];
  for (uint64_t left = w->unsent; left; left &= left - 1) {
    uint32_t node = (uint32_t)__builtin_ctzll(left);
    if (starves(node)) send_packet(w, node);
  }
  bool give = starves(w->domain);
  for (uint32_t i = 1; i < r->n && !give; i++)
    give = starves(r->domain[i]) && !any_in_reach(w);
  if (give) give_half(w);
}

bool wane__work_share(struct wane__worker *w)
{
  if (atomic_load(&work.stopping)) return false;
  if (w == work.workers && work.stop && work.stop()) {
    atomic_store(&work.stopping, true);
    wake_all();
    return false;
  }
  if (atomic_load(&work.hungry)) feed(w);
  return true;
}

// What a worker left in its open packet is nobody's.
static void put_aside(struct wane__worker *w)
{
  if (!w->open->n) return;
  struct wane__work_packet *fresh = packet_take();
  if (!fresh) return;
  publish(w->list, w->open);
  w->open = fresh;
}

static void drain(struct wane__worker *w, void (*how)(struct wane__worker *w))
{
  how(w);
#if WANE_MUTANT == 58
  if (w >= work.workers + work.n) return;
#endif
  send_all(w);
}

static void run_worker(void *context, size_t begin, size_t end)
{
  (void)context;
  for (size_t i = begin; i < end; i++) drain(&work.workers[i], work.drain);
}

bool wane__work_run(void (*drain)(struct wane__worker *w), bool (*stop)(void))
{
  work.drain = drain;
  work.stop = stop;
  atomic_store(&work.stopping, false);
  for (uint32_t i = 0; i < work.n; i++) {
    struct wane__worker *w = &work.workers[i];
    if (i) put_aside(w);
    send_all(w); // what the coordinator has dealt out since the last run
    took_from(w, w->domain);
    w->holding = w->open->n;
    if (w->holding) atomic_fetch_add(&work.outstanding, 1);
  }
  atomic_store(&work.open, work.admits);
  wane_gc_parallel_for(work.n, 1, run_worker, NULL);
  atomic_store(&work.open, false);
  pthread_mutex_lock(&work.lock);
  while (atomic_load(&work.inside)) pthread_cond_wait(&work.wake, &work.lock);
  pthread_mutex_unlock(&work.lock);
  for (uint32_t i = 0; i < work.n; i++) let_go(&work.workers[i]);
  return wane__work_none();
}

// The seat is taken: by a thread of some node.
static void sit_down(struct wane__worker *w)
{
  w->node = wane__numa_here();
  w->domain = wane__steal_domain(work.domains, w->node);
  w->list = inbox(w->domain);
  w->peers = work.peers[w->domain];
}

static bool assist(struct wane__worker *w,
                   void (*how)(struct wane__worker *w))
{
  struct wane__work_packet *p = find(w, true);
  if (!p) return false;
  w->holding = true;
  packet_give(w->open);
  w->open = p;
  drain(w, how);
  put_aside(w);
  // No packet could be had for the rest: it is done here after all.
  while (w->open->n) drain(w, how);
  let_go(w);
  return true;
}

bool wane__work_assist(void (*how)(struct wane__worker *w))
{
  bool took_part = false;
  uint32_t taken = atomic_load(&work.seats), seat;
  do {
    seat = (uint32_t)__builtin_ctz(~taken);
    if (seat >= ASSISTANTS) return false;
  } while (!atomic_compare_exchange_weak(&work.seats, &taken,
                                         taken | 1u << seat));
  struct wane__worker *w = &work.workers[work.n + seat];
  sit_down(w);
  atomic_fetch_add(&work.inside, 1);
  if (atomic_load(&work.open)) took_part = assist(w, how);
  atomic_fetch_sub(&work.inside, 1);
  wake_all();
  atomic_fetch_and(&work.seats, ~(1u << seat));
  return took_part;
}

bool wane__work_assistable(void)
{
  return atomic_load(&work.open);
}

void wane__work_admit_assistants(bool yes)
{
  work.admits = yes;
}

// --- between runs ------------------------------------------------------------

struct wane__worker *wane__work_own(void)
{
  return work.workers;
}

static bool has_unsent(const struct wane__worker *w)
{
  for (uint64_t left = w->unsent; left; left &= left - 1)
#if WANE_MUTANT == 59
    continue;
#else
    if (w->out[__builtin_ctzll(left)]->n) return true;
#endif
  return false;
}

bool wane__work_none(void)
{
  for (uint32_t i = 0; i < work.n; i++)
    if (work.workers[i].open->n || has_unsent(&work.workers[i])) return false;
  for (uint32_t d = 0; d < work.domains; d++)
    if (queued(d)) return false;
  return true;
}

static void filter(struct wane__work_packet *p, bool (*keep)(uint64_t item))
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < p->n; i++)
    if (keep(p->items[i])) p->items[n++] = p->items[i];
  p->n = n;
}

static void filter_worker(struct wane__worker *w, bool (*keep)(uint64_t item))
{
  filter(w->open, keep);
  for (uint64_t left = w->unsent; left; left &= left - 1)
    filter(w->out[__builtin_ctzll(left)], keep);
}

static void filter_list(struct wane__work_list *list,
                        bool (*keep)(uint64_t item))
{
  struct wane__work_packet **link = &list->full, *p;
  while ((p = *link)) {
    filter(p, keep);
    if (p->n) {
      link = &p->next;
      continue;
    }
    *link = p->next;
    packet_give(p);
    atomic_fetch_sub(&work.domain[list->domain].queued, 1);
    atomic_fetch_sub(&work.outstanding, 1);
  }
}

void wane__work_filter(bool (*keep)(uint64_t item))
{
  for (uint32_t i = 0; i < work.n + ASSISTANTS; i++)
    filter_worker(&work.workers[i], keep);
  for (uint32_t i = 0; i < work.n + work.domains; i++)
    filter_list(&work.lists[i], keep);
}

static bool keep_none(uint64_t item)
{
  (void)item;
  return false;
}

void wane__work_clear(void)
{
  wane__work_filter(keep_none);
}

uint64_t wane__work_steals(void)
{
  uint64_t n = 0;
  for (uint32_t i = 0; i < work.n + ASSISTANTS; i++)
    n += work.workers[i].steals;
  return n;
}

// --- life --------------------------------------------------------------------

static void *clean(size_t n, size_t size)
{
  size_t bytes = (n * size + 63) / 64 * 64;
  void *p = aligned_alloc(64, bytes);
  if (p) memset(p, 0, bytes);
  return p;
}

static bool allocated(void)
{
  return work.workers && work.lists && work.domain && work.reach && work.peers;
}

static void allocate(uint32_t all)
{
  work.workers = clean(all, sizeof *work.workers);
  work.lists = clean(work.n + work.domains, sizeof *work.lists);
  work.domain = clean(work.domains, sizeof *work.domain);
  work.reach = clean(work.domains, sizeof *work.reach);
  work.peers = clean(work.domains, sizeof *work.peers);
}

static void init_list(struct wane__work_list *list, uint32_t domain,
                      uint32_t node)
{
  pthread_mutex_init(&list->lock, NULL);
  list->domain = domain;
  list->node = node;
}

// Who is where, by the plan.
static void settle(void)
{
  uint32_t workers[WANE__DOMAINS_MAX] = {0};
  for (uint32_t i = 0; i < work.n; i++) {
    struct wane__worker *w = &work.workers[i];
    w->node = wane__numa_planned(WANE_PLACE_WORKER, i);
    w->domain = wane__steal_domain(work.domains, w->node);
    w->list = &work.lists[i];
    init_list(w->list, w->domain, w->node);
    workers[w->domain]++;
  }
  for (uint32_t d = 0; d < work.domains; d++) {
    init_list(inbox(d), d, d + 1 < work.domains ? d : WANE_NODE_ANY);
    work.peers[d] = wane__steal_peers(work.policy, work.domains, workers, d);
  }
  for (uint32_t i = 0; i < work.n; i++)
    work.workers[i].peers = work.peers[work.workers[i].domain];
  wane__steal_plan(work.policy, wane__numa.topology, work.domains, workers,
                   work.reach);
}

int wane__work_start(uint32_t workers)
{
  const uint32_t all = workers + ASSISTANTS;
  work.n = workers;
  work.packets = 0;
  work.most = UINT64_MAX;
  work.admits = false;
  work.policy = wane__numa_steal();
  work.domains = wane__steal_domains(work.policy, wane__numa.topology);
  atomic_store(&work.outstanding, 0);
  allocate(all);
  bool room = allocated();
  if (room) settle();
  for (uint32_t i = 0; i < all && room; i++)
    room = (work.workers[i].open = packet_take());
  if (!room) {
    wane__work_stop();
    return -ENOMEM;
  }
  uint64_t most = wane__config.mark_bytes / sizeof *work.spare;
  work.most = most > work.packets + 1 ? most : work.packets + 1;
  return 0;
}

static void stop_worker(struct wane__worker *w)
{
  for (uint64_t left = w->unsent; left; left &= left - 1)
    packet_give(w->out[__builtin_ctzll(left)]);
  if (w->open) packet_give(w->open);
}

static void stop_list(struct wane__work_list *list)
{
  struct wane__work_packet *p;
  while ((p = list_take(list))) packet_give(p);
  pthread_mutex_destroy(&list->lock);
}

void wane__work_stop(void)
{
  bool settled = allocated();
  for (uint32_t i = 0; settled && i < work.n + ASSISTANTS; i++)
    stop_worker(&work.workers[i]);
  for (uint32_t i = 0; settled && i < work.n + work.domains; i++)
    stop_list(&work.lists[i]);
  for (struct wane__work_packet *p = work.spare, *next; p; p = next) {
    next = p->next;
    free(p);
  }
  work.spare = NULL;
  free(work.workers);
  free(work.lists);
  free(work.domain);
  free(work.reach);
  free(work.peers);
  work.workers = NULL;
  work.lists = NULL;
  work.domain = NULL;
  work.reach = NULL;
  work.peers = NULL;
}

void wane__work_forked(void)
{
  pthread_mutex_init(&work.lock, NULL);
  pthread_cond_init(&work.wake, NULL);
  for (uint32_t i = 0; i < work.n + work.domains; i++)
    pthread_mutex_init(&work.lists[i].lock, NULL);
  for (uint32_t d = 0; d < work.domains; d++)
    atomic_store(&work.domain[d].hungry, 0);
  atomic_store(&work.hungry, 0);
}
