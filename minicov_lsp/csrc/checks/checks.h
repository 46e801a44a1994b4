/* What the parts of the module _checks have in common. */
#ifndef MINICOV_CHECKS_H
#define MINICOV_CHECKS_H

#include <Python.h>

#include "blake2b.h"

/* Headers of Python 3.12 and later count no references where Py_RETURN_TRUE and the like stand, but 3.11, which may load
 * what was built with them, does: so these are not used here. */

#define SIZE 8
#define KEY_SIZE 6

extern PyType_Spec ledger_spec; /* of the class Ledger */

#endif
