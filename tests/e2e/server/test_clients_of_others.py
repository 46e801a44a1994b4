"""The server in the hands of clients that are not ours: Microsoft's own stack under Node, and Emacs with eglot."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
NODE_MODULES = os.environ.get("MINICOV_NODE_MODULES", "")
SERVER = [sys.executable, "-P", "-m", "minicov_lsp", "lsp"]

pytestmark = pytest.mark.editor


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A copy of the sample project whose tests have run."""
    folder = tmp_path / "demo"
    shutil.copytree(ROOT / "tests" / "projects" / "demo", folder)
    run = [sys.executable, "-m", "minicov_lsp", "run", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    subprocess.run(run, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.skipif(
    shutil.which("node") is None or not NODE_MODULES,
    reason="needs node, and MINICOV_NODE_MODULES with vscode-languageserver-protocol",
)
def test_microsofts_client(demo):
    """Pictures, diagnostics, edits, hover, an action that runs tests, progress and a goodbye."""
    environment = {**os.environ, "NODE_PATH": NODE_MODULES}
    command = ["node", str(HERE / "node_client.cjs"), *SERVER, "--", str(demo)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200)
    assert (ran.stdout, ran.returncode) == ("passed\n", 0), ran.stderr


@pytest.mark.skipif(shutil.which("emacs") is None, reason="needs Emacs, with eglot")
def test_emacs_with_eglot(demo, tmp_path):
    """Diagnostics, the documented gutter, hover, an action that runs tests, and edits."""
    documented = re.findall(r"```elisp\n(.*?)```", (ROOT / "docs" / "editors.md").read_text("utf-8"), re.DOTALL)
    elisp = tmp_path / "documented.el"
    elisp.write_text("\n".join(documented))
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "MINICOV_SERVER": " ".join(SERVER),
        "MINICOV_PYTHON": sys.executable,
        "MINICOV_PROJECT": str(demo),
        "MINICOV_ELISP": str(elisp),
    }
    command = ["emacs", "-Q", "--batch", "-l", str(HERE / "eglot-test.el"), "-f", "ert-run-tests-batch-and-exit"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=250)
    assert ran.returncode == 0, ran.stderr
