"""One configured value as it stands in its file, and how it is understood.

The two kinds of file say the same in different ways: in an INI file everything
is text, a list is split at commas and line ends; in TOML values have types.
"""

# Named tuples that each command loads are made without `from __future__ import annotations`: typing compiles
# annotations that are texts, and the first compile() of a process makes all classes of syntax trees, 1.3 ms.

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from minicov_lsp.config.variables import substitute
from minicov_lsp.errors import ConfigError

_INI_BOOLEANS = {
    "1": True,
    "yes": True,
    "true": True,
    "on": True,
    "0": False,
    "no": False,
    "false": False,
    "off": False,
}
_TOML_BOOLEANS = {"true": True, "false": False}


class Origin(NamedTuple):
    """Where a value was set."""

    file: str
    """The file's name; relative to the project's folder if it lies in it. "" for what no file says."""
    section: str
    """As written: "tool.coverage.run"; "" where there is none."""
    key: str
    """The key, the option or the environment variable."""
    line: int = 0
    """From 1; 0 where it isn't known."""

    def __str__(self) -> str:
        if not self.file:
            return self.key
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: [{self.section}] {self.key}" if self.section else f"{place}: {self.key}"


class Entry(NamedTuple):
    """A key and its value, before it is known to be any good."""

    value: object
    origin: Origin
    text_lines: tuple[str, ...]
    """The lines of the whole file, to find the line of one item of a list."""
    environment: Mapping[str, str]
    is_ini: bool
    is_foreign: bool
    """Whether it belongs to coverage.py's configuration rather than to ours."""

    def error(self, problem: str, item: str = "") -> ConfigError:
        """The error that names file, line and key; `item` is what to look for on the lines that follow the key."""
        return ConfigError(f"{self.origin_of(item)}: {problem}")

    def origin_of(self, item: str) -> Origin:
        """Where one item of a list is written, as far as the lines of the file tell it."""
        origin = self.origin
        if not item or not origin.line:
            return origin
        # TOML may double the backslashes.
        written = (item, item.replace("\\", "\\\\"))
        quoted = [f"{quote}{each}{quote}" for each in written for quote in ("'", '"')]
        rest = self.text_lines[origin.line - 1 :]
        whole = (n for n, text in enumerate(rest) if text.strip() in written or any(each in text for each in quoted))
        part = (n for n, text in enumerate(rest) if any(each in text for each in written))
        further = next(whole, next(part, 0))
        return Origin(origin.file, origin.section, origin.key, origin.line + further)


def boolean(entry: Entry) -> bool:
    """Yes or no: true or false; in INI files also yes, no, on, off, 1, 0. Raises ConfigError, as all of these do."""
    value = entry.value
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = text_of(entry, value)
        known = _INI_BOOLEANS.get(text.lower()) if entry.is_ini else _TOML_BOOLEANS.get(text)
        if known is not None:
            return known
    raise entry.error(f"{value!r} is not a boolean; write true or false")


def integer(entry: Entry) -> int:
    """A whole number."""
    value = entry.value
    if isinstance(value, str):
        try:
            return int(text_of(entry, value))
        except ValueError as error:
            raise entry.error(f"{value!r} is not a whole number") from error
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise entry.error(f"{value!r} is not a whole number")


def number(entry: Entry) -> float:
    """A number, with or without decimals."""
    value = entry.value
    if isinstance(value, str):
        try:
            return float(text_of(entry, value))
        except ValueError as error:
            raise entry.error(f"{value!r} is not a number") from error
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    raise entry.error(f"{value!r} is not a number")


def text(entry: Entry) -> str:
    """Any text."""
    if not isinstance(entry.value, str):
        raise entry.error(f"{entry.value!r} is not a string; put it in quotes")
    return text_of(entry, entry.value)


def file_name(entry: Entry) -> str:
    """A path; `~` is the home folder."""
    return os.path.expanduser(text(entry))  # noqa: PTH111  # the text stays as written otherwise


def items(entry: Entry) -> tuple[str, ...]:
    """A list of texts; in INI files split at commas and line ends."""
    if entry.is_ini:
        parts = text(entry).replace(",", "\n").split("\n")
        return tuple(part.strip() for part in parts if part.strip())
    return _toml_items(entry)


def regexes(entry: Entry) -> tuple[str, ...]:
    """A list of regular expressions, one a line in INI files; blank ones are left out."""
    found = text(entry).splitlines() if entry.is_ini else _toml_items(entry)
    return _checked(entry, tuple(pattern.strip() for pattern in found if pattern.strip()))


def regex_items(entry: Entry) -> tuple[str, ...]:
    """A list of regular expressions that has no commas in INI files, because they separate it."""
    return _checked(entry, items(entry))


def _checked(entry: Entry, patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except (re.error, OverflowError) as error:
            raise entry.error(f"{pattern!r} is not a regular expression: {error}", item=pattern) from error
        except RecursionError as error:
            raise entry.error("a regular expression is nested too deeply", item=pattern) from error
    return patterns


def text_of(entry: Entry, value: str) -> str:
    """The value with environment variables put in."""
    try:
        return substitute(value, entry.environment)
    except LookupError as error:
        raise entry.error(str(error.args[0]), item=value) from error


def _toml_items(entry: Entry) -> tuple[str, ...]:
    if not isinstance(entry.value, list):
        raise entry.error(f"{entry.value!r} is not a list; write it in square brackets")
    for value in entry.value:
        if not isinstance(value, str):
            raise entry.error(f"{value!r} in the list is not a string; put it in quotes")
    return tuple(text_of(entry, value) for value in entry.value)
