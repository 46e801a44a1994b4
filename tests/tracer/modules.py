"""Real code to compare analyses on: modules of the standard library."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType

MODULES = ("argparse", "asyncio.base_events", "ast", "contextlib", "dataclasses", "inspect", "subprocess", "typing")


def code_objects(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from code_objects(constant)
