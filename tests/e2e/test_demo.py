"""`make demo`'s session, and the picture of it in the README."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the demo prints where there are no colours."""
    ran = subprocess.run(
        [sys.executable, REPOSITORY / "docs" / "demo", "--folder", tmp_path_factory.mktemp("demo") / "basket"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=180,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout


def test_demo_runs_every_test_through_the_server(shown):
    """The code action runs the sample's five tests, and each is told as it ends."""
    assert shown.count("✓ test_") == 5


def test_demo_tells_the_lines_apart(shown):
    """The gutter has what ran, what ran in part, what did not and what does not count."""
    signs = {line[6:].strip(): line[1] for line in shown.splitlines() if line[3:6].strip().isdigit()}
    assert signs["return min(total // 10, 1000)"] == "✗"
    assert signs["return total // 20"] == "┃"
    assert next(sign for text, sign in signs.items() if text.startswith("if express:")) == "┇"
    assert next(sign for text, sign in signs.items() if text.startswith("if __name__")) == "·"


def test_readme_shows_what_the_demo_prints(shown):
    """The README's picture is the demo's own; after a change, `make docs` writes it anew."""
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    _, _, rest = readme.partition("<!-- picture: -->\n```text\n")
    picture, _, _ = rest.partition("```\n")
    assert picture.strip()
    assert picture in shown
