"""The documentation says what is there: every command, every key, links that lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from minicov_lsp.cli import all_commands
from minicov_lsp.config.gathering import EDITOR_SETTINGS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "editors").glob("*/README.md")])
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def name_of(path: Path) -> str:
    """A page's path from the root, as a test's id."""
    return str(path.relative_to(ROOT))


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    """A relative link names a file that is there, and a heading in it if it has an anchor."""
    lost = []
    for link in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_decision_has_title_and_reason(page):
    """A decision's page is called as its file says, and has the decision and a reason for it."""
    text = page.read_text("utf-8")
    number, _, _ = page.stem.partition("-")
    assert re.match(rf"# {int(number)}\. \S+", text)
    for heading in ("## Decision", "## Reason"):
        _, _, section = text.partition(f"\n{heading}\n")
        assert len(section.split("\n## ")[0].split()) >= 10, f"{heading} says nothing"


def test_decisions_are_numbered():
    """The numbers run from 1 without a gap, so that none is given twice."""
    assert [int(page.stem[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_make_targets_have_help():
    """`make help` lists every target that a person is told to type."""
    helped = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    told = set()
    for page in PAGES:
        for words in re.findall(r"(?:^|`)make ((?:[a-z]+ ?)+)", page.read_text("utf-8"), re.MULTILINE):
            told |= set(words.split())
    assert {"demo", "test"} <= told <= helped


def test_make_help_runs():
    """`make` without a target lists the targets with what they do."""
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"make demo +\w+", shown)


def test_keys_and_options_are_told():
    """The tables in docs/ are those of the configuration's keys and of the commands' options."""
    checked = subprocess.run([sys.executable, DOCS / "generate.py", "--check"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("setting", sorted(EDITOR_SETTINGS))
def test_setting_of_the_server_is_told(setting):
    """docs/protocol.md says what a setting of the server means, or docs/configuration.md that it has no effect."""
    table = (DOCS / "protocol.md").read_text("utf-8").partition("\n## Settings\n")[2]
    assert f"\n| `{setting}` | " in table or f"`{setting}`" in (DOCS / "configuration.md").read_text("utf-8")


@pytest.mark.parametrize("command", [command.name for command in all_commands()])
def test_command_is_told(command):
    """Each command has help of its own, and a section in docs/commands.md."""
    helped = subprocess.run(
        [sys.executable, "-m", "minicov_lsp", command, "--help"], cwd=DOCS, capture_output=True, text=True
    )
    assert helped.returncode == 0, helped.stderr
    assert f"minicov {command}" in helped.stdout
    assert f"\n## minicov {command}\n" in (DOCS / "commands.md").read_text("utf-8")
