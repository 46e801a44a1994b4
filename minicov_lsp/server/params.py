"""Reading the params of our own methods and commands; whatever is wrong with them becomes an InvalidParams answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import cattrs
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from minicov_lsp.server.protocol import make_converter
from minicov_lsp.server.uris import to_fs_path

T = TypeVar("T")

_CONVERTER = make_converter()


def read_uri(params: object) -> str:
    """The URI of `{textDocument: {uri}}`."""
    uri = read_optional_uri(params)
    if uri is None:
        raise JsonRpcInvalidParams("textDocument is missing")
    return uri


def read_optional_uri(params: object) -> str | None:
    """The URI of `{textDocument?: {uri}}`."""
    if params is None:
        return None
    if not isinstance(params, dict):
        raise JsonRpcInvalidParams("params is not an object")
    document = params.get("textDocument")
    return None if document is None else _structure(document, types.TextDocumentIdentifier).uri


def path_of(uri: str) -> Path | None:
    """The file that a URI names, without symbolic links; None for what is no file: `untitled:`, `git:`."""
    path = to_fs_path(uri)
    return Path(path).resolve() if path else None


def read_range(params: object) -> types.Range:
    """The range of `{range}`."""
    if not isinstance(params, dict) or params.get("range") is None:
        raise JsonRpcInvalidParams("range is missing")
    return as_range(params["range"])


def as_range(value: object) -> types.Range:
    """A range as it comes in a command's arguments."""
    return _structure(value, types.Range)


def as_text(value: object, name: str) -> str:
    """A text among a command's arguments."""
    if not isinstance(value, str):
        raise JsonRpcInvalidParams(f"{name} is not a text")
    return value


def as_texts(value: object, name: str) -> tuple[str, ...]:
    """A list of texts among a command's arguments."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise JsonRpcInvalidParams(f"{name} is not a list of texts")
    return tuple(value)


def arguments(given: Sequence[object], required: int, most: int) -> list[object]:
    """A command's arguments, filled up with None."""
    if not required <= len(given) <= most:
        raise JsonRpcInvalidParams(f"{len(given)} arguments; {required} to {most} are expected")
    return [*given, *[None] * (most - len(given))]


def _structure(value: object, kind: type[T]) -> T:
    try:
        return _CONVERTER.structure(value, kind)
    except Exception as error:  # whatever a client sends, cattrs may raise anything for it
        raise JsonRpcInvalidParams("; ".join(cattrs.transform_error(error))) from error
