/* What is read off the arcs that were found: as people see them, and the lines that have a choice; see branches.py. */
#include "arcs.h"

#include <stdlib.h>

/* So many arcs from one line are sorted as they are; more, as many as there may be, with qsort. */
enum { MOST_INSERTED = 16 };

static int
by_arc(const void *left, const void *right)
{
    const FoundArc *a = left, *b = right;
    if (a->start != b->start) {
        return a->start < b->start ? -1 : 1;
    }
    if (a->end != b->end) {
        return a->end < b->end ? -1 : 1;
    }
    return a->first != b->first ? (a->first < b->first ? -1 : 1) : (a->number > b->number) - (a->number < b->number);
}

static int
is_same(const FoundArc *a, const FoundArc *b)
{
    return a->start == b->start && a->end == b->end;
}

/* Sort arcs that start where they should: the few from each line are put in order. */
static void
sort_ends(FoundArc *arcs, Py_ssize_t count)
{
    for (Py_ssize_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && arcs[next].start == arcs[i].start;) {
            next++;
        }
        if (next - i > MOST_INSERTED) {
            qsort(arcs + i, (size_t)(next - i), sizeof *arcs, by_arc);
            continue;
        }
        for (Py_ssize_t end = i + 1; end < next; end++) {
            FoundArc arc = arcs[end];
            Py_ssize_t place = end;
            for (; place > i && by_arc(&arcs[place - 1], &arc) > 0; place--) {
                arcs[place] = arcs[place - 1];
            }
            arcs[place] = arc;
        }
    }
}

/* Sort the arcs as they were found, and mark those that are the same. -1 with an exception. */
static int
sort_found(ArcWalk *walk)
{
    FoundArc *sorted = malloc((size_t)(walk->count + 1) * sizeof *sorted);
    Py_ssize_t *places = calloc((size_t)walk->lines.count + 1, sizeof *places);   /* For each line its first arc's. */
    if (sorted == NULL || places == NULL) {
        free(sorted);
        free(places);
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < walk->count; i++) {
        places[walk->arcs[i].start + 1]++;
    }
    for (int line = 0; line < walk->lines.count; line++) {
        places[line + 1] += places[line];
    }
    for (Py_ssize_t i = 0; i < walk->count; i++) {
        sorted[places[walk->arcs[i].start]++] = walk->arcs[i];
    }
    sort_ends(sorted, walk->count);
    for (Py_ssize_t i = 1; i < walk->count; i++) {
        if (is_same(&sorted[i], &sorted[i - 1])) {
            sorted[i].first = sorted[i - 1].first;
        }
    }
    free(places);
    free(walk->arcs);
    walk->arcs = sorted;
    return 0;
}

/* The lines of a pair; 0 where it is none. */
static int
pair_of(PyObject *arc, int *start, int *end)
{
    return PyArg_ParseTuple(arc, "ii", start, end);
}

