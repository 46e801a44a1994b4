/* How regions are noted, and which there are; what is one is said by regions.py. */
#include "deciding.h"

int
is_kept(const Walk *walk, const Node *node)
{
    if (!is_statement(node)) {
        return 1;
    }
    return walk->kept_before[node->place.end_line + 1] > walk->kept_before[node->place.line];
}

PyObject *
new_word(Walk *walk, const char *text)
{
    for (int i = 0; i < walk->word_count; i++) {
        if (walk->words[i].text == text) {
            return Py_NewRef(walk->words[i].string);
        }
    }
    PyObject *string = PyUnicode_InternFromString(text);
    if (string != NULL && walk->word_count < MOST_WORDS) {
        walk->words[walk->word_count++] = (Word){text, Py_NewRef(string)};
    }
    return string;
}

int
add_region(Walk *walk, const char *kind, const Node *first, const Node *last)
{
    if (!walk->waiting.is_kept) {
        return 0;
    }
    PyObject *values[] = {new_word(walk, kind), new_span(walk->learned, place_of(first, last))};
    PyObject *region = new_record(walk->learned, RECORD_REGION, 2, values);
    int status = region == NULL ? -1 : PyList_Append(walk->regions, region);
    Py_XDECREF(region);
    return status;
}

int
region_of_node(Walk *walk, const char *kind, const Node *node)
{
    return add_region(walk, kind, node, node);
}

int
go_into_part(Walk *walk, const char *kind, const Node *node, FieldName name)
{
    const Node *part = field_of(node, name);
    if (part == NULL) {
        return 0;
    }
    return region_of_node(walk, kind, part) < 0 ? -1 : is_bare(part) ? 0 : wait_for_node(&walk->waiting, part);
}

int
go_into_suite(Walk *walk, const char *kind, const Node *node, FieldName name, int is_always)
{
    const Node *first = field_of(node, name), *last = first;
    int is_any = is_always || !walk->waiting.is_kept;
    for (const Node *statement = first; statement != NULL; statement = next_of(statement)) {
        is_any = is_any || is_kept(walk, statement);
        last = statement;
        if (!is_bare(statement) && wait_for_node(&walk->waiting, statement) < 0) {
            return -1;
        }
    }
    return is_any && first != NULL ? add_region(walk, kind, first, last) : 0;
}

int
read_lines(Walk *walk, PyObject *code_lines)
{
    int count = walk->tree->line_count;
    PyObject *lines = PyObject_GetIter(code_lines), *each;
    walk->kept_before = calloc((size_t)count + 2, sizeof *walk->kept_before);
    if (walk->kept_before == NULL) {
        PyErr_NoMemory();
    }
    while (lines != NULL && walk->kept_before != NULL && (each = PyIter_Next(lines)) != NULL) {
        long line = PyLong_AsLong(each);
        Py_DECREF(each);
        if (line == -1 && PyErr_Occurred()) {
            break;
        }
        if (line > 0 && line <= count) {
            walk->kept_before[line + 1] = 1;
        }
    }
    Py_XDECREF(lines);
    if (PyErr_Occurred()) {
        return -1;
    }
    for (int line = 1; line <= count; line++) {
        walk->kept_before[line + 1] += walk->kept_before[line];
    }
    return 0;
}
