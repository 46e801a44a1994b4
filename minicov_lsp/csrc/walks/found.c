/* Found decisions as Python has them. */
#include "finding.h"

static PyObject *part_object(Finding *finding, Part *part, int is_part);

PyObject *
plain_span(Place place)
{
    return Py_BuildValue("(iiii)", place.line, place.column, place.end_line, place.end_column);
}

static int
compare_placed(const void *left, const void *right)
{
    const Place *a = &((const Placed *)left)->place, *b = &((const Placed *)right)->place;
    int differences[] = {
        a->line - b->line, a->column - b->column, a->end_line - b->end_line, a->end_column - b->end_column};
    for (int i = 0; i < 4; i++) {
        if (differences[i] != 0) {
            return differences[i];
        }
    }
    return 0;
}

void
sort_placed(PlacedList *list, Py_ssize_t first)
{
    if (list->count - first > 1) {
        qsort(list->items + first, (size_t)(list->count - first), sizeof *list->items, compare_placed);
    }
}

static int
add_placed(PlacedList *list, Place place, PyObject *object)
{
    Placed *items = room_for_more(list->items, list->count, &list->room, 64, sizeof *items);
    if (items == NULL) {
        return -1;
    }
    list->items = items;
    list->items[list->count++] = (Placed){place, object};
    return 0;
}

/* New: an instance of a frozen class that takes values over, one that is NULL as well: then there is an exception. */
static PyObject *
new_frozen(const Learned *learned, FoundName name, Py_ssize_t size, PyObject *const *values)
{
    PyObject *fields = PyTuple_GetItem(learned->found_fields, name);
    PyObject *made = PyType_GenericAlloc((PyTypeObject *)PyTuple_GetItem(learned->found, name), 0);
    int is_whole = made != NULL;
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *field = is_whole && values[i] != NULL ? PyTuple_GetItem(fields, i) : NULL;
        is_whole = field != NULL && PyObject_GenericSetAttr(made, field, values[i]) == 0;
        Py_XDECREF(values[i]);
    }
    if (!is_whole) {
        Py_CLEAR(made);
    }
    return made;
}

/* Keep what is made once. Takes it over and gives it back borrowed; NULL with an exception. */
static PyObject *
keep(Finding *finding, PyObject *made)
{
    int status = made == NULL ? -1 : PyList_Append(finding->kept, made);
    Py_XDECREF(made);
    return status < 0 ? NULL : made;
}

/* New */
static PyObject *
point_object(Finding *finding, TestPoint *point)
{
    if (point->made == NULL) {
        PyObject *values[] = {
            plain_span(point->node->place), PyLong_FromLong(point->order), PyLong_FromLong(point->total),
            ends_of_point(finding, point)};
        point->made = keep(finding, new_found_tuple(finding->learned, FOUND_POINT, 4, values));
    }
    return Py_XNewRef(point->made);
}

static PyObject *
span_or_none(const Node *node)
{
    return node == NULL ? Py_NewRef(Py_None) : plain_span(node->place);
}

