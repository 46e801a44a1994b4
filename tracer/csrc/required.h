/* Which outcomes of a machine's jumps can still teach something; its specification is minicov_tracer/required.py. */
#ifndef MINICOV_REQUIRED_H
#define MINICOV_REQUIRED_H

#include "decisions.h"

/* Finds out what is live at each state of a plain machine. */
void required_prepare(const Machine *machine);

/* What is live after a plain machine's state was left with a truth. */
Sets required_after(const Machine *machine, const State *state, Sets live, int truth);

/* Finds out what there is still to learn at each state of a plain machine, while these bits are not set. */
void required_learn(const Machine *machine, Sets unseen, Sets undemonstrated);

#endif
