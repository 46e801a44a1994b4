"""Loads lsprotocol's 554 classes with one comparison and one representation for all of them.

attrs generates and compiles both for each class, and makes each class a second time to give it slots: half of the time
that importing them takes, which is the largest part of the server's start. And it copies the module's names for each.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

import attrs


def is_equal(one: Any, other: object) -> Any:
    """Whether two objects are of the same class and have equal fields, as attrs compares them."""
    names = _names(type(one))
    if type(other) is not type(one):
        return NotImplemented
    return all(getattr(one, name) == getattr(other, name) for name in names)


def described(one: Any) -> str:
    """The object as attrs describes it."""
    fields = (f"{name}={getattr(one, name)!r}" for name in _names(type(one)))
    return f"{type(one).__name__}({', '.join(fields)})"


def _names(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(cls))


def _lean(define: Callable[..., Any]) -> Callable[[Any], Any]:
    """`attrs.define` as lsprotocol calls it: without options."""

    def decorate(cls: Any) -> Any:
        own = vars(cls)
        if "__eq__" not in own:
            cls.__eq__ = is_equal
            cls.__hash__ = None  # objects can be changed
        if "__repr__" not in own:
            cls.__repr__ = described
        made = define(cls, slots=False, repr=False, eq=False, order=False, match_args=False)
        _keep_what_is_used(made.__init__)
        return made

    return decorate


def _keep_what_is_used(init: FunctionType) -> None:
    """Of a generated function's globals: attrs has copied all of the module's, for each class, 5 MB in the end."""
    known = init.__globals__
    if known is not vars(sys.modules[init.__module__]):
        kept = {name: known[name] for name in (*init.__code__.co_names, "__builtins__") if name in known}
        known.clear()
        known.update(kept)


def load() -> None:
    """Import `lsprotocol.types`, which all others find then; nothing happens if someone was earlier."""
    if "lsprotocol.types" in sys.modules:
        return
    define = attrs.define
    attrs.define = _lean(define)  # type: ignore[assignment]  # for the time of the import
    try:
        importlib.import_module("lsprotocol.types")
    finally:
        attrs.define = define
