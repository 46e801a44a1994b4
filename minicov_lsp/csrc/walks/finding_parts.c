/* How a test or a value is understood: the tree of its operands, and where the compiled code tests each. */
#include "finding.h"

#include <string.h>

enum { BYTES_IN_BLOCK = 32000 };

struct PartBlock {
    PartBlock *next;             /* Owned */
    size_t used, size;
    max_align_t bytes[];
};

void *
take(Finding *finding, size_t size)
{
    PartBlock *block = finding->blocks;
    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (block == NULL || block->size - block->used < size) {
        size_t room = size > BYTES_IN_BLOCK ? size : BYTES_IN_BLOCK;
        block = malloc(sizeof *block + room);
        if (block == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        *block = (PartBlock){finding->blocks, 0, room};
        finding->blocks = block;
    }
    void *taken = (char *)block->bytes + block->used;
    block->used += size;
    return memset(taken, 0, size);
}

void
parts_clear(Finding *finding)
{
    while (finding->blocks != NULL) {
        PartBlock *next = finding->blocks->next;
        free(finding->blocks);
        finding->blocks = next;
    }
}

static Part *
new_part(Finding *finding, PartKind kind)
{
    Part *part = take(finding, sizeof *part);
    if (part != NULL) {
        part->kind = kind;
    }
    return part;
}

int
is_known(const Part *part, int truth)
{
    return part->kind == PART_KNOWN && part->truth == truth;
}

Part *
known_part(Finding *finding, int truth)
{
    Part *part = new_part(finding, PART_KNOWN);
    if (part != NULL) {
        part->truth = truth;
    }
    return part;
}

Part *
negated_part(Finding *finding, Part *operand)
{
    if (operand == NULL || operand->kind == PART_UNTESTED) {
        return operand;
    }
    if (operand->kind == PART_KNOWN) {
        return known_part(finding, !operand->truth);
    }
    Part *part = new_part(finding, PART_NOT);
    if (part != NULL) {
        part->first = operand;
    }
    return part;
}

/* `operands` are those up to one that decides for certain, each the `next` of the one before. */
Part *
joined_part(Finding *finding, Part *operands, int is_and, int is_tested)
{
    int are_known = 1, is_decided = 0;
    for (const Part *operand = operands; operand != NULL; operand = operand->next) {
        are_known &= operand->kind == PART_KNOWN;
        is_decided |= is_known(operand, !is_and);
    }
    if (is_tested && (is_decided || are_known)) {
        return known_part(finding, is_decided ? !is_and : is_and);
    }
    Part *part = new_part(finding, PART_JOIN);
    if (part != NULL) {
        part->first = operands;
        part->truth = is_and;
    }
    return part;
}

Part *
arms_part(Finding *finding, Part *test, Part *body, Part *orelse, int is_tested)
{
    if (test->kind == PART_KNOWN) {
        return test->truth ? body : orelse;
    }
    if (is_tested && body->kind == PART_KNOWN && is_known(orelse, body->truth)) {
        return body;
    }
    Part *part = new_part(finding, PART_ARMS);
    if (part != NULL) {
        part->test = test;
        part->first = body;
        part->last = orelse;
    }
    return part;
}

Part *
leaf_part(Finding *finding, const Node *from, const Node *to, Observer observer)
{
    Part *part = new_part(finding, observer.point == NULL ? PART_UNTESTED : PART_LEAF);
    if (part != NULL) {
        part->from = from;
        part->to = to;
        part->observer = observer;
        part->none_truth = -1;
    }
    return part;
}
