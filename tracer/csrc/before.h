/* What comes before a jump and gives what it tests. */
#ifndef MINICOV_BEFORE_H
#define MINICOV_BEFORE_H

#include "code_object.h"
#include "test_classes.h"

/* The instruction before one, as a number, passing over those that do nothing; the first one has itself before it. */
static inline int32_t
before(const TestClasses *classes, const Code *code, int32_t number)
{
    number = number > 0 ? number - 1 : 0;
    while (number > 0 && classes->of[code->instructions[number].op] == NOTHING) {
        number--;
    }
    return number;
}

/* The instruction that gave the value of an `and`, `or` or chain which a jump tests, as a number, where the jump may have
 * the position of another; else -1. */
static inline int32_t
value_before(const TestClasses *classes, const Code *code, int32_t number)
{
    int32_t last = before(classes, code, number), last_but_one = before(classes, code, last);
    int is_value = classes->threads_values && classes->of[code->instructions[last].op] == TO_BOOL
        && classes->of[code->instructions[last_but_one].op] == COPY;
    return is_value ? before(classes, code, last_but_one) : -1;
}

#endif
