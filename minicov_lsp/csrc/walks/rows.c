/* A tree as rows, for tests to compare. */
#include "walks.h"

static int
add_row(PyObject *rows, const Node *node, Py_ssize_t depth)
{
    const Place *place = &node->place;
    PyObject *row = Py_BuildValue("(niiiiiiiiiiz#)", depth, node->kind, node->field, node->operator, node->link,
                                  node->literal, node->is_true, place->line, place->column, place->end_line,
                                  place->end_column, node->name, (Py_ssize_t)node->name_size);
    int status = row == NULL ? -1 : PyList_Append(rows, row);
    Py_XDECREF(row);
    return status;
}

/* Parents before children. -1 with an exception. */
static int
add_rows(PyObject *rows, const Node *root)
{
    const Node **path = NULL;
    Py_ssize_t room = 0, depth = 0;
    const Node *node = root;
    int status = 0;
    while (status == 0) {
        const Node **moved = room_for_more((void *)path, depth, &room, 256, sizeof *path);
        if (moved == NULL) {
            status = -1;
            break;
        }
        path = moved;
        path[depth] = node;
        status = add_row(rows, node, depth);
        if (node->first != NULL) {
            node = node->first;
            depth++;
            continue;
        }
        while (depth > 0 && path[depth]->next == NULL) {
            depth--;
        }
        if (depth == 0) {
            break;
        }
        node = path[depth]->next;
    }
    free((void *)path);
    return status;
}

PyObject *
rows_of(const Tree *tree)
{
    PyObject *rows = PyList_New(0);
    if (rows != NULL && add_rows(rows, tree->module) < 0) {
        Py_CLEAR(rows);
    }
    return rows;
}
