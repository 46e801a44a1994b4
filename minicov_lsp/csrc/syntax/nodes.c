/* Memory for the nodes of a tree, and the order of its suites. */
#include "nodes.h"

#include <stdlib.h>
#include <string.h>

enum { NODES_IN_BLOCK = 500 };

struct Block {
    Block *next;           /* Owned */
    int count;
    Node nodes[NODES_IN_BLOCK];
};

Node *
tree_add(Tree *tree, Kind kind, int line, int column)
{
    Block *block = tree->blocks;
    if (block == NULL || block->count == NODES_IN_BLOCK) {
        block = malloc(sizeof *block);
        if (block == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        block->next = tree->blocks;
        block->count = 0;
        tree->blocks = block;
    }
    Node *node = &block->nodes[block->count++];
    *node = (Node){.kind = (uint8_t)kind, .place = {line, column, line, column}};
    return node;
}

void
tree_append(Node *parent, Node *child, FieldName field)
{
    child->field = (uint8_t)field;
    child->next = NULL;
    if (parent->last == NULL) {
        parent->first = child;
    } else {
        parent->last->next = child;
    }
    parent->last = child;
}

void
tree_clear(Tree *tree)
{
    while (tree->blocks != NULL) {
        Block *next = tree->blocks->next;
        free(tree->blocks);
        tree->blocks = next;
    }
    free(tree->suites);
    free((void *)tree->lines);
    *tree = (Tree){0};
}

/* The suites directly inside of one are put behind those that wait, the first of them last. -1 with an exception. */
static int
wait_for_suites(Waiting *waiting, const Node *node)
{
    Py_ssize_t before = waiting->count;
    for (const Node *child = node->first; child != NULL; child = child->next) {
        if (is_suite(child) && wait_for_node(waiting, child) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t low = before, high = waiting->count - 1; low < high; low++, high--) {
        WaitingNode swapped = waiting->nodes[low];
        waiting->nodes[low] = waiting->nodes[high];
        waiting->nodes[high] = swapped;
    }
    return 0;
}

int
tree_list_suites(Tree *tree)
{
    Waiting waiting = {0};
    Py_ssize_t room = 0;
    int status = wait_for_node(&waiting, tree->module);
    while (status == 0 && waiting.count > 0) {
        const Node *node = waiting.nodes[--waiting.count].node;
        const Node **suites = room_for_more((void *)tree->suites, tree->suite_count, &room, 256, sizeof *suites);
        if (suites == NULL) {
            status = -1;
            break;
        }
        tree->suites = suites;
        tree->suites[tree->suite_count++] = node;
        status = wait_for_suites(&waiting, node);
    }
    free(waiting.nodes);
    return status;
}

/* The first of a character from a place on, as long as it is known where the last one was; the text's end for none. */
static const char *
next_of_character(const char *known, char character, const char *at, const char *end)
{
    if (known >= at) {
        return known;
    }
    known = memchr(at, character, (size_t)(end - at));
    return known == NULL ? end : known;
}

int
tree_list_lines(Tree *tree)
{
    const char *at = tree->text, *end = at + tree->size, *feed = NULL, *back = NULL;
    Py_ssize_t room = 0;
    for (;; tree->line_count++) {
        const char **lines = room_for_more((void *)tree->lines, tree->line_count, &room, 256, sizeof *lines);
        if (lines == NULL) {
            return -1;
        }
        tree->lines = lines;
        tree->lines[tree->line_count] = at;
        if (at == end) {
            return 0;
        }
        feed = next_of_character(feed, '\n', at, end);
        back = next_of_character(back, '\r', at, end);
        at = feed <= back + 1 ? feed : back;   /* As the lexer has it, a \r alone ends a line too. */
        at += at < end;
    }
}
