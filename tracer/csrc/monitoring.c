/* The core on sys.monitoring (PEP 669), for Python 3.12 and later; its specification is python_monitoring.py.
 *
 * A callback finds the code object's structure, sets one bit and switches the event off at its place as soon
 * as it can teach nothing more. A flush takes the bits and switches all events on again. */

#include "describe.h"
#include "hit_log.h"
#include "hits.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    PyTypeObject *core_type;   /* Owned */
    uint16_t kinds[256];       /* Flags of each opcode: opcodes.KINDS. */
} ModuleState;

typedef struct {
    PyObject_HEAD
    PyObject *in_scope;        /* Owned: asked once per file name. */
    PyObject *measured;        /* Owned: {file name: bool}. */
    PyObject *make_hits;       /* Owned: minicov_tracer.cores.Hits. */
    PyObject *disable;         /* Owned: sys.monitoring.DISABLE. */
    PyObject *monitoring;      /* Owned: the sys.monitoring module. */
    PyObject *filename_name;   /* Owned: "co_filename". */
    HitsTable table;
    CodeHits **touched;        /* Owned array of Borrowed structures (the table's). */
    size_t touched_count, touched_room;
    HitLog log;
    PyObject *recorder;        /* Owned: told of code objects, raises and a full log; NULL without a log. */
    uint32_t next_base;        /* The hit log's number for the next code object's probes. */
    int is_emptying;           /* The recorder is making room in the log. */
    long tool;                 /* Our tool id, -1 when not started. */
    long local_events;
    int has_sides;             /* BRANCH_LEFT and BRANCH_RIGHT go silent apart: 3.14 and later. */
    int has_failed;
    uint16_t kinds[256];       /* Flags of each opcode: opcodes.KINDS. */
} Core;

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

/* Python code that a callback calls must run even where the program is at the end of its recursion: it gets room of its
 * own. The limit that must be set again afterwards. */
static int
give_room(void)
{
    int limit = Py_GetRecursionLimit();
    Py_SetRecursionLimit(limit + 1000);
    return limit;
}

/* Calls a method of the recorder that gives None; takes the arguments' tuple over. 0, or -1 with an exception set. */
static int
tell_recorder(PyObject *recorder, const char *method, PyObject *arguments)
{
    int limit = give_room();
    PyObject *function = arguments == NULL ? NULL : PyObject_GetAttrString(recorder, method);
    PyObject *done = function == NULL ? NULL : PyObject_Call(function, arguments, NULL);
    Py_SetRecursionLimit(limit);
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

/* Appends to the hit log; a full one is written out and begun anew. 0, or -1 with an exception set. */
static int
core_log(Core *self, uint32_t entry)
{
    if (!self->log.is_open || hit_log_add(&self->log, entry) || self->is_emptying) {
        return 0;
    }
    self->is_emptying = 1;
    int failed = tell_recorder(self->recorder, "make_room", PyTuple_New(0)) < 0;
    self->is_emptying = 0;
    if (failed) {
        return -1;
    }
    if (self->log.is_open) {
        hit_log_add(&self->log, entry);
    }
    return 0;
}

/* Sets a probe, and logs it if it was not set. 0, or -1 with an exception set. */
static int
core_hit(Core *self, CodeHits *hits, uint32_t probe)
{
    if (hits_has(hits, probe)) {
        return 0;
    }
    hits_set(hits, probe);
    return core_touch(self, hits) < 0 ? -1 : core_log(self, hits->base + probe);
}

/* Whether a code object is measured: 1 or 0, -1 with an exception set. */
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
        answer = known == Py_True;
    } else if (!PyErr_Occurred()) {
        int limit = give_room();
        PyObject *told = PyObject_CallFunctionObjArgs(self->in_scope, code, NULL);
        Py_SetRecursionLimit(limit);
        if (told != NULL) {
            answer = PyObject_IsTrue(told);
            Py_DECREF(told);
        }
        if (answer >= 0 && PyDict_SetItem(self->measured, filename, answer ? Py_True : Py_False) < 0) {
            answer = -1;
        }
    }
    Py_DECREF(filename);
    return answer;
}

/* Tells the recorder which numbers are a code object's. 0, or -1 with an exception set. */
static int
core_tell(Core *self, const CodeHits *hits)
{
    return tell_recorder(self->recorder, "add_code", Py_BuildValue("(OII)", hits->code, hits->base, hits->bit_count));
}

