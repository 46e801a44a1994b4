"""From the text of a file to what could run in it: the one entrance to this package."""

from __future__ import annotations

import tokenize
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import TypeVar

from minicov_lsp.errors import ConfigError, SourceError
from minicov_lsp.model import Decision, Line, Region, SourceModel
from minicov_lsp.source import exclusion, extents, logical_lines, segments, statements, syntax, text
from minicov_lsp.source.branches import branches
from minicov_lsp.source.decisions import decisions
from minicov_lsp.source.definitions import definitions
from minicov_lsp.source.exclusion import BadPatternError, ExclusionRules, SlowPatternError
from minicov_lsp.source.regions import regions
from minicov_lsp.source.spans import span_at
from minicov_lsp.source.trees import Tree

_Placed = TypeVar("_Placed", Region, Decision)
_DEFAULT_RULES = ExclusionRules()


def parse(source_text: str, rules: ExclusionRules = _DEFAULT_RULES, *, path: str = "<text>") -> SourceModel:
    """What could run in a text, as this Python's compiler understands it; nothing of it is run.

    `path` is only for messages. Raises SourceError with file and line where the text is not Python or nested too
    deeply, ConfigError where a rule is no regular expression.
    """
    shown = text.shown(source_text)
    try:
        return _parse(shown, rules, path)
    except SlowPatternError as error:
        raise SourceError(f"{path}: {error.told(error.pattern, rules.where(error.pattern))}") from error
    except BadPatternError as error:
        raise ConfigError(error.told(error.pattern, error.problem, rules.where(error.pattern))) from error
    except tokenize.TokenError as error:
        raise syntax.not_python(path, error.args[1][0], error.args[0]) from error
    except SyntaxError as error:
        raise syntax.not_python(path, error.lineno or 1, error.msg) from error
    except (RecursionError, MemoryError) as error:
        raise syntax.too_deep(path) from error


def _parse(shown: str, rules: ExclusionRules, path: str) -> SourceModel:
    parsed = text.parsed(shown)
    understood = syntax.read(parsed, path)
    lines, tree = text.lines_of(shown), understood.tree
    matched: AbstractSet[Line] = exclusion.matching_lines(rules.exclude, parsed)
    lasts = _extents(parsed, lines, tree)
    firsts = extents.first_lines(lasts)
    # A module of nothing but comments still has a line in its code object.
    code_lines = frozenset() if tree.is_empty else statements.code_lines(understood.code)

    matched = exclusion.with_suites(matched, segments.logical_lines_around(tree, lines, matched))
    excluded = tree.with_definitions({firsts.get(n, n) for n in matched}, code_lines)
    ignored = excluded | tree.docstring_lines()
    run = code_lines - ignored
    inner = run & firsts.keys()

    arcs, with_jumps, choices = tree.following(firsts, code_lines, excluded)
    choosing = tree.choosing(firsts, choices.keys())
    spans = {line: span_at(place, lines) for line, place in choosing.items()}

    decided, headers, placed = tree.parts(code_lines)

    return SourceModel(
        digest=text.digest(shown),
        lines=lines,
        statements=(run - inner) | ({firsts[n] for n in inner} - ignored),
        excluded=frozenset(excluded),
        first_lines=MappingProxyType(firsts),
        last_lines=MappingProxyType(lasts),
        arcs=frozenset(arcs),
        branches=branches(choices, exclusion.partial_lines(rules, parsed, firsts), spans),
        definitions=definitions(headers),
        regions=_counted(regions(placed, lines), firsts, excluded),
        decisions=_counted(decisions(decided, lines, code_lines), firsts, excluded),
        with_jumps=MappingProxyType(dict(with_jumps)),
    )


def _counted(
    found: tuple[_Placed, ...], firsts: Mapping[Line, Line], excluded: AbstractSet[Line]
) -> tuple[_Placed, ...]:
    """What does not start on an excluded line."""
    if not excluded:
        return found
    return tuple([each for each in found if firsts.get(each.span.line, each.span.line) not in excluded])


def _extents(parsed: str, lines: Sequence[str], tree: Tree) -> dict[Line, Line]:
    """{first line: last line} of the logical lines that have more than one."""
    found = None if extents.is_told_by_tokens(parsed) else tree.extents(lines)
    return logical_lines.extents(logical_lines.logical_lines(parsed)) if found is None else found
