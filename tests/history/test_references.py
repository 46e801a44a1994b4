"""How builds are named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from minicov_lsp.errors import DataError
from minicov_lsp.history.build import Build
from minicov_lsp.history.references import before, build_named

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BUILDS = [Build(number, branch, "c" * 40, NOW) for number, branch in enumerate(["main", "topic", "main", "3rd"], 1)]


@pytest.mark.parametrize(
    ("word", "number"),
    [("@1", 1), ("@4", 4), ("@@", 4), ("@0", 4), ("@-1", 3), ("@-3", 1), ("@main", 3), ("@topic", 2), ("@3rd", 4)],
)
def test_words_for_builds(word, number):
    """A number, the latest, the Nth before it, or the latest of a branch."""
    assert build_named(word, BUILDS).number == number


@pytest.mark.parametrize("word", ["@5", "@-4", "@nothing", "@"])
def test_words_for_no_build(word):
    """What names no build is told with what there is."""
    with pytest.raises(DataError, match="there is no such build; `minicov builds` lists them"):
        build_named(word, BUILDS)
    with pytest.raises(DataError, match="no build was recorded yet"):
        build_named(word, [])


def test_the_build_before():
    """The one that was recorded just before; the first has none."""
    assert before(BUILDS[2], BUILDS) == BUILDS[1]
    assert before(BUILDS[0], BUILDS) is None
