"""Environment variables in configured values, in the forms that coverage.py knows."""

from __future__ import annotations

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)(?:(\?)|-([^}]*))?\})")
"""A dollar sign and: another; a name; a name in braces, with `?` (must be set) or `-` and a default."""


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """The text with `$NAME`, `${NAME}`, `${NAME?}`, `${NAME-default}` replaced, and `$$` by one dollar sign.

    An unset variable is empty. Raises LookupError, with a message, for an unset `${NAME?}`.
    """

    def value(reference: re.Match[str]) -> str:
        dollar, plain, braced, must_be_set, default = reference.groups()
        if dollar:
            return "$"
        name = plain or braced
        if name in variables:
            return variables[name]
        if must_be_set:
            raise LookupError(f"the environment variable {name} is not set; set it, or write ${{{name}-DEFAULT}}")
        return default or ""

    return _REFERENCE.sub(value, text)
