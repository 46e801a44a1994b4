/* What the compiler knows of an expression without running it; its twin is minicov_tracer.literals. */
#ifndef MINICOV_CONSTANTS_H
#define MINICOV_CONSTANTS_H

#include "walks.h"

/* Truths are 1 and 0; -1 where it is not known, -2 with an exception. */

/* The truth of a constant operand of a test; see literals.constant. */
int constant_operand(const Learned *learned, const Tree *tree, const Node *node);
/* The truth of what the compiler makes a constant of; see literals.folded. */
int folded_truth(const Learned *learned, const Tree *tree, const Node *node);
/* See literals.known_truth. */
int known_truth(const Learned *learned, const Tree *tree, const Node *node);

#endif
