/* Our ids as a tool of sys.monitoring, the events that each has, and how they are switched on and off.
 *
 * There are two, so that a flush need not restart all events: after a restart the interpreter goes through every code
 * object that runs, those that aren't measured too, and each PY_START fires again. Taking the local events of a code
 * object away and giving them back does the same for it alone, but not for an event that the same tool has globally. So
 * the finder has PY_START globally, to find code objects, and what can only be global; the other has what is local. */

#include "core.h"

typedef struct {
    const char *event, *method;
    int is_global;
} Callback;

static const Callback CALLBACKS[] = {
    {"PY_START", "_on_find", 1},
    {"RAISE", "_on_raise", 1},
    {"RERAISE", "_on_raise", 1},
    {"PY_THROW", "_on_raise", 1},
    {"PY_START", "_on_start", 0}, /* Not where there is just one tool. */
    {"LINE", "_on_line", 0},
    {"BRANCH_LEFT", "_on_branch_left", 0},
    {"BRANCH_RIGHT", "_on_branch_right", 0},
    {"BRANCH", "_on_branch", 0}, /* Where there is no LEFT and RIGHT: before 3.14. */
};
enum { CALLBACK_COUNT = sizeof(CALLBACKS) / sizeof(CALLBACKS[0]), LOCAL_START = 4, LINE = 5, FIRST_SIDE = 6 };

/* Takes a tool id that nobody has: the id, -1 with an exception set. */
static long
take_id(Core *self)
{
    PyObject *module = PyImport_ImportModule("minicov_tracer.cores");
    PyObject *id = module == NULL ? NULL : PyObject_CallMethod(module, "free_tool_id", NULL);
    PyObject *done = id == NULL ? NULL : PyObject_CallMethod(self->monitoring, "use_tool_id", "Os", id, "minicov");
    long tool = done == NULL ? -1 : PyLong_AsLong(id);
    Py_XDECREF(module);
    Py_XDECREF(id);
    Py_XDECREF(done);
    return tool;
}

/* Registers a tool's callback for one event, or with on = 0 takes it back. 0, -1 with an exception set. */
static int
set_callback(Core *self, long tool, PyObject *event, const char *method, int on)
{
    PyObject *function = on ? PyObject_GetAttrString((PyObject *)self, method) : Py_NewRef(Py_None);
    PyObject *done = function == NULL ? NULL
        : PyObject_CallMethod(self->monitoring, "register_callback", "lOO", tool, event, function);
    Py_XDECREF(function);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Registers all callbacks and switches the global events on, or takes them back. 0, -1 with an exception set. */
static int
switch_events(Core *self, int on)
{
    long global_events = 0, local_events = 0;
    PyObject *events = PyObject_GetAttrString(self->monitoring, "events");
    if (events == NULL) {
        return -1;
    }
    int has_sides = self->has_sides = PyObject_HasAttrString(events, "BRANCH_LEFT"), failed = 0;
    for (int i = 0; i < CALLBACK_COUNT && !failed; i++) {
        const Callback *callback = &CALLBACKS[i];
        if ((i >= FIRST_SIDE && (i < FIRST_SIDE + 2) != has_sides) || (i == LOCAL_START && self->tool == self->finder)) {
            continue;
        }
        PyObject *event = PyObject_GetAttrString(events, callback->event);
        long bit = event == NULL ? 0 : PyLong_AsLong(event);
        *(callback->is_global ? &global_events : &local_events) |= bit;
        self->line_event = i == LINE ? bit : self->line_event;
        failed = event == NULL
            || set_callback(self, callback->is_global ? self->finder : self->tool, event, callback->method, on) < 0;
        Py_XDECREF(event);
    }
    Py_DECREF(events);
    self->local_events = local_events;
    PyObject *done = failed ? NULL
        : PyObject_CallMethod(self->monitoring, "set_events", "ll", self->finder, on ? global_events : 0L);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static int
restart(Core *self)
{
    PyObject *done = PyObject_CallMethod(self->monitoring, "restart_events", NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

int
tools_take(Core *self)
{
    self->tool = take_id(self);
    if (self->tool < 0) {
        return -1;
    }
    self->finder = take_id(self);
    if (self->finder < 0) {
        PyErr_Clear();
        self->finder = self->tool;
    }
    /* What whoever had these ids before switched off would stay so. */
    return switch_events(self, 1) < 0 ? -1 : restart(self);
}

static int
set_local(Core *self, PyObject *code, long events)
{
    PyObject *tool = PyLong_FromLong(self->tool), *mask = PyLong_FromLong(events);
    PyObject *arguments[] = {tool, code, mask};
    PyObject *done = tool == NULL || mask == NULL ? NULL : PyObject_Vectorcall(self->set_local, arguments, 3, NULL);
    Py_XDECREF(tool);
    Py_XDECREF(mask);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

int
tools_give_back(Core *self)
{
    if (switch_events(self, 0) < 0) {
        return -1;
    }
    for (size_t slot = 0; slot < self->table.size; slot++) {
        CodeHits *hits = self->table.slots[slot];
        if (hits != NULL && set_local(self, hits->code, 0) < 0) {
            return -1;
        }
    }
    long ids[] = {self->tool, self->finder};
    self->tool = self->finder = -1;
    for (int i = 0; i < 1 + (ids[0] != ids[1]); i++) {
        PyObject *done = PyObject_CallMethod(self->monitoring, "free_tool_id", "l", ids[i]);
        if (done == NULL) {
            return -1;
        }
        Py_DECREF(done);
    }
    return 0;
}

int
tools_watch(Core *self, PyObject *code)
{
    return set_local(self, code, self->local_events);
}

int
tools_drop_lines(Core *self, PyObject *code)
{
    return set_local(self, code, self->local_events & ~self->line_event);
}

int
tools_rearm(Core *self, CodeHits *hits)
{
    if (self->tool < 0 || self->finder == self->tool) {
        return 0;
    }
    int is_silenced = hits->is_silenced;
    hits_be_patient(hits);
    if (!is_silenced) {
        return 0;
    }
    return set_local(self, hits->code, 0) < 0 ? -1 : set_local(self, hits->code, self->local_events);
}

int
tools_restart(Core *self)
{
    return self->tool >= 0 && self->finder == self->tool ? restart(self) : 0;
}
