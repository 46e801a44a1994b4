"""What the latest build covered and is missed now, as a diagnostic."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from .test_pictures import edit, run_in_terminal

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


def record_build(project) -> None:
    """A repository with one commit and one build."""
    (project / ".gitignore").write_text(".coverage.db*\n")
    identity = ("-c", "user.name=someone", "-c", "user.email=someone@example.org")
    for arguments in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "step")):
        subprocess.run(["git", *identity, *arguments], cwd=project, check=True)
    new = [sys.executable, "-m", "minicov_lsp", "new"]
    subprocess.run(new, cwd=project, check=True, stdin=subprocess.DEVNULL, timeout=60)


def codes(told) -> set[str]:
    return {each["code"] for each in told["diagnostics"]}


def regressed(client, after: int = 0) -> list[tuple[int, int, str]]:
    """The next diagnostics that say so: (severity, line, message)."""

    def found(told):
        return [each for each in told["diagnostics"] if each["code"] == "regressed"]

    told = client.heard("textDocument/publishDiagnostics", found, after)
    return [(each["severity"], each["range"]["start"]["line"], each["message"]) for each in found(told)]


def test_what_a_build_covered_and_is_missed_now(client, project):
    """It is a warning that names the build, moves with the text, and goes when the line runs again."""
    run_in_terminal(project)
    record_build(project)
    client.open("signs.py")
    client.shown("signs.py", "fresh")
    tests = (project / "tests" / "test_signs.py").read_text()
    (project / "tests" / "test_signs.py").write_text("import signs\ndef test(): pass\n")
    after = client.now
    run_in_terminal(project)
    told = regressed(client, after)
    assert [(severity, line) for severity, line, _ in told] == [(2, 1), (2, 3)]
    assert re.fullmatch(r"this line was covered in build @1 \(main, \w{10}\), and missed now", told[0][2])
    after = client.now
    client.change("signs.py", 2, edit(0, 0, 0, "# above\n"))
    assert [line for _, line, _ in regressed(client, after)] == [2, 4]
    (project / "tests" / "test_signs.py").write_text(tests)
    after = client.now
    run_in_terminal(project)
    client.heard("textDocument/publishDiagnostics", lambda told: "regressed" not in codes(told), after)