/* New: what is stored right before something is loaded, None for nothing. */
static PyObject *
stored_before(Finding *finding, const Node *loaded)
{
    PyObject *span = plain_span(loaded->place);
    PyObject *variable = span == NULL ? NULL : PyDict_GetItemWithError(finding->stored, span);
    Py_XDECREF(span);
    return variable != NULL ? Py_NewRef(variable) : PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static PyObject *
leaf_object(Finding *finding, const Part *leaf, int is_part)
{
    Place place = place_of(leaf->from, leaf->to);
    int truth = leaf->none_truth;
    PyObject *values[] = {
        plain_span(place),
        point_object(finding, leaf->observer.point),
        PyBool_FromLong(leaf->observer.is_inverted),
        PyBool_FromLong(leaf->observer.is_shared),
        truth < 0 ? Py_NewRef(Py_None) : PyBool_FromLong(truth),
        span_or_none(leaf->left),
        span_or_none(leaf->within),
        leaf->is_link ? Py_NewRef(Py_None) : stored_before(finding, leaf->left != NULL ? leaf->left : leaf->from)};
    PyObject *made = new_frozen(finding->learned, FOUND_LEAF, 8, values);
    if (made != NULL && is_part && add_placed(&finding->leaves, place, made) < 0) {
        Py_CLEAR(made);
    }
    return made;
}

static PyObject *
join_object(Finding *finding, const Part *join, int is_part)
{
    PyObject *list = PyList_New(0);
    int status = list == NULL ? -1 : 0;
    for (Part *operand = join->first; operand != NULL && status == 0; operand = operand->next) {
        PyObject *made = part_object(finding, operand, is_part);
        status = made == NULL ? -1 : PyList_Append(list, made);
        Py_XDECREF(made);
    }
    PyObject *values[] = {PyBool_FromLong(join->truth), status < 0 ? NULL : PyList_AsTuple(list)};
    Py_XDECREF(list);
    return new_frozen(finding->learned, FOUND_JOIN, 2, values);
}

static PyObject *
arms_object(Finding *finding, const Part *arms, int is_part)
{
    PyObject *test = part_object(finding, arms->test, 0);
    PyObject *body = test == NULL ? NULL : part_object(finding, arms->first, is_part);
    PyObject *orelse = body == NULL ? NULL : part_object(finding, arms->last, is_part);
    PyObject *values[] = {test, body, orelse};
    return new_frozen(finding->learned, FOUND_ARMS, 3, values);
}

/* New: a node of a decision's tree; `is_part`: its leaves are conditions of the decision at hand. */
static PyObject *
part_object(Finding *finding, Part *part, int is_part)
{
    if (part->made != NULL) {
        return Py_NewRef(part->made);
    }
    if (Py_EnterRecursiveCall(" while making decisions") != 0) {
        return NULL;
    }
    const Learned *learned = finding->learned;
    PyObject *made = NULL, *inner;
    switch (part->kind) {
    case PART_LEAF:
        made = leaf_object(finding, part, is_part);
        break;
    case PART_KNOWN:
        inner = PyBool_FromLong(part->truth);
        made = new_frozen(learned, FOUND_KNOWN, 1, &inner);
        break;
    case PART_UNTESTED:
        made = new_frozen(learned, FOUND_UNTESTED, 0, NULL);
        break;
    case PART_NOT:
        inner = part_object(finding, part->first, is_part);
        made = new_frozen(learned, FOUND_NOT, 1, &inner);
        break;
    case PART_JOIN:
        made = join_object(finding, part, is_part);
        break;
    case PART_ARMS:
        made = arms_object(finding, part, is_part);
        break;
    }
    Py_LeaveRecursiveCall();
    return made;
}

/* New: the leaves from a number on, by span. */
static PyObject *
conditions_object(Finding *finding, Py_ssize_t first)
{
    PlacedList *leaves = &finding->leaves;
    sort_placed(leaves, first);
    PyObject *conditions = PyTuple_New(leaves->count - first);
    for (Py_ssize_t i = first; conditions != NULL && i < leaves->count; i++) {
        PyTuple_SetItem(conditions, i - first, Py_NewRef(leaves->items[i].object));
    }
    return conditions;
}

int
add_found(Finding *finding, const char *kind, const Node *node, Part *root, const Node *body)
{
    if (!finding->now.is_wanted) {
        return 0;
    }
    finding->leaves.count = 0;
    PyObject *tree = part_object(finding, root, 1);
    if (tree == NULL) {
        return -1;
    }
    root->made = tree;
    if (keep(finding, tree) == NULL) {
        return -1;
    }
    if (finding->leaves.count == 0) {
        return 0;
    }
    PyObject *values[] = {
        PyUnicode_InternFromString(kind), plain_span(node->place), Py_NewRef(tree), conditions_object(finding, 0),
        span_or_none(body), PyBool_FromLong(finding->now.is_dead)};
    PyObject *decision = new_frozen(finding->learned, FOUND_DECISION, 6, values);
    if (decision == NULL || add_placed(&finding->decisions, node->place, decision) < 0) {
        Py_XDECREF(decision);
        return -1;
    }
    return 0;
}
