"""The metrics by name: ours and those of installed packages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from minicov_lsp.metrics.analysis import analyze
from minicov_lsp.metrics.metric import Stats
from minicov_lsp.metrics.registry import BUILT_IN, load
from minicov_lsp.model import CodeFacts, FileFacts
from minicov_lsp.source.parser import parse

SOURCE = parse("if a:  # pragma: no branch\n    b = 2\nif c:\n    d = 4\ne = 5\n")
RUN = {(frozenset({1, 3, 5}), frozenset({(1, 3), (3, 5)})): frozenset({""})}


def test_statements() -> None:
    """Statements are first lines; those that ran are covered."""
    metric = load()["statements"]
    assert metric.get_possible_elements(SOURCE) == {1, 2, 3, 4, 5}
    assert metric.calculate_stats(SOURCE, {1, 3, 5, 77}) == Stats(3, 5)


def test_branches() -> None:
    """Branches are arcs; those from a line marked `no branch` are covered without being taken."""
    metric = load()["branches"]
    assert metric.get_possible_elements(SOURCE) == {(1, 2), (1, 3), (3, 4), (3, 5)}
    assert metric.calculate_stats(SOURCE, {(3, 5), (4, 5)}) == Stats(3, 4)


def test_metrics_agree_with_the_analysis() -> None:
    """What the metrics count is what the analysis found."""
    analysis = analyze("a.py", SOURCE, [FileFacts("a.py", "", None, (CodeFacts("", 1, "", frozenset(), RUN),))])
    metrics = load()
    assert metrics["statements"].calculate_stats(SOURCE, analysis.executed).covered == 5 - len(analysis.missing)
    assert metrics["branches"].calculate_stats(SOURCE, analysis.executed_branches).covered == 4 - len(
        analysis.missing_branches
    )


def test_percent() -> None:
    """Of nothing, all is covered."""
    assert (Stats(0, 0).percent, Stats(1, 4).percent) == (100.0, 25.0)


def install(folder: Path, entry_points: str, module: str) -> None:
    """A distribution as pip would leave it."""
    info = folder / "thirdparty-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thirdparty\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[minicov.metrics]\n{entry_points}\n", "utf-8")
    (folder / "thirdparty_metric.py").write_text(module, "utf-8")


THIRD_PARTY = """\
class Comments:
    name = "comments"

    def get_possible_elements(self, source):
        return frozenset(n for n, line in enumerate(source.lines, 1) if "#" in line)

    def calculate_stats(self, source, executed):
        from minicov_lsp.metrics.metric import Stats
        return Stats(0, len(self.get_possible_elements(source)))


class Statements(Comments):
    name = "statements"
"""


def test_third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """An installed package's metric is there; one that fails, or takes a name of ours, is left out and logged."""
    install(
        tmp_path,
        "comments = thirdparty_metric:Comments\n"
        "mine = thirdparty_metric:Statements\n"
        "broken = thirdparty_metric:Missing",
        THIRD_PARTY,
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    metrics = load()
    sys.modules.pop("thirdparty_metric", None)
    assert list(metrics) == [*(metric.name for metric in BUILT_IN), "comments"]
    assert metrics["comments"].calculate_stats(SOURCE, frozenset()) == Stats(0, 1)
    assert metrics["statements"] is BUILT_IN[0]
    assert "Missing" in caplog.text
    assert "the name is taken" in caplog.text
