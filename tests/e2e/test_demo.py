"""`make demo`'s session, and the picture of it in the README."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo copies its sample to."""
    return tmp_path_factory.mktemp("demo") / "basket"


@pytest.fixture(scope="module")
def shown(folder: Path) -> str:
    """What the demo prints where there are no colours."""
    ran = subprocess.run(
        [sys.executable, REPOSITORY / "docs" / "demo", "--folder", folder],
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


SIGNS_SEEN = """
vim.wait(30000, function()
  local signs = vim.api.nvim_get_namespaces().minicov_signs
  return signs ~= nil and #vim.api.nvim_buf_get_extmarks(0, signs, 0, -1, {}) == 29
end, 20)
local signs = vim.api.nvim_buf_get_extmarks(0, vim.api.nvim_get_namespaces().minicov_signs, 0, -1, {})
io.stdout:write("signs: " .. #signs)
"""


@pytest.mark.editor
def test_demo_tells_how_to_connect_neovim(shown, folder, tmp_path):
    """The command that the demo prints for Neovim shows the sample with its signs, just as it stands there."""
    nvim = os.environ.get("NVIM")
    if not nvim:
        pytest.skip("NVIM does not name a Neovim")
    (command,) = re.findall(r"^  Neovim   (.*)$", shown, re.MULTILINE)
    (tmp_path / "signs.lua").write_text(SIGNS_SEEN)
    headless = f"{shlex.quote(nvim)} --headless --clean -c 'luafile {tmp_path / 'signs.lua'}' -c 'qall!' "
    ran = subprocess.run(
        ["sh", "-c", command.replace(" nvim ", f" {headless}", 1)],
        cwd=REPOSITORY,
        env={**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "signs: 29" in ran.stdout + ran.stderr
