"""From the text of a file to what could run in it: the one entrance to this package."""

from __future__ import annotations

import tokenize
from types import MappingProxyType

from minicov_lsp.errors import SourceError
from minicov_lsp.model import Decision, Region, SourceModel
from minicov_lsp.source import arcs, branches, exclusion, logical_lines, statements, syntax, text
from minicov_lsp.source.arc_rules import RULES
from minicov_lsp.source.decisions import decisions
from minicov_lsp.source.definitions import definitions
from minicov_lsp.source.exclusion import ExclusionRules, SlowPatternError
from minicov_lsp.source.regions import regions
from minicov_tracer import sources

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
        raise SourceError(f"{path}: {error}") from error
    except tokenize.TokenError as error:
        raise syntax.not_python(path, error.args[1][0], error.args[0]) from error
    except SyntaxError as error:
        raise syntax.not_python(path, error.lineno or 1, error.msg) from error
    except (RecursionError, MemoryError) as error:
        raise syntax.too_deep(path) from error


def _parse(shown: str, rules: ExclusionRules, path: str) -> SourceModel:
    parsed = text.parsed(shown)
    understood = syntax.read(parsed, path)
    logical = tuple(logical_lines.logical_lines(parsed))
    firsts = logical_lines.first_lines(logical)
    # A module of nothing but comments still has a line in its code object.
    code_lines = statements.code_lines(understood.code) if logical else frozenset()

    matched = exclusion.with_suites(exclusion.matching_lines(rules.exclude, parsed), logical)
    excluded = exclusion.with_definitions({firsts.get(n, n) for n in matched}, understood.tree, code_lines)
    ignored = excluded | statements.docstring_lines(understood.tree)

    walked = arcs.walk(understood.tree, firsts, code_lines, RULES)
    mending = walked.with_jumps.mending()
    shown_arcs = branches.shown_arcs(walked, mending, firsts)
    lines = text.lines_of(shown)

    def counts(found: Region | Decision) -> bool:
        return firsts.get(found.span.line, found.span.line) not in excluded

    return SourceModel(
        digest=sources.digest(shown),
        lines=lines,
        statements=frozenset(firsts.get(n, n) for n in code_lines - ignored) - ignored,
        excluded=frozenset(excluded),
        first_lines=MappingProxyType(firsts),
        last_lines=MappingProxyType(logical_lines.last_lines(logical)),
        arcs=frozenset(shown_arcs),
        branches=branches.branches(
            shown_arcs,
            excluded,
            exclusion.partial_lines(rules, parsed, firsts),
            branches.deciding_spans(understood.tree, lines, firsts),
        ),
        definitions=definitions(understood.tree),
        regions=tuple(each for each in regions(understood.tree, lines, code_lines) if counts(each)),
        decisions=tuple(each for each in decisions(understood, lines, code_lines) if counts(each)),
        with_jumps=MappingProxyType(dict(mending.shown)),
    )
