// weak_mutator.pml: what a thread of the program does, one step at a time.
// SPDX-License-Identifier: MIT
//
// Beside what mutator.pml wants, the variant brings weak_got(o), which ends a
// weak_get or leaves it at COUNT.

#include "mutator.pml"

// weak_get, in four steps: the record, its state, the compare-and-exchange,
// the target. `saw` is what was gone when it began.
inline weak_begin()
{
  if
  :: c = 0
  :: c = 1
#ifdef NEW_CELLS
  :: meant[2] -> c = 2
#endif
  fi;
  reading[t] = record[c];
  saw = nulled;
  at = (reading[t] == NONE -> LOAD_TARGET : LOAD_STATE)
}

inline weak_end()
{
  reading[t] = NONE;
  saw = 0;
  c = 0;
  at = IDLE
}

inline weak_null()
{
#if MUTANT != 4 // which breaks this too, but is there to break S7
  MUST(S8_what_is_reachable_is_not_gone, !HAS(REACHED, meant[c]));
#endif
  nulled = nulled | ONLY(meant[c]);
  weak_end()
}

inline weak_load_state()
{
  if
  :: state[reading[t]] == DEAD -> weak_null()
  :: state[reading[t]] == RESCUED -> at = LOAD_TARGET
  :: else -> at = RESCUE
  fi
}

inline weak_rescue()
{
  if
  :: state[reading[t]] == DEAD -> weak_null()
  :: else ->
#if MUTANT != 10 // what is pending counts as alive
    state[reading[t]] = RESCUED;
#endif
    at = LOAD_TARGET
  fi
}

// Nothing that was gone before may be handed out, nor what leads there.
inline weak_load_target()
{
  if
  :: target[c] == NONE -> weak_null()
  :: else ->
    get(target[c]);
    MUST(S7_once_gone_for_ever_gone, !(CLOSURE(ONLY(target[c])) & saw));
    weak_got(target[c])
  fi
}

#ifdef NEW_CELLS
inline new_cell()
{
  choose_held(v);
  target[2] = v;
  meant[2] = v;
  v = NONE
}
#endif

proctype mutator(byte t)
{
  byte at, s, v, c, saw;
end:
  do
  :: atomic { at == IDLE && asked[t] -> answer() }
  :: atomic { FREE_TO_ACT -> left[t]--; load() }
  :: atomic { FREE_TO_ACT -> left[t]--; store_begin() }
  :: d_step { at == EXCHANGE -> exchange() }
  :: atomic { FREE_TO_ACT -> left[t]--; weak_begin() }
  :: d_step { at == LOAD_STATE -> weak_load_state() }
  :: d_step { at == RESCUE -> weak_rescue() }
  :: d_step { at == LOAD_TARGET -> weak_load_target() }
  :: d_step { at == COUNT -> weak_count() }
#ifdef NEW_CELLS
  :: atomic { FREE_TO_ACT && held[t] && !meant[2] -> left[t]--; new_cell() }
#endif
  :: d_step { at == IDLE && !done[t] ->
       left[t] = 0; held[t] = 0; done[t] = 1; exchange() }
  od
}
