// common.pml: what all models share: mutants, what must hold, witnesses.
// SPDX-License-Identifier: MIT
//
// A name of what must hold is a variable that is always false: it appears in
// the message when the assertion fails. A witness is the other way round: an
// assertion that nothing interesting ever happens, put where it does, and
// switched on like a mutant (from 91 up). It must fail: the model gets there.

#ifndef MUTANT
#define MUTANT 0
#endif
#define MUST(name, condition) assert((condition) || name)
#define WITNESS(n, name) MUST(name, MUTANT != n)

#define NONE 0 // no object; they count from 1

// A set of objects is a mask; this is the set of one, or of none.
#define ONLY(o) ((1 << (o)) >> 1)
#define HAS(set, o) ((set) & ONLY(o))
