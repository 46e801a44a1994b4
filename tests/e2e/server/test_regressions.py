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


def regressed(client, lines: list[int], after: int) -> list[tuple[int, str]]:
    """The diagnostics that say so of these lines, whatever was told while tests ran: (severity, message)."""

    def found(told):
        return [each for each in told["diagnostics"] if each["code"] == "regressed"]

    def is_of_lines(told):
        return [each["range"]["start"]["line"] for each in found(told)] == lines

    told = client.heard("textDocument/publishDiagnostics", is_of_lines, after)
    return [(each["severity"], each["message"]) for each in found(told)]


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
    told = regressed(client, [1, 3], after)
    assert [severity for severity, _ in told] == [2, 2]
    assert re.fullmatch(r"this line was covered in build @1 \(main, \w{10}\), and missed now", told[0][1])
    after = client.now
    client.change("signs.py", 2, edit(0, 0, 0, "# above\n"))
    assert len(regressed(client, [2, 4], after)) == 2
    (project / "tests" / "test_signs.py").write_text(tests)
    after = client.now
    run_in_terminal(project)
    client.heard("textDocument/publishDiagnostics", lambda told: "regressed" not in codes(told), after)
