r"""Which statements stand on several lines, read off the syntax tree: several times faster than from tokens.

Of a simple statement the tree has first and last line. Of a compound one's header it lacks where the colon is; that is
looked for behind the last expression. In the few texts where that doesn't tell it (`\` after a colon) the tokens do.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from minicov_lsp.model import Line
from minicov_lsp.source.suites import DEFINITIONS, Suite

_Place: TypeAlias = tuple[Line, int]
"""Line and byte column."""

_OPENS = re.compile(r"(?:[;:]|\b(?:else|try|finally))[ \t\f]*\Z")
_ENDS = re.compile(r"[ \t\f]*(?:[\n#]|\Z)")


def is_told_by_tokens(text: str) -> bool:
    """Whether a backslash goes on to a line which no node of the tree tells of."""
    at = text.find("\\\n")
    while at >= 0:
        if _OPENS.search(text[text.rfind("\n", 0, at) + 1 : at]) or _ENDS.match(text, at + 2):
            return True
        at = text.find("\\\n", at + 1)
    return False


class UnclearError(Exception):
    """The tree does not tell."""


def spread(nodes: Iterable[Suite], lines: Sequence[str]) -> list[Suite]:
    """The suites that may be over several lines: all but simple statements and headers that are certainly on one."""
    return [node for node in nodes if _may_be_spread(node, lines)]


def _may_be_spread(node: Any, lines: Sequence[str]) -> bool:
    kind = type(node)
    if kind not in _HEADERS:
        return bool(node.end_lineno != node.lineno)
    if kind in _ASKED or (kind in DEFINITIONS and node.decorator_list):
        return True
    return kind is not ast.Module and not _is_right_above(node.lineno, node.body[0], lines)


def _is_right_above(line: Line, inner: ast.stmt, lines: Sequence[str]) -> bool:
    """Whether the first statement of a suite tells that its header ends on the line where it starts."""
    if inner.lineno == line:
        return True
    return inner.lineno == line + 1 and not lines[line][: inner.col_offset].strip()


def extents(nodes: Iterable[Suite], lines: Sequence[str]) -> dict[Line, Line] | None:
    """{first line: last line} of the logical lines that have more than one; None where only tokens tell them."""
    try:
        return _extents(spread(nodes, lines), lines)
    except UnclearError:
        return None


def _extents(nodes: Iterable[Suite], lines: Sequence[str]) -> dict[Line, Line]:
    """The same for nodes that may be over several lines; raises UnclearError."""
    found: dict[Line, Line] = {}
    first = last = 0
    for node in nodes:
        for start, end in _HEADERS.get(type(node), _whole)(node, lines):
            if start > last:
                if last > first:
                    found[first] = last
                first, last = start, end
            elif end > last:  # it goes on where another one ended: `a; b`, `if a: b`
                last = end
    if last > first:
        found[first] = last
    return found


_Header: TypeAlias = Callable[[Any, Sequence[str]], Iterable[tuple[Line, Line]]]


def _whole(node: Any, lines: Sequence[str]) -> Iterable[tuple[Line, Line]]:  # noqa: ARG001  # as all of them
    """A simple statement."""
    return ((node.lineno, node.end_lineno),)


def _plain(last: Callable[[Any], _Place]) -> _Header:
    """The one piece of a statement's header; `last` finds where its last expression ends."""

    def header(node: Any, lines: Sequence[str]) -> Iterable[tuple[Line, Line]]:
        return ((node.lineno, _header_end(node, node.body, last, lines)),)

    return header


def _header_end(node: Any, body: Sequence[ast.stmt], last: Callable[[Any], _Place], lines: Sequence[str]) -> Line:
    """The line of the colon."""
    line: Line = node.lineno
    return line if _is_right_above(line, body[0], lines) else _colon(last(node), lines)


def _colon(behind: _Place, lines: Sequence[str]) -> Line:
    """The line of the first colon behind a place that is followed by no string."""
    line, column = behind
    text = lines[line - 1]
    rest = (
        text[column:] if text.isascii() else text.encode("utf-8", "surrogatepass")[column:].decode("utf-8", "replace")
    )
    while ":" not in rest.partition("#")[0]:
        if line == len(lines):
            raise UnclearError
        line += 1
        rest = lines[line - 1]
    return line