/* The last arc on the way out of the `with` on a line, as it was found; NULL where there is none. */
static const FoundArc *
landing_of(ArcWalk *walk, PyObject *landings, int with_line)
{
    PyObject *line = number_for(&walk->lines, with_line);
    PyObject *arc = line == NULL ? NULL : PyDict_GetItemWithError(landings, line);
    FoundArc wanted = {0};
    Py_XDECREF(line);
    if (arc == NULL || !pair_of(arc, &wanted.start, &wanted.end)) {
        return NULL;
    }
    Py_ssize_t low = 0, high = walk->count;   /* They are sorted, and the first of the same ones is the least. */
    while (low < high) {
        Py_ssize_t middle = low + (high - low) / 2;
        if (by_arc(&walk->arcs[middle], &wanted) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < walk->count && is_same(&walk->arcs[low], &wanted) ? &walk->arcs[low] : NULL;
}

/* An arc that starts or ends at a `with` as it is shown: 1 if it is, 0 if not, -1 with an exception. */
static int
mend(ArcWalk *walk, FoundArc *arc, PyObject *shown, PyObject *landings)
{
    PyObject *key = arc_for(&walk->lines, arc->start, arc->end);
    PyObject *mended = key == NULL ? NULL : PyDict_GetItemWithError(shown, key);
    Py_XDECREF(key);
    if (mended == NULL) {
        return PyErr_Occurred() ? -1 : 1;
    }
    FoundArc was = *arc;
    if (mended == Py_None || !pair_of(mended, &arc->start, &arc->end)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (!is_same(arc, &was)) {
        const FoundArc *landing = landing_of(walk, landings, was.end);
        arc->destination = landing == NULL ? TO_LINE : landing->destination;
        arc->owner = landing == NULL ? NULL : landing->owner;
    }
    return PyErr_Occurred() ? -1 : 1;
}

/* Owned by the caller, NULL with an exception: the arcs as they are shown, none from a line to itself, sorted. */
static FoundArc *
shown_arcs(ArcWalk *walk, PyObject *shown, PyObject *landings, Py_ssize_t *count)
{
    if (sort_found(walk) < 0) {
        return NULL;
    }
    FoundArc *arcs = malloc((size_t)(walk->count + 1) * sizeof *arcs);
    int is_ascending = 1;
    *count = 0;
    if (arcs == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t i = 0; i < walk->count; i++) {
        FoundArc arc = walk->arcs[i];
        int is_with = (state_of(&walk->lines, arc.start) | state_of(&walk->lines, arc.end)) & HAS_WITH;
        int is_shown = shown != NULL && is_with ? mend(walk, &arc, shown, landings) : 1;
        if (is_shown < 0) {
            free(arcs);
            return NULL;
        }
        arc.start = first_line(&walk->lines, arc.start);
        arc.end = first_line(&walk->lines, arc.end);
        if (is_shown && arc.start != arc.end) {
            is_ascending &= *count == 0 || arcs[*count - 1].start <= arc.start;
            arcs[(*count)++] = arc;
        }
    }
    if (!is_ascending) {
        qsort(arcs, (size_t)*count, sizeof *arcs, by_arc);
    }
    sort_ends(arcs, *count);
    return arcs;
}

/* New: why an arc can be missing and where it goes, both in words. */
static PyObject *
reason_of(ArcWalk *walk, const FoundArc *arc)
{
    PyObject *why = PyTuple_GetItem(walk->learned->whys, arc->why);
    PyObject *told = PyTuple_GetItem(walk->learned->destinations, arc->destination);
    PyObject *words = NULL;
    if (told != NULL && (arc->owner == NULL || arc->owner->name == NULL)) {
        words = Py_NewRef(told);
    } else if (told != NULL) {
        PyObject *name = new_name(arc->owner);
        words = name == NULL ? NULL : PyUnicode_Format(told, name);
        Py_XDECREF(name);
    }
    PyObject *reason = why == NULL || words == NULL ? NULL : PyTuple_Pack(2, why, words);
    Py_XDECREF(words);
    return reason;
}

/* Put {end: reasons} of the arcs from one line to one end. -1 with an exception. */
static int
put_way(ArcWalk *walk, PyObject *ends, const FoundArc *arcs, Py_ssize_t count)
{
    PyObject *reasons = PyTuple_New(count), *end = number_for(&walk->lines, arcs[0].end);
    int status = reasons == NULL || end == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; status == 0 && i < count; i++) {
        PyObject *reason = reason_of(walk, &arcs[i]);
        status = reason == NULL ? -1 : PyTuple_SetItem(reasons, i, reason);
    }
    if (status == 0) {
        status = PyDict_SetItem(ends, end, reasons);
    }
    Py_XDECREF(reasons);
    Py_XDECREF(end);
    return status;
}

/* The arcs from one line, if that has a choice. -1 with an exception. */
static int
put_choice(ArcWalk *walk, PyObject *choices, const FoundArc *arcs, Py_ssize_t count)
{
    Py_ssize_t ways = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        ways += (i == 0 || arcs[i].end != arcs[i - 1].end) && !(state_of(&walk->lines, arcs[i].end) & IS_EXCLUDED);
    }
    if (ways < 2 || state_of(&walk->lines, arcs[0].start) & IS_EXCLUDED) {
        return 0;
    }
    PyObject *ends = PyDict_New(), *line = number_for(&walk->lines, arcs[0].start);
    int status = ends == NULL || line == NULL ? -1 : PyDict_SetItem(choices, line, ends);
    for (Py_ssize_t i = 0, next; status == 0 && i < count; i = next) {
        for (next = i + 1; next < count && arcs[next].end == arcs[i].end;) {
            next++;
        }
        if (!(state_of(&walk->lines, arcs[i].end) & IS_EXCLUDED)) {
            status = put_way(walk, ends, arcs + i, next - i);
        }
    }
    Py_XDECREF(ends);
    Py_XDECREF(line);
    return status;
}

/* Fill the set of arcs and the choices. -1 with an exception. */
static int
put_all(ArcWalk *walk, const FoundArc *arcs, Py_ssize_t count, PyObject *all, PyObject *choices)
{
    int status = 0;
    for (Py_ssize_t i = 0, next; status == 0 && i < count; i = next) {
        for (next = i; status == 0 && next < count && arcs[next].start == arcs[i].start; next++) {
            if (next == i || arcs[next].end != arcs[next - 1].end) {
                PyObject *arc = arc_for(&walk->lines, arcs[next].start, arcs[next].end);
                status = arc == NULL ? -1 : PySet_Add(all, arc);
                Py_XDECREF(arc);
            }
        }
        if (status == 0) {
            status = put_choice(walk, choices, arcs + i, next - i);
        }
    }
    return status;
}

/* New: how arcs out of `with` are shown, by with_jumps.mending; NULL without an exception where there are none. */
static PyObject *
mending_of(ArcWalk *walk)
{
    if (walk->left == NULL) {
        return NULL;
    }
    if ((walk->entries == NULL && (walk->entries = PySet_New(NULL)) == NULL)
        || (walk->returns == NULL && (walk->returns = PySet_New(NULL)) == NULL)) {
        return NULL;
    }
    return PyObject_CallFunctionObjArgs(walk->learned->mending, walk->left, walk->entries, walk->returns, NULL);
}

PyObject *
following_made(ArcWalk *walk)
{
    PyObject *mending = mending_of(walk);
    PyObject *shown = mending == NULL ? NULL : PyObject_GetAttrString(mending, "shown");
    PyObject *landings = mending == NULL ? NULL : PyObject_GetAttrString(mending, "landings");
    PyObject *jumps = shown == NULL ? PyDict_New() : Py_NewRef(shown);
    PyObject *all = PyFrozenSet_New(NULL), *choices = PyDict_New(), *made = NULL;
    Py_ssize_t count = 0;
    FoundArc *arcs = NULL;
    if (!PyErr_Occurred() && walk->count < INT32_MAX) {
        arcs = shown_arcs(walk, shown, landings, &count);
    }
    if (arcs != NULL && put_all(walk, arcs, count, all, choices) == 0) {
        made = PyTuple_Pack(3, all, jumps, choices);
    }
    free(arcs);
    Py_XDECREF(mending);
    Py_XDECREF(shown);
    Py_XDECREF(landings);
    Py_XDECREF(jumps);
    Py_XDECREF(all);
    Py_XDECREF(choices);
    return made;
}
