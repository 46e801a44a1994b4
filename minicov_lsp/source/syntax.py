"""From text to syntax tree and code object, without ever running it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from types import CodeType

from minicov_lsp.errors import SourceError
from minicov_lsp.source import trees
from minicov_lsp.source.latest import Latest
from minicov_lsp.source.silence import silence
from minicov_lsp.source.trees import Tree
from minicov_tracer.decisions import Decision


@dataclass(frozen=True)
class Syntax:
    """One text, understood by this Python's compiler."""

    text: str
    code: CodeType
    tree: Tree

    @cached_property
    def module(self) -> ast.Module:
        """The tree as `ast` has it, which takes several times as long; shared by all who ask, so not to be changed."""
        with silence():
            return ast.parse(self.text)

    @cached_property
    def decisions(self) -> Sequence[Decision]:
        """The decisions of the tree, by span."""
        return self.tree.decisions()


def read(text: str, path: str) -> Syntax:
    """The syntax tree and code of a text; `path` is for messages.

    Raises SourceError with file and line where the text is not Python to this interpreter, and where it is nested too
    deeply for it.
    """
    try:
        return _read(text)
    except SyntaxError as error:
        raise not_python(path, error.lineno or _line_of(error, text), error.msg) from error
    except (RecursionError, MemoryError) as error:
        raise too_deep(path) from error
    except (ValueError, OverflowError) as error:  # null bytes, lone surrogates
        raise not_python(path, _line_of(error, text), str(error).rpartition(": ")[2]) from error


def tree_of(text: str) -> Tree:
    """The syntax tree of a text that this Python's compiler has taken before."""
    known = _read.kept(text)
    if known is not None:
        return known.tree
    with silence():
        return trees.read(text)


@Latest
def _read(text: str) -> Syntax:
    """A text is mostly looked at from several sides, one after the other."""
    with silence():
        code = compile(text, "<source>", "exec", dont_inherit=True)
        return Syntax(text, code, trees.read(text))


def not_python(path: str, line: int, reason: str) -> SourceError:
    """The error for a text that this interpreter can't read."""
    return SourceError(f"{path}:{line}: not Python source: {reason}; correct the file or leave it out with `omit`")


def too_deep(path: str) -> SourceError:
    """The error for a text that would exhaust the stack."""
    return SourceError(f"{path}:1: nested too deeply to be analysed; leave it out with `omit`")


def _line_of(error: Exception, text: str) -> int:
    """The line that an error without one means."""
    at = error.start if isinstance(error, UnicodeEncodeError) else text.find("\0")
    return text.count("\n", 0, max(at, 0)) + 1
