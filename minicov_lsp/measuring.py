"""One file of a report: what could run of it meets what did."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from minicov_lsp.config import Config
from minicov_lsp.errors import ConfigError, SourceError
from minicov_lsp.log import Log
from minicov_lsp.metrics.analysis import analyze
from minicov_lsp.metrics.contexts import ContextsByLine, in_contexts
from minicov_lsp.model import FileFacts, MeasuredFile, SourceModel
from minicov_lsp.source.cache import ModelCache
from minicov_lsp.source.exclusion import ExclusionRules, SlowPatternError, finder
from minicov_tracer import sources
from minicov_tracer.naming import PYTHON

log = Log(__name__)

_MOST_VERSIONS = 12
"""Older texts of a file are no longer looked at: each costs a parse and a diff."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """Measures the files of one project; what can be left out is told to `warn`, a line at a time."""

    root: Path
    config: Config
    rules: ExclusionRules
    models: ModelCache
    warn: Callable[[str], None]

    def measured(
        self,
        file: Path,
        name: str,
        text: str | None,
        versions: list[FileFacts],
        *,
        has_branches: bool,
        keep_model: bool,
    ) -> tuple[MeasuredFile | None, bool]:
        """One file, None where it is left out, and whether it changed since it ran; `versions` are what ran of it.

        `text` is what it holds, None where it can't be read. Raises SourceError where it can't be read or parsed,
        unless errors are ignored, and ConfigError.
        """
        is_recorded = False
        try:
            model = self._model(file, name, text, keep=keep_model)
        except SourceError as error:
            elsewhere = _ran_elsewhere(text, versions)
            if elsewhere is not None:
                from minicov_lsp.documents.incremental import model_of_facts  # the server's, and much; rarely needed

                self.warn(
                    f"{error.args[0].partition('; ')[0]}, but to the Python {_pythons(elsewhere)} that ran it; "
                    "told as that recorded it: lines of what was called, no branches, no conditions"
                )
                model, is_recorded = model_of_facts(elsewhere), True
            elif file.exists() and not _is_meant_as_python(file):
                return None, False
            elif not self.config.ignore_errors:
                raise
            else:
                self.warn(f"{error}; it is left out")
                return None, False
        facts = [self._in_contexts(one) for one in self._facts_for(model, versions)]
        ran = {one.digest for one in facts if one.codes and one.text is not None}
        analysis = analyze(name, model, facts, has_branches=has_branches, by_context=False)
        measured = MeasuredFile(name, analysis, ContextsByLine(facts), tuple(facts), is_recorded)
        return measured, bool(ran) and model.digest not in ran

    def _model(self, file: Path, name: str, text: str | None, *, keep: bool) -> SourceModel:
        """What could run of the text on disk. Raises SourceError."""
        if text is None:
            problem = "can't be read" if file.exists() else "no such file, though it was measured"
            raise SourceError(f"{name}: {problem}; leave it out with --omit or --ignore-errors")
        return self.models.model(text, self.rules, path=name, keep=keep)

    def _facts_for(self, model: SourceModel, versions: list[FileFacts]) -> list[FileFacts]:
        """What ran of the text on disk, or else of the newest text; of older texts what hasn't changed since."""
        ran = [facts for facts in versions if facts.codes]
        same = [facts for facts in ran if facts.digest == model.digest or facts.text is None]
        base = same or ran[:1]
        older = [facts for facts in ran[:_MOST_VERSIONS] if facts not in base and facts.text is not None]
        if not older or base[0].text is None:
            return base
        try:
            target = model if base[0].digest == model.digest else self._of_text(base[0].text)
            return base + [_moved(facts, self._of_text(facts.text or ""), target, base[0]) for facts in older]
        except SourceError:
            log.info("%s: an older version can't be parsed here, and is left out", base[0].path)
            return base

    def _of_text(self, text: str) -> SourceModel:
        return self.models.model(text, self.rules)

    def _in_contexts(self, facts: FileFacts) -> FileFacts:
        """What ran in the contexts that the configuration asks for. Raises ConfigError for a slow pattern."""
        wanted = self.config.report_contexts
        if not wanted:
            return facts
        try:
            return in_contexts(facts, finder(wanted))
        except SlowPatternError as error:
            origin = self.config.origins.get("report_contexts", "contexts")
            raise ConfigError(
                f"{origin}: {error.pattern!r} takes too long; write it so that it matches one way"
            ) from error


def _ran_elsewhere(text: str | None, versions: Iterable[FileFacts]) -> FileFacts | None:
    """What another Python ran of exactly the text on disk, if it did."""
    digest = sources.digest(text) if text is not None else None
    same = (one for one in versions if one.digest == digest and one.text is not None)
    return next((one for one in same if any(code.python not in ("", PYTHON) for code in one.codes)), None)


def _pythons(facts: FileFacts) -> str:
    return " and ".join(sorted({code.python for code in facts.codes if code.python}))


def _moved(facts: FileFacts, model: SourceModel, target_model: SourceModel, target: FileFacts) -> FileFacts:
    """What ran of an older text, in the lines of another."""
    # Most reports are of files that ran as they are.
    from minicov_lsp.documents.line_map import map_lines
    from minicov_lsp.documents.versions import move_facts, unchanged_lines

    line_map = map_lines(model.lines, target_model.lines)
    return move_facts(facts, unchanged_lines(model, target_model.lines, line_map, target_model), target)


def _is_meant_as_python(file: Path) -> bool:
    """Whether it is a mistake that a measured file can't be parsed: templates say they are code, too."""
    return file.suffix == "" or file.suffix.startswith(".py")
