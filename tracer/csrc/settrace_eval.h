/* Evaluates frames (PEP 523) with line events only where there is something left to see. */
#ifndef MINICOV_SETTRACE_EVAL_H
#define MINICOV_SETTRACE_EVAL_H

#include "settrace_watcher.h"

/* Evaluates frames through us from now on, if this Python lets us; without it every frame has its line events. */
void eval_hook(Core *core);
void eval_unhook(Core *core);

/* Switches on what was off in every thread, after a flush. */
void eval_wake(Core *core);

/* Ends the evaluation of the frame whose line event this is, so that eval_frame() goes on with it without events.
 * 1, or 0 where that can't be done now. */
int eval_pause(Watcher *watcher, WatchedFrame *watched);

/* The frame evaluation function (_PyFrameEvalFunction). */
PyObject *eval_frame(PyThreadState *thread, struct _PyInterpreterFrame *frame, int is_throw);

/* The entry of the frame that runs in a C frame. Borrowed, NULL where it has none. */
WatchedFrame *eval_running_frame(Watcher *watcher, const _PyCFrame *cframe);

/* Frames are evaluated without us, all with events, until as many calls of the second as of the first. */
void eval_suspend(Core *core);
void eval_resume(Core *core);

#endif
