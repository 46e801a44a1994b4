"""The settings of an editor or a project, section `minicov`: what they are, and how they are read."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

Severity = Literal["error", "warning", "information", "hint"]

SEVERITIES: Mapping[str, Severity] = {
    "test-failed": "error",
    "regressed": "warning",
    "uncovered-branch": "information",
    "uncovered-condition": "information",
    "uncovered-region": "information",
    "never-run": "hint",
}
"""{diagnostic's code: how severe it is unless the user says otherwise}."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set; the names in an editor are in camel case."""

    python: str = ""
    """The interpreter for runs; "" looks for one."""
    test_args: tuple[str, ...] = ()
    """Options for pytest."""
    when_busy: Literal["queue", "replace"] = "queue"
    """What becomes of a run that is asked for while another goes on: it waits, or takes its place."""
    conditions: bool = True
    """Whether conditions are measured and shown."""
    diagnostics: Mapping[str, Severity] = field(default_factory=lambda: SEVERITIES)
    """{code: severity} of what is reported; other codes are not."""
    inlay_hints: bool = False
    code_lens: bool = True
    data_file: str = ""
    """Where the data is, from the workspace folder; "" is as configured."""
    path_mappings: Mapping[str, str] = field(default_factory=dict)
    """{folder where it ran: folder here}."""
    watch: Literal["auto", "events", "poll"] = "auto"
    """How changes of the data file are noticed."""
    debounce: int = 100
    """Milliseconds of quiet after which a change of the data file is looked at."""


def read_settings(layers: Iterable[object], warn: Callable[[str], None]) -> Settings:
    """The settings that layers say, later ones over earlier ones.

    A value of the wrong kind is told to `warn` and passed over; so is a name
    that we don't know, silently: editors put settings of their own there.
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        if isinstance(layer, Mapping):
            for name, (attribute, read) in _READERS.items():
                if layer.get(name) is not None:
                    try:
                        merged[attribute] = read(layer[name])
                    except ValueError as error:
                        warn(f"the setting minicov.{name} is left out: {error}")
    return Settings(**merged)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text")  # noqa: TRY004  # one exception for all that is wrong with a value
    return value.strip()


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")  # noqa: TRY004
    return value


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(shlex.split(value))
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return tuple(value)
    raise ValueError(f"{value!r} is not a list of texts")


def _milliseconds(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 60_000:
        raise ValueError(f"{value!r} is not a number of milliseconds up to 60000")
    return value


def _watch(value: object) -> str:
    if value not in ("auto", "events", "poll"):
        raise ValueError(f"{value!r} is none of auto, events, poll")
    return value


def _when_busy(value: object) -> str:
    if value not in ("queue", "replace"):
        raise ValueError(f"{value!r} is none of queue, replace")
    return value


def _mappings(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(part, str) for pair in value.items() for part in pair):
        raise ValueError(f"{value!r} does not map folders to folders")
    return dict(value)


def _diagnostics(value: object) -> dict[str, Severity]:
    """All or nothing, a list of codes, or {code: severity or false}."""
    if isinstance(value, bool):
        return dict(SEVERITIES) if value else {}
    if isinstance(value, list):
        wanted: dict[str, object] = {**dict.fromkeys(SEVERITIES, False), **dict.fromkeys(map(_text, value), True)}
    elif isinstance(value, Mapping):
        wanted = dict(value)
    else:
        raise ValueError(f"{value!r} is neither true, false, a list of codes nor a table of severities")  # noqa: TRY004
    found = dict(SEVERITIES)
    for code, severity in wanted.items():
        if code not in SEVERITIES:
            raise ValueError(f"there is no code {code!r}; choose from {', '.join(SEVERITIES)}")
        if severity in (False, "off", "none"):
            del found[code]
        elif severity in get_args(Severity):
            found[code] = cast("Severity", severity)
        elif severity is not True:
            raise ValueError(f"{severity!r} is no severity; choose from error, warning, information, hint, off")
    return found


_READERS: Mapping[str, tuple[str, Callable[[object], object]]] = {
    "python": ("python", _text),
    "testArgs": ("test_args", _words),
    "whenBusy": ("when_busy", _when_busy),
    "conditions": ("conditions", _flag),
    "diagnostics": ("diagnostics", _diagnostics),
    "inlayHints": ("inlay_hints", _flag),
    "codeLens": ("code_lens", _flag),
    "dataFile": ("data_file", _text),
    "pathMappings": ("path_mappings", _mappings),
    "watch": ("watch", _watch),
    "debounce": ("debounce", _milliseconds),
}
