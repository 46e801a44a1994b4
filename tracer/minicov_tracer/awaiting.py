"""Waiting for a module that the program may import, without importing it, or anything slow, before."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class Awaiting:
    """Stands before the other finders until its module is looked for."""

    def __init__(self, name: str, patch: Callable[[ModuleType], None]) -> None:
        self._name = name
        self._patch = patch

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module as it would have been found, to be patched once it is there."""
        if name != self._name:
            return None
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        from importlib.machinery import PathFinder  # not at start, which every process pays

        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                load(module)
                self._patch(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]  # of the one loader of this one module
        return spec


def when_imported(name: str, patch: Callable[[ModuleType], None]) -> None:
    """Call `patch` with the module once the program has imported it; not if it is there already."""
    if name not in sys.modules:
        sys.meta_path.insert(0, Awaiting(name, patch))