/* Begins to watch a code object. Borrowed structure, NULL with an exception set. */
static CodeHits *
core_watch(Core *self, PyObject *code)
{
    CodeHits *hits = hits_new(code, self->kinds, !self->has_sides);
    if (hits == NULL) {
        return NULL;
    }
    hits->base = self->next_base;
    if (table_add(&self->table, hits) < 0) {
        hits_free(hits);
        return NULL;
    }
    self->next_base = (hits->base + hits->bit_count + (uint32_t)hits->unit_count) & INT32_MAX;
    if (self->recorder != NULL && core_tell(self, hits) < 0) {
        return NULL;
    }
    PyObject *done = PyObject_CallMethod(self->monitoring, "set_local_events", "lOl", self->tool, code, self->local_events);
    if (done == NULL) {
        return NULL;
    }
    Py_DECREF(done);
    return hits;
}

static PyObject *
core_on_start(Core *self, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
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
        if (hits == NULL && (hits = core_watch(self, code)) == NULL) {
            return core_fail(self);
        }
    }
    if (core_hit(self, hits, 0) < 0) {
        return core_fail(self);
    }
    return Py_NewRef(self->disable);
}

/* Sets the outcomes of jumps that a line event tells. 0, or -1 with an exception set. */
static int
core_hit_implied(Core *self, CodeHits *hits, uint32_t line_probe)
{
    int32_t line = hits->lines[line_probe - 1], low = 0, high = hits->implied_count;
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

static PyObject *
core_on_line(Core *self, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    CodeHits *hits = table_find(&self->table, args[0]);
    if (hits != NULL) {
        uint32_t probe = hits_line_probe(hits, PyLong_AsLong(args[1]));
        if (probe != 0 && (core_hit(self, hits, probe) < 0 || core_hit_implied(self, hits, probe) < 0)) {
            return core_fail(self);
        }
    }
    return Py_NewRef(self->disable);
}

static PyObject *
core_on_branch(Core *self, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    CodeHits *hits = table_find(&self->table, args[0]);
    long offset = PyLong_AsLong(args[1]);
    uint32_t probe = hits == NULL ? 0 : hits_jump_probe(hits, offset);
    if (probe == 0) {
        return Py_NewRef(self->disable);
    }
    uint32_t taken = PyLong_AsLong(args[2]) != hits->after[hits->jump_at[offset >> 1] - 1];
    if (core_hit(self, hits, probe + taken) < 0) {
        return core_fail(self);
    }
    /* Both directions go silent together on 3.12 and 3.13, so only when the other is known, or a line will tell it. */
    int is_known = hits_has(hits, probe + 1 - taken) || hits_other_is_told(hits, probe, taken);
    return Py_NewRef(is_known ? self->disable : Py_None);
}

static PyObject *
core_on_side(Core *self, PyObject *const *args, uint32_t taken)
{
    CodeHits *hits = table_find(&self->table, args[0]);
    uint32_t probe = hits == NULL ? 0 : hits_jump_probe(hits, PyLong_AsLong(args[1]));
    if (probe != 0 && core_hit(self, hits, probe + taken) < 0) {
        return core_fail(self);
    }
    return Py_NewRef(self->disable);
}

static PyObject *
core_on_branch_left(Core *self, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    return core_on_side(self, args, 0);
}

static PyObject *
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
        && tell_recorder(self->recorder, "add_raise", Py_BuildValue("(OlI)", hits->code, offset, number)) < 0) {
        return -1;
    }
    return core_touch(self, hits) < 0 ? -1 : core_log(self, number);
}

/* Exceptions can't be switched off at a place; this must be cheap for code that isn't measured. */
static PyObject *
core_on_raise(Core *self, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    CodeHits *hits = table_find(&self->table, args[0]);
    if (hits != NULL && !self->has_failed
        && !(hits_is_quiet(hits, PyLong_AsLong(args[1])) && PyErr_GivenExceptionMatches(args[2], PyExc_StopIteration))) {
        if (core_raised(self, hits, PyLong_AsLong(args[1])) < 0) {
            Py_DECREF(core_fail(self));
        }
    }
    Py_RETURN_NONE;
}

typedef struct {
    const char *event, *method;
    int is_global;
} Callback;

static const Callback CALLBACKS[] = {
    {"PY_START", "_on_start", 1},
    {"RAISE", "_on_raise", 1},
    {"RERAISE", "_on_raise", 1},
    {"PY_THROW", "_on_raise", 1},
    {"LINE", "_on_line", 0},
    {"BRANCH_LEFT", "_on_branch_left", 0},
    {"BRANCH_RIGHT", "_on_branch_right", 0},
    {"BRANCH", "_on_branch", 0}, /* Where there is no LEFT and RIGHT: before 3.14. */
};
enum { CALLBACK_COUNT = sizeof(CALLBACKS) / sizeof(CALLBACKS[0]), FIRST_SIDE = 5 };

