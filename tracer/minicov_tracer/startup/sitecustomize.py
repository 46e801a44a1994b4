"""Starts the tracer in every Python process whose environment asks for it; all that is put on PYTHONPATH."""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_OLDEST = (3, 11)


def _start_tracer() -> None:
    """Import the tracer from where this file lies, without leaving a trace on sys.path."""
    beside = os.path.dirname(os.path.dirname(_HERE))
    sys.path.insert(0, beside)
    try:
        # Also where nothing is measured: PYTEST_PLUGINS may name a module of this package.
        import minicov_tracer
    finally:
        sys.path.remove(beside)
    if "MINICOV_SETTINGS" in os.environ and minicov_tracer.__name__ + ".session" not in sys.modules:
        from minicov_tracer.session import start_from_environment

        start_from_environment()


def _leave() -> None:
    """Say that this Python can't be measured, and have its program run as without us."""
    version = ".".join(map(str, sys.version_info[:2]))
    sys.stderr.write(f"minicov: not measuring this process: Python {version} is too old\n")
    plugins = os.environ.pop("PYTEST_PLUGINS", "").split(",")
    others = [name for name in plugins if name and not name.startswith("minicov_tracer.")]
    if others:
        os.environ["PYTEST_PLUGINS"] = ",".join(others)


def _chain() -> None:
    """Run the sitecustomize that this one hides, if there is one."""
    ours = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # type: ignore[import-not-found]  # noqa: F401  # the user's, if any
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
    finally:
        if ours is not None:
            sys.modules.setdefault("sitecustomize", ours)


# site adds PYTHONPATH as it is written; compare as files, for symbolic links' sake.
sys.path[:] = [entry for entry in sys.path if not (entry and os.path.abspath(entry) == _HERE)]
try:
    _chain()  # first: what a system's own sitecustomize does (Debian has one) is not the program's doing
finally:
    try:
        if sys.version_info >= _OLDEST:
            _start_tracer()
        else:
            _leave()
    except Exception as error:  # the program comes first, whatever happened to us
        sys.stderr.write(f"minicov: not measuring this process: {type(error).__name__}: {error}\n")
