"""From labels of contexts to the tests that can be run again."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable

_PHASE = re.compile(r"\|(run|setup|teardown)\Z")
"""What pytest-cov puts behind a node id."""


def node_id(label: str) -> str | None:
    """The pytest node id that a context's label stands for, or None where it isn't a test.

    A static label may come before it (`LABEL|node id`), and a phase behind it in
    data of pytest-cov.
    """
    label = _PHASE.sub("", label)
    head, bar, rest = label.partition("|")
    if bar and "::" not in head:
        label = rest
    return label if "::" in label else None


def ids_of(labels: Iterable[str]) -> tuple[str, ...]:
    """The node ids among labels, sorted, each once."""
    return tuple(sorted({found for label in labels if (found := node_id(label)) is not None}))


def file_of(test: str) -> str:
    """The file of a node id, relative to the workspace folder."""
    return test.partition("::")[0]


def without_parameters(test: str) -> str:
    """The node id of a test function, whichever of its parameters the given one is."""
    return re.sub(r"\[.*\Z", "", test, flags=re.DOTALL)


def is_selected(test: str, selected: Container[str]) -> bool:
    """Whether a test is among the selected ones: itself, its function, one of its classes or its file."""
    bare = without_parameters(test)
    parts = bare.split("::")
    return test in selected or any("::".join(parts[:size]) in selected for size in range(1, len(parts) + 1))


def still_there(tests: Iterable[str], may_hold: Callable[[str, str], bool]) -> tuple[str, ...]:
    """The tests that may still exist.

    `may_hold(file, name)` says whether a file is there and may have that name at
    its top level ("" asks for the file alone). Whether a method, a parameter or
    what is no Python name, as a doctest's, is still there only pytest can tell.
    """
    kept = []
    for test in tests:
        path, _, rest = test.partition("::")
        name = re.split(r"::|\[", rest, maxsplit=1)[0]
        if may_hold(path, name if name.isidentifier() else ""):
            kept.append(test)
    return tuple(kept)


def after_not_found(tests: Iterable[str], missing: Container[str]) -> tuple[str, ...]:
    """What to run once pytest said which ids it doesn't know.

    One with parameters becomes its function, which may have others now (pytest
    may name just the function when it means that); other ids are left out.
    """
    kept: dict[str, None] = {}
    for test in tests:
        bare = without_parameters(test)
        if test not in missing and bare not in missing:
            kept[test] = None
        elif test != bare:
            kept[bare] = None
    return tuple(kept)