/* Registers (or with on = 0 takes back) the callback of one event; its bit is added to *mask. 0, -1 on error. */
static int
core_register(Core *self, PyObject *events, const Callback *callback, int on, long *mask)
{
    PyObject *event = PyObject_GetAttrString(events, callback->event);
    if (event == NULL) {
        return -1;
    }
    PyObject *method = on ? PyObject_GetAttrString((PyObject *)self, callback->method) : Py_NewRef(Py_None);
    PyObject *done = method == NULL ? NULL
        : PyObject_CallMethod(self->monitoring, "register_callback", "lOO", self->tool, event, method);
    *mask |= PyLong_AsLong(event);
    Py_DECREF(event);
    Py_XDECREF(method);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Registers all callbacks and switches the global events on, or takes them back. 0, -1 with an exception set. */
static int
core_switch(Core *self, int on)
{
    long global_events = 0, local_events = 0;
    PyObject *events = PyObject_GetAttrString(self->monitoring, "events");
    if (events == NULL) {
        return -1;
    }
    int has_sides = self->has_sides = PyObject_HasAttrString(events, "BRANCH_LEFT"), failed = 0;
    for (int i = 0; i < CALLBACK_COUNT && !failed; i++) {
        if ((i == FIRST_SIDE || i == FIRST_SIDE + 1) != has_sides && i >= FIRST_SIDE) {
            continue;
        }
        failed = core_register(self, events, &CALLBACKS[i], on, CALLBACKS[i].is_global ? &global_events : &local_events) < 0;
    }
    Py_DECREF(events);
    if (failed) {
        return -1;
    }
    self->local_events = local_events;
    PyObject *done = PyObject_CallMethod(self->monitoring, "set_events", "ll", self->tool, on ? global_events : 0L);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static PyObject *
core_start(Core *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *module = PyImport_ImportModule("minicov_tracer.cores");
    PyObject *tool = module == NULL ? NULL : PyObject_CallMethod(module, "free_tool_id", NULL);
    Py_XDECREF(module);
    if (tool == NULL) {
        return NULL;
    }
    self->tool = PyLong_AsLong(tool);
    Py_DECREF(tool);
    PyObject *done = PyObject_CallMethod(self->monitoring, "use_tool_id", "ls", self->tool, "minicov");
    if (done == NULL) {
        self->tool = -1;
        return NULL;
    }
    Py_DECREF(done);
    if (core_switch(self, 1) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
core_stop(Core *self, PyObject *Py_UNUSED(ignored))
{
    if (self->tool < 0) {
        Py_RETURN_NONE;
    }
    for (size_t slot = 0; slot < self->table.size; slot++) {
        CodeHits *hits = self->table.slots[slot];
        if (hits != NULL) {
            PyObject *done = PyObject_CallMethod(self->monitoring, "set_local_events", "lOl", self->tool, hits->code, 0L);
            if (done == NULL) {
                return NULL;
            }
            Py_DECREF(done);
        }
    }
    if (core_switch(self, 0) < 0) {
        return NULL;
    }
    PyObject *done = PyObject_CallMethod(self->monitoring, "free_tool_id", "l", self->tool);
    self->tool = -1;
    if (done == NULL) {
        return NULL;
    }
    Py_DECREF(done);
    Py_RETURN_NONE;
}

/* New Hits of one structure, which is cleared; NULL with an exception set. */
static PyObject *
core_take(Core *self, CodeHits *hits)
{
    PyObject *bits = hits_take_bits(hits), *raised = hits_take_raised(hits), *arcs = PyTuple_New(0), *taken = NULL;
    if (bits != NULL && raised != NULL && arcs != NULL) {
        taken = PyObject_CallFunctionObjArgs(self->make_hits, hits->code, bits, raised, arcs, NULL);
    }
    Py_XDECREF(bits);
    Py_XDECREF(raised);
    Py_XDECREF(arcs);
    return taken;
}

static PyObject *
core_flush(Core *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *told = PyList_New(0);
    if (told == NULL) {
        return NULL;
    }
    while (self->touched_count > 0) {
        CodeHits *hits = self->touched[--self->touched_count];
        hits->is_touched = 0;
        PyObject *taken = core_take(self, hits);
        if (taken == NULL || PyList_Append(told, taken) < 0) {
            Py_XDECREF(taken);
            Py_DECREF(told);
            return NULL;
        }
        Py_DECREF(taken);
    }
    if (self->tool >= 0) {
        PyObject *done = PyObject_CallMethod(self->monitoring, "restart_events", NULL);
        if (done == NULL) {
            Py_DECREF(told);
            return NULL;
        }
        Py_DECREF(done);
    }
    return told;
}

/* record(buffer, recorder): log to a buffer from now on, and tell the recorder of what was met before. */
static PyObject *
core_record(Core *self, PyObject *args)
{
    PyObject *buffer, *recorder;
    if (!PyArg_ParseTuple(args, "OO:record", &buffer, &recorder)) {
        return NULL;
    }
    Py_CLEAR(self->recorder);
    hit_log_close(&self->log);
    if (buffer == Py_None) {
        Py_RETURN_NONE;
    }
    if (hit_log_open(&self->log, buffer) < 0) {
        return NULL;
    }
    self->recorder = Py_NewRef(recorder);
    for (size_t slot = 0; slot < self->table.size; slot++) {
        CodeHits *hits = self->table.slots[slot];
        if (hits != NULL) {
            free(hits->ever_raised); /* This recorder has heard of none. */
            hits->ever_raised = NULL;
            if (core_tell(self, hits) < 0) {
                return NULL;
            }
        }
    }
    Py_RETURN_NONE;
}

static PyObject *
core_log_context(Core *self, PyObject *number)
{
    unsigned long context = PyLong_AsUnsignedLong(number);
    if (PyErr_Occurred() || core_log(self, UINT32_C(0x80000000) | (uint32_t)context) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* Copies minicov_tracer.opcodes.KINDS. 0, -1 with an exception set. */
static int
read_kinds(uint16_t *kinds)
{
    char *data;
    Py_ssize_t length;
    PyObject *module = PyImport_ImportModule("minicov_tracer.opcodes");
    PyObject *bytes = module == NULL ? NULL : PyObject_GetAttrString(module, "KINDS");
    Py_XDECREF(module);
    if (bytes == NULL || PyBytes_AsStringAndSize(bytes, &data, &length) < 0) {
        Py_XDECREF(bytes);
        return -1;
    }
    memcpy(kinds, data, (size_t)length < 512 ? (size_t)length : 512);
    Py_DECREF(bytes);
    return 0;
}

static int
core_init(Core *self, PyObject *args, PyObject *Py_UNUSED(keywords))
{
    PyObject *in_scope;
    if (!PyArg_ParseTuple(args, "O:Core", &in_scope)) {
        return -1;
    }
    if (self->in_scope != NULL) {
        PyErr_SetString(PyExc_TypeError, "a core is made once");
        return -1;
    }
    PyObject *cores = PyImport_ImportModule("minicov_tracer.cores");
    if (cores == NULL) {
        return -1;
    }
    self->tool = -1;
    self->in_scope = Py_NewRef(in_scope);
    self->make_hits = PyObject_GetAttrString(cores, "Hits");
    Py_DECREF(cores);
    self->measured = PyDict_New();
    self->filename_name = PyUnicode_InternFromString("co_filename");
    PyObject *monitoring = PySys_GetObject("monitoring"); /* Borrowed */
    self->monitoring = Py_XNewRef(monitoring);
    if (self->make_hits == NULL || self->measured == NULL || self->filename_name == NULL || monitoring == NULL) {
        return -1;
    }
    self->disable = PyObject_GetAttrString(monitoring, "DISABLE");
    return self->disable == NULL ? -1 : read_kinds(self->kinds);
}

static int
core_traverse(Core *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE((PyObject *)self));
    Py_VISIT(self->in_scope);
    Py_VISIT(self->measured);
    Py_VISIT(self->make_hits);
    Py_VISIT(self->monitoring);
    Py_VISIT(self->recorder);
    return 0; /* Code objects are no containers for the collector. */
}

static int
core_clear(Core *self)
{
    Py_CLEAR(self->in_scope);
    Py_CLEAR(self->measured);
    Py_CLEAR(self->make_hits);
    Py_CLEAR(self->monitoring);
    Py_CLEAR(self->recorder);
    hit_log_close(&self->log);
    return 0;
}

static void
core_dealloc(Core *self)
{
    PyTypeObject *type = Py_TYPE((PyObject *)self);
    PyObject_GC_UnTrack(self);
    core_clear(self);
    Py_CLEAR(self->disable);
    Py_CLEAR(self->filename_name);
    free(self->touched);
    table_clear(&self->table);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyObject *
core_name(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    return PyUnicode_FromString("monitoring");
}

static PyObject *
core_sees_jumps(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    Py_RETURN_TRUE;
}

#define CALLBACK(name, function) {name, (PyCFunction)(void (*)(void))(function), METH_FASTCALL, NULL}
static PyMethodDef core_methods[] = {
    {"start", (PyCFunction)core_start, METH_NOARGS, PyDoc_STR("Watch all threads, those to come included; called once.")},
    {"stop", (PyCFunction)core_stop, METH_NOARGS, PyDoc_STR("Watch no more; what is gathered stays until it is flushed.")},
    {"flush", (PyCFunction)core_flush, METH_NOARGS, PyDoc_STR("What happened since the last flush, and a fresh start.")},
    {"record", (PyCFunction)core_record, METH_VARARGS, PyDoc_STR("Log each hit to a buffer from now on; None ends it.")},
    {"log_context", (PyCFunction)core_log_context, METH_O, PyDoc_STR("Log that the context of this number begins.")},
    CALLBACK("_on_start", core_on_start),
    CALLBACK("_on_line", core_on_line),
    CALLBACK("_on_branch", core_on_branch),
    CALLBACK("_on_branch_left", core_on_branch_left),
    CALLBACK("_on_branch_right", core_on_branch_right),
    CALLBACK("_on_raise", core_on_raise),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef core_attributes[] = {
    {"name", core_name, NULL, PyDoc_STR("What --core calls it."), NULL},
    {"sees_jumps", core_sees_jumps, NULL, PyDoc_STR("Whether jumps are probes of their own."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot core_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("Watches with sys.monitoring.")},
    {Py_tp_init, core_init},
    {Py_tp_traverse, core_traverse},
    {Py_tp_clear, core_clear},
    {Py_tp_dealloc, core_dealloc},
    {Py_tp_methods, core_methods},
    {Py_tp_getset, core_attributes},
    {0, NULL},
};

static PyType_Spec core_spec = {
    .name = "minicov_tracer._monitoring.Core",
    .basicsize = sizeof(Core),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = core_slots,
};

static PyObject *
module_describe(PyObject *module, PyObject *code)
{
    ModuleState *state = PyModule_GetState(module);
    return describe_code(code, state->kinds);
}

static PyObject *
module_raised_at(PyObject *module, PyObject *args)
{
    ModuleState *state = PyModule_GetState(module);
    PyObject *code;
    long offset;
    return PyArg_ParseTuple(args, "Ol:raised_at", &code, &offset) ? describe_raise(code, state->kinds, offset) : NULL;
}

static PyObject *
module_implied_outcomes(PyObject *module, PyObject *code)
{
    ModuleState *state = PyModule_GetState(module);
    Implied *found;
    int32_t count = implied_outcomes(code, state->kinds, &found);
    PyObject *told = count < 0 ? NULL : PyList_New(count);
    for (int32_t i = 0; told != NULL && i < count; i++) {
        PyObject *pair = Py_BuildValue("(ii)", (int)found[i].line, (int)found[i].outcome);
        if (pair == NULL || PyList_SetItem(told, i, pair) < 0) { /* Steals pair. */
            Py_CLEAR(told);
        }
    }
    free(found);
    return told;
}

static PyMethodDef module_functions[] = {
    {"implied_outcomes", module_implied_outcomes, METH_O, PyDoc_STR("Which outcomes of jumps a line event tells.")},
    {"describe", module_describe, METH_O, PyDoc_STR("A code object's probe table as JSON.")},
    {"raised_at", module_raised_at, METH_VARARGS, PyDoc_STR("The arc that an exception at an offset makes, or None.")},
    {NULL, NULL, 0, NULL},
};

static int
module_exec(PyObject *module)
{
    ModuleState *state = PyModule_GetState(module);
    if (read_kinds(state->kinds) < 0) {
        return -1;
    }
    state->core_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &core_spec, NULL);
    return state->core_type == NULL ? -1 : PyModule_AddType(module, state->core_type);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    ModuleState *state = PyModule_GetState(module);
    Py_VISIT(state->core_type);
    return 0;
}

static int
module_clear(PyObject *module)
{
    ModuleState *state = PyModule_GetState(module);
    Py_CLEAR(state->core_type);
    return 0;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {0, NULL},
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "minicov_tracer._monitoring",
    .m_doc = PyDoc_STR("The core on sys.monitoring, in C."),
    .m_size = sizeof(ModuleState),
    .m_methods = module_functions,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
};

PyMODINIT_FUNC
PyInit__monitoring(void)
{
    return PyModuleDef_Init(&module_def);
}
