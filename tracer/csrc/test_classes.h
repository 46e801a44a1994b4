/* What opcodes have to do with tests: the classes of minicov_tracer/opcodes.py. */
#ifndef MINICOV_TEST_CLASSES_H
#define MINICOV_TEST_CLASSES_H

#include <stdint.h>

enum {
    NO_TEST, IF_TRUE, IF_FALSE, IF_NONE, IF_NOT_NONE, TO_BOOL, COMPARES, COPY, NOT, UNWINDS, LOADS_CONSTANT, RETURNS,
    GOES_ON, DROPS, LOOPS, LOADS_TWICE, NOTHING, FORMATS,
};

/* The class of each opcode, and whether jumps that lead to others take their positions, those of tests
 * (opcodes.THREADS_JUMPS) and those of values (THREADS_VALUES). */
typedef struct {
    uint8_t of[256];
    int threads_jumps, threads_values;
    int loses_places;  /* opcodes.LOSES_PLACES */
} TestClasses;

static inline int
is_test(uint8_t class)
{
    return class >= IF_TRUE && class <= IF_NOT_NONE;
}

static inline int
is_none_test(uint8_t class)
{
    return class == IF_NONE || class == IF_NOT_NONE;
}

#endif
