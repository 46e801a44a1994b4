/* What happens at each event: one bit is set, and the event goes silent at its place as soon as it can teach nothing
 * more. An error in here must not reach the program. */

#include "core.h"

#include <stdlib.h>

/* Frames that a callback's Python code may need. */
enum { ROOM = 1000 };

/* An internal error must not reach the program: say it once, and watch no more. New reference. */
static PyObject *
core_fail(Core *self)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (!self->has_failed) {
        self->has_failed = 1;
        PyObject *text = value == NULL ? NULL : PyObject_Str(value);
        const char *words = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, NULL);
        PySys_WriteStderr("minicov: measuring stopped by an internal error: %.500s\n", words ? words : "unknown");
        Py_XDECREF(text);
        PyErr_Clear();
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return Py_NewRef(self->disable);
}

void
give_room(Core *self)
{
    if (self->room_users++ == 0) {
        self->limit_without_room = Py_GetRecursionLimit();
        Py_SetRecursionLimit(self->limit_without_room + ROOM);
    }
}

void
take_room(Core *self)
{
    if (--self->room_users == 0 && Py_GetRecursionLimit() == self->limit_without_room + ROOM) {
        Py_SetRecursionLimit(self->limit_without_room);
    }
}

int
tell_recorder(Core *self, const char *method, PyObject *arguments)
{
    give_room(self);
    PyObject *function = arguments == NULL ? NULL : PyObject_GetAttrString(self->recorder, method);
    PyObject *done = function == NULL ? NULL : PyObject_Call(function, arguments, NULL);
    take_room(self);
    Py_XDECREF(arguments);
    Py_XDECREF(function);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Notes that a structure has something to flush. 0, or -1 with MemoryError set. */
static int
core_touch(Core *self, CodeHits *hits)
{
    if (hits->is_touched) {
        return 0;
    }
    if (self->touched_count == self->touched_room) {
        size_t room = self->touched_room ? 2 * self->touched_room : 256;
        CodeHits **grown = realloc(self->touched, room * sizeof(CodeHits *));
        if (grown == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        self->touched = grown;
        self->touched_room = room;
    }
    self->touched[self->touched_count++] = hits;
    hits->is_touched = 1;
    return 0;
}

int
core_log(Core *self, uint32_t entry)
{
    if (!self->log.is_open || hit_log_add(&self->log, entry) || self->is_emptying) {
        return 0;
    }
    self->is_emptying = 1;
    int failed = tell_recorder(self, "make_room", PyTuple_New(0)) < 0;
    self->is_emptying = 0;
    if (failed) {
        return -1;
    }
    if (self->log.is_open) {
        hit_log_add(&self->log, entry);
    }
    return 0;
}

int
core_hit(Core *self, CodeHits *hits, uint32_t probe)
{
    if (hits_has(hits, probe)) {
        return 0;
    }
    /* The log comes first: to make room in it, all is flushed, and an event that goes silent after a flush must belong to
     * a structure that the next one finds. */
    if (core_log(self, hits->base + probe) < 0) {
        return -1;
    }
    hits_set(hits, probe);
    return core_touch(self, hits);
}

/* Where there are many names of files that aren't measured, forgets these: a program may make up names for ever. 0, or -1
 * with an exception set. */
static int
forget_names(Core *self)
{
    if ((size_t)PyDict_Size(self->measured) < self->file_count + MANY) {
        return 0;
    }
    PyObject *kept = PyDict_New(), *name, *number; /* The last two are Borrowed. */
    for (Py_ssize_t at = 0; kept != NULL && PyDict_Next(self->measured, &at, &name, &number);) {
        if (PyObject_IsTrue(number) && PyDict_SetItem(kept, name, number) < 0) {
            Py_CLEAR(kept);
        }
    }
    if (kept == NULL) {
        return -1;
    }
    Py_DECREF(self->measured);
    self->measured = kept;
    return 0;
}

/* Borrowed structure of a code object, NULL where it isn't measured. Events come in runs of one code object. */
static inline CodeHits *
hits_of(Core *self, const PyObject *code)
{
    if (self->last == NULL || self->last->code != code) {
        self->last = table_find(&self->table, code);
    }
    return self->last;
}

/* The number of a code object's file, counted from 1: 0 if it is not measured, -1 with an exception set. */
static int
core_measures(Core *self, PyObject *code)
{
    PyObject *filename = PyObject_GetAttr(code, self->filename_name);
    if (filename == NULL) {
        return -1;
    }
    PyObject *known = PyDict_GetItemWithError(self->measured, filename); /* Borrowed */
    int answer = -1;
    if (known != NULL) {
        answer = (int)PyLong_AsLong(known);
    } else if (!PyErr_Occurred()) {
        give_room(self);
        PyObject *told = PyObject_CallFunctionObjArgs(self->in_scope, code, NULL);
        take_room(self);
        answer = told == NULL ? -1 : PyObject_IsTrue(told);
        answer = answer > 0 ? (int)++self->file_count : answer;
        PyObject *number = answer < 0 ? NULL : PyLong_FromLong(answer);
        if (number == NULL || forget_names(self) < 0 || PyDict_SetItem(self->measured, filename, number) < 0) {
            answer = -1;
        }
        Py_XDECREF(told);
        Py_XDECREF(number);
    }
    Py_DECREF(filename);
    return answer;
}

int
core_tell(Core *self, const CodeHits *hits)
{
    return tell_recorder(self, "add_code", Py_BuildValue("(OII)", hits->code, hits->base, hits->bit_count));
}

/* Begins to watch a code object of the file with that number. Borrowed structure, NULL with an exception set. */
static CodeHits *
core_watch(Core *self, PyObject *code, int file)
{
    CodeHits *hits = core_drop_gone(self) < 0 ? NULL : hits_new(code, self->kinds, !self->has_sides);
    if (hits == NULL) {
        return NULL;
    }
    int failed = core_add_decisions(self, hits) < 0 || (self->is_counting && hits_count(hits) < 0);
    CodeHits *other = failed ? NULL : table_find(&self->table, code); /* Another thread may have come first meanwhile. */
    if (failed || other != NULL) {
        hits_free(hits);
        return other;
    }
    hits->file = (uint32_t)file;
    hits->base = self->next_base;
    if (table_add(&self->table, hits) < 0) {
        hits_free(hits);
        return NULL;
    }
    self->next_base = (hits->base + hits->bit_count + (uint32_t)hits->unit_count) & INT32_MAX;
    if (self->recorder != NULL && core_tell(self, hits) < 0) {
        return NULL;
    }
    return tools_watch(self, code) < 0 ? NULL : hits;
}

/* What to answer an event that can teach nothing more until the next flush: DISABLE, but not before the code object has
 * had so many events that they cost as much as giving them back would. New reference. */
static PyObject *
silence(Core *self, CodeHits *hits)
{
    if (hits->patience > 0) {
        hits->patience--;
        return Py_NewRef(Py_None);
    }
    hits->is_silenced = 1;
    return Py_NewRef(self->disable);
}

/* The same for a line's event. Where all lines were hit, the lines of the code object go silent as one: to an event that
 * never comes, as at a jump on one line, nothing can be answered, and the interpreter looks there for ever. */
static PyObject *
silence_line(Core *self, CodeHits *hits)
{
    if (hits->lines_left > 0 || hits->patience > 0 || self->finder == self->tool) {
        return silence(self, hits);
    }
    hits->is_silenced = 1;
    return tools_drop_lines(self, hits->code) < 0 ? core_fail(self) : Py_NewRef(Py_None);
}

PyObject *
core_on_find(Core *self, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    PyObject *code = args[0];
    CodeHits *hits = table_find(&self->table, code);
    if (self->has_failed) {
        return Py_NewRef(self->disable);
    }
    if (hits == NULL) {
        int measured = core_measures(self, code);
        if (measured < 0) {
            return core_fail(self);
        }
        if (!measured) {
            return Py_NewRef(self->disable);
        }
        hits = table_find(&self->table, code); /* Another thread may have come first while in_scope ran. */
        if (hits == NULL && (hits = core_watch(self, code, measured)) == NULL) {
            return core_fail(self);
        }
    }
    if (core_hit(self, hits, 0) < 0) {
        return core_fail(self);
    }
    return Py_NewRef(self->disable);
}

PyObject *
core_on_start(Core *self, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    CodeHits *hits = hits_of(self, args[0]);
    if (hits == NULL) {
        return Py_NewRef(self->disable);
    }
    return core_hit(self, hits, 0) < 0 ? core_fail(self) : silence(self, hits);
}

/* Sets the outcomes of jumps that the event of a line tells, or at -1 - a byte offset that of an exception. 0, or -1 with an exception set. */
static int
core_hit_implied(Core *self, CodeHits *hits, int32_t line)
{
    int32_t low = 0, high = hits->implied_count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (hits->implied[middle].line < line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < hits->implied_count && hits->implied[low].line == line; low++) {
        if (core_hit(self, hits, 1 + (uint32_t)hits->line_count + (uint32_t)hits->implied[low].outcome) < 0) {
            return -1;
        }
    }
    return 0;
}

PyObject *
core_on_line(Core *self, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    CodeHits *hits = hits_of(self, args[0]);
    uint32_t probe = hits == NULL ? 0 : hits_line_probe(hits, PyLong_AsLong(args[1]));
    if (probe == 0) {
        return Py_NewRef(self->disable);
    }
    /* What a line tells was set with it: a flush takes both. */
    if (!hits_has(hits, probe)
        && (core_hit(self, hits, probe) < 0 || core_hit_implied(self, hits, hits->lines[probe - 1]) < 0)) {
        return core_fail(self);
    }
    if (hits->counts != NULL) {
        hits->counts[probe - 1]++;
        return Py_NewRef(Py_None);
    }
    return silence_line(self, hits);
}

PyObject *
core_on_branch(Core *self, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    CodeHits *hits = hits_of(self, args[0]);
    long offset = PyLong_AsLong(args[1]);
    uint32_t probe = hits == NULL ? 0 : hits_jump_probe(hits, offset);
    if (probe == 0) {
        return Py_NewRef(self->disable);
    }
    int32_t jump = hits->jump_at[offset >> 1] - 1;
    uint32_t taken = PyLong_AsLong(args[2]) != hits->after[jump];
    int is_needed = decisions_ask(hits->decisions, jump) ? core_decide(self, hits, jump, taken) : 0;
    if (is_needed < 0 || core_hit(self, hits, probe + taken) < 0) {
        return core_fail(self);
    }
    /* Both directions go silent together on 3.12 and 3.13, so only when the other is known, or a line will tell it. */
    int is_known = hits_has(hits, probe + 1 - taken) || hits_other_is_told(hits, probe, taken);
    return is_known && !is_needed ? silence(self, hits) : Py_NewRef(Py_None);
}

static PyObject *
core_on_side(Core *self, PyObject *const *args, uint32_t taken)
{
    CodeHits *hits = hits_of(self, args[0]);
    long offset = PyLong_AsLong(args[1]);
    uint32_t probe = hits == NULL ? 0 : hits_jump_probe(hits, offset);
    if (probe == 0) {
        return Py_NewRef(self->disable);
    }
    int32_t jump = hits->jump_at[offset >> 1] - 1;
    int is_needed = decisions_ask(hits->decisions, jump) ? core_decide(self, hits, jump, taken) : 0;
    if (is_needed < 0 || core_hit(self, hits, probe + taken) < 0) {
        return core_fail(self);
    }
    return is_needed & (taken ? NEEDED_TAKEN : NEEDED_NOT_TAKEN) ? Py_NewRef(Py_None) : silence(self, hits);
}

PyObject *
core_on_branch_left(Core *self, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    return core_on_side(self, args, 0);
}

PyObject *
core_on_branch_right(Core *self, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    return core_on_side(self, args, 1);
}

/* Notes that an instruction raised. 0, or -1 with an exception set. */
static int
core_raised(Core *self, CodeHits *hits, long offset)
{
    int found = hits_set_raised(hits, offset);
    if (found < 0) {
        PyErr_NoMemory();
        return -1;
    }
    if (!(found & RAISED_NEW)) {
        return 0;
    }
    uint32_t number = hits->base + hits->bit_count + (uint32_t)(offset >> 1);
    if (found & RAISED_FIRST_EVER && self->recorder != NULL
        && tell_recorder(self, "add_raise", Py_BuildValue("(OlI)", hits->code, offset, number)) < 0) {
        return -1;
    }
    return core_touch(self, hits) < 0 ? -1 : core_log(self, number);
}

/* Exceptions can't be switched off at a place; this must be cheap for code that isn't measured. */
PyObject *
core_on_raise(Core *self, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    CodeHits *hits = hits_of(self, args[0]);
    long offset = hits == NULL ? 0 : PyLong_AsLong(args[1]);
    if (hits == NULL || self->has_failed || hits_has_unit(hits, hits->raised, offset)) {
        Py_RETURN_NONE;
    }
    int is_end = hits_has_unit(hits, hits->quiet, offset) && PyErr_GivenExceptionMatches(args[2], PyExc_StopIteration);
    /* What isn't the end of an `async for` is raised again there, which is an event of its own. */
    int comes_again = hits_has_unit(hits, hits->awaiting, offset)
        && !PyErr_GivenExceptionMatches(args[2], PyExc_StopAsyncIteration);
    if (core_hit_implied(self, hits, -1 - (int32_t)offset) < 0
        || (!is_end && !comes_again && core_raised(self, hits, offset) < 0)) {
        Py_DECREF(core_fail(self));
    }
    Py_RETURN_NONE;
}
