// mutator.pml: steps of a thread of the program that any model needs.
// SPDX-License-Identifier: MIT
//
// The variant brings count_new(v), log_old(o) and hand_over(): its log, at an
// answer.

#define FREE_TO_ACT (at == IDLE && left[t] > 0)

// An object that thread t holds, if it holds any.
inline choose_held(o)
{
  if
  :: HAS(held[t], 1) -> o = 1
#if OBJECTS > 1
  :: HAS(held[t], 2) -> o = 2
#endif
  fi
}

// A slot that it can store to.
inline choose_slot(s)
{
  if
  :: s = 0
  :: HAS(held[t], 1) -> s = 1
#if OBJECTS > 1
  :: HAS(held[t], 2) -> s = 2
#endif
  fi
}

// Object o comes into its hand.
inline get(o)
{
  MUST(S1_no_freed_object_is_used, !(ONLY(o) & freed));
  held[t] = held[t] | ONLY(o)
}

inline load()
{
  choose_slot(s);
  get(slot[s]);
  s = 0
}

inline exchange()
{
  log_old(slot[s]);
  slot[s] = v;
  s = 0;
  v = NONE;
  at = IDLE
}

inline store_begin()
{
  choose_slot(s);
  if
  :: exchange() // of NULL: there is nothing to count
  :: choose_held(v); count_new(v); at = EXCHANGE
  fi
}

// Keeps some of its roots and hands over its log.
inline answer()
{
  if
  :: skip
  :: HAS(held[t], 1) -> held[t] = held[t] & ~1
#if OBJECTS > 1
  :: HAS(held[t], 2) -> held[t] = held[t] & ~2
  :: held[t] == 3 -> held[t] = 0
#endif
  fi;
  snapshot = snapshot | held[t];
  hand_over();
  asked[t] = 0
}