def _end(node: Any) -> _Place:
    return node.end_lineno, node.end_col_offset


def _start(node: ast.stmt | ast.excepthandler) -> _Place:
    return node.lineno, node.col_offset


def _last_argument(node: ast.FunctionDef | ast.AsyncFunctionDef) -> _Place:
    taken = node.args
    named = taken.args or taken.posonlyargs
    if node.returns is not None:
        return _end(node.returns)
    if taken.kwarg is not None:
        return _end(taken.kwarg)
    if taken.kwonlyargs:
        return _end(taken.kw_defaults[-1] or taken.kwonlyargs[-1])
    if taken.vararg is not None:
        return _end(taken.vararg)
    if named:
        return _end(taken.defaults[-1] if taken.defaults else named[-1])
    return _end(node.type_params[-1]) if getattr(node, "type_params", None) else _start(node)


def _last_base(node: ast.ClassDef) -> _Place:
    inside = [*node.bases, *(keyword.value for keyword in node.keywords)]
    if not inside:
        inside = getattr(node, "type_params", [])
    return max(map(_end, inside), default=_start(node))


def _definition(last: Callable[[Any], _Place]) -> _Header:
    """The decorators, each for itself, and then the header."""

    def header(node: Any, lines: Sequence[str]) -> Iterator[tuple[Line, Line]]:
        for decorator in node.decorator_list:
            if lines[decorator.lineno - 1][: decorator.col_offset].strip() != "@":
                raise UnclearError
            yield decorator.lineno, decorator.end_lineno
        yield node.lineno, _header_end(node, node.body, last, lines)

    return header


def _match(node: ast.Match, lines: Sequence[str]) -> Iterable[tuple[Line, Line]]:
    return ((node.lineno, _colon(_end(node.subject), lines)),)


def _case(node: ast.match_case, lines: Sequence[str]) -> Iterable[tuple[Line, Line]]:
    pattern = node.pattern
    if lines[pattern.lineno - 1][: pattern.col_offset].strip() != "case":
        raise UnclearError
    return ((pattern.lineno, _colon(_end(node.guard or pattern), lines)),)


def _nothing(node: ast.Module, lines: Sequence[str]) -> Iterable[tuple[Line, Line]]:  # noqa: ARG001  # as all of them
    return ()


_OF_TEST = _plain(lambda node: _end(node.test))
_OF_LOOP = _plain(lambda node: _end(node.iter))
_OF_WITH = _plain(lambda node: _end(node.items[-1].optional_vars or node.items[-1].context_expr))
_OF_TRY = _plain(_start)
_OF_FUNCTION = _definition(_last_argument)
_HEADERS: Mapping[type[ast.AST], _Header] = MappingProxyType(
    {
        ast.Module: _nothing,
        ast.FunctionDef: _OF_FUNCTION,
        ast.AsyncFunctionDef: _OF_FUNCTION,
        ast.ClassDef: _definition(_last_base),
        ast.If: _OF_TEST,
        ast.While: _OF_TEST,
        ast.For: _OF_LOOP,
        ast.AsyncFor: _OF_LOOP,
        ast.With: _OF_WITH,
        ast.AsyncWith: _OF_WITH,
        ast.Try: _OF_TRY,
        ast.TryStar: _OF_TRY,
        ast.ExceptHandler: _plain(lambda node: _end(node.type) if node.type is not None else _start(node)),
        ast.Match: _match,
        ast.match_case: _case,
    }
)
"""What of a node is a logical line, or several; all else is one from its first line to its last."""
_ASKED = frozenset((ast.Match, ast.match_case))
"""Where the place of a header is to be looked for in the text."""


def first_lines(many: Mapping[Line, Line]) -> dict[Line, Line]:
    """{line: first line} for every line of a logical line over several, blank lines and comments inside among them."""
    return {line: first for first, last in many.items() for line in range(first, last + 1)}
