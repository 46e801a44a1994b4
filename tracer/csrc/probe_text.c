#include "probe_text.h"

#include <stdlib.h>

enum {
    JUMP = 7,                   /* NumberList of a jump, the fourth of which is its line. */
    JUMP_LINE = 3,
    ARC = 4,                    /* NumberList of an arc, the last two of which are its ends. */
    ARC_ENDS = 2,
    SPAN = 4,
};

void
add_span(NumberList *list, const Position *span)
{
    int64_t further = (int64_t)span->end_line - span->line;
    list_extend(list, (int64_t[SPAN]){span->line, span->column, further, span->end_column}, SPAN);
}

/* The least of `least` and the lines at some places of a list, where 0 is none. */
static int64_t
least_line(const NumberList *list, size_t at, size_t step, int64_t least)
{
    for (; at < list->count; at += step) {
        if (list->numbers[at] && list->numbers[at] < least) {
            least = list->numbers[at];
        }
    }
    return least;
}

/* Makes the lines at some places of a list what they are after a line before all. */
static void
place_lines(NumberList *list, size_t at, size_t step, int64_t line_before)
{
    for (; at < list->count; at += step) {
        list->numbers[at] -= list->numbers[at] ? line_before : 0;
    }
}

/* The same for the ends of arcs. Their lines are among the code object's, or -first. */
static void
place_ends(NumberList *arcs, int32_t first, int64_t line_before)
{
    for (size_t i = 0; i < arcs->count; i++) {
        if (i % ARC >= ARC_ENDS) {
            int64_t line = arcs->numbers[i];
            arcs->numbers[i] = line == -(int64_t)first ? 0 : 2 * (line - line_before);
        }
    }
}

PyObject *
table_text(Table *table, const Code *code)
{
    int64_t least = code->line_count && code->lines[0] < code->first ? code->lines[0] : code->first;
    least = least_line(&table->jumps, JUMP_LINE, JUMP, least_line(&table->spans, 0, SPAN, least));
    place_lines(&table->jumps, JUMP_LINE, JUMP, least - 1);
    place_lines(&table->spans, 0, SPAN, least - 1);
    place_ends(&table->arcs, code->first, least - 1);
    NumberList told = {0};
    list_add(&told, code->line_count);
    list_add(&told, (int64_t)table->follower_count);
    list_add(&told, (int64_t)(table->jumps.count / JUMP));
    list_add(&told, (int64_t)table->kind_count);
    list_add(&told, (int64_t)(table->arcs.count / ARC));
    list_add(&told, 0); /* Conditions are added by machine_maker. */
    list_add(&told, code->first - least + 1);
    for (int32_t i = 0; i < code->line_count; i++) {
        list_add(&told, code->lines[i] - least + 1);
    }
    list_extend(&told, table->followers, table->follower_count);
    list_extend(&told, table->jumps.numbers, table->jumps.count);
    list_extend(&told, table->kinds.numbers, table->kind_count);
    list_extend(&told, table->arcs.numbers, table->arcs.count);
    list_extend(&told, table->spans.numbers, table->spans.count);
    PyObject *text = told.has_failed ? PyErr_NoMemory() : list_text(&told);
    free(told.numbers);
    return text;
}

void
table_free(Table *table)
{
    free(table->jumps.numbers);
    free(table->kinds.numbers);
    free(table->arcs.numbers);
    free(table->spans.numbers);
    free(table->followers);
}
