"""How a program is started so that it is traced: the environment that brings the tracer into any interpreter.

Only the folder `startup` is put on PYTHONPATH. Python's own start-up imports
`sitecustomize` from it; that takes the folder off sys.path again and starts the
tracer, so the program sees the argv, `__main__`, sys.path and exit status that
it would have had. Child processes inherit all of it.
"""

from __future__ import annotations

import os

from minicov_tracer.settings import VARIABLE, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

STARTUP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "startup")
"""The one folder that goes on PYTHONPATH."""
PLUGIN = "minicov_tracer.pytest_plugin"
"""The pytest plugin that switches contexts and tells outcomes; it does nothing in a process that isn't traced."""


def environment(settings: Settings, base: Mapping[str, str]) -> dict[str, str]:
    """A copy of `base` with which any Python program that is started is traced."""
    found = dict(base)
    found[VARIABLE] = settings.to_json()
    found["PYTHONPATH"] = _joined(os.pathsep, STARTUP, found.get("PYTHONPATH", ""))
    found["PYTEST_PLUGINS"] = _joined(",", PLUGIN, found.get("PYTEST_PLUGINS", ""))
    return found


def _joined(separator: str, first: str, rest: str) -> str:
    """`first` before those parts of `rest` that are not it."""
    return separator.join([first, *(part for part in rest.split(separator) if part and part != first)])
