"""Beside debuggers, other tracers and odd files: the program does what it does, and what ran is found."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database

from .coexistence_programs import SCENES, Scene
from .debugging import Debugger
from .test_lives import KEEPS_LOG

CORE_IN_C = "monitoring" if sys.version_info >= (3, 12) else "settrace"
CORES = (CORE_IN_C, "python") if KEEPS_LOG else ("python",)
TOLD = re.compile(r"# (hit|miss)$")


def lay_out(scene: Scene, folder: Path) -> dict[str, str]:
    """Write the scene's files; {name: text} of those that say something about their lines."""
    texts = {"program.py": textwrap.dedent(scene.program)}
    texts |= {name: textwrap.dedent(text) for name, text in scene.others.items()}
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        is_program = name == "program.py"
        told = text.replace("\n", scene.newline) if is_program else text
        path.write_bytes(told.encode(scene.encoding if is_program else "utf-8"))
    return {name: text for name, text in texts.items() if TOLD.search(text, re.MULTILINE) or "# hit" in text}


def run(folder: Path, core: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A program under the tracer, as `minicov run` starts it; interpreter options come first."""
    *options, program = arguments
    command = [sys.executable, *options, "-m", "minicov_tracer", "run", "--core", core, program]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def lines_found(folder: Path) -> dict[str, set[int]]:
    """{file: lines} of the merged data."""
    data_file = folder / ".coverage.db"
    combine(data_file)
    with Database(data_file) as database:
        return {name: {line for facts in database.facts(name) for line in facts.lines()} for name in database.files()}


def shares(core: str) -> bool:
    """Whether a core loses what runs under a trace function of the program's own."""
    return sys.version_info < (3, 12) and core == "python"


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("name", SCENES)
def test_what_ran_is_found(name: str, core: str, tmp_path: Path) -> None:
    """Its lines are told apart, its status and what it checks itself are undisturbed, and nobody complains."""
    scene = SCENES[name]
    if sys.version_info < scene.oldest:
        pytest.skip("this Python has none")
    if scene.needs and importlib.util.find_spec(scene.needs) is None:
        pytest.skip(f"{scene.needs} is not installed")
    texts = lay_out(scene, tmp_path)
    ended = run(tmp_path, core, *scene.arguments)
    assert ended.returncode == 0, ended.stderr
    shares_trace = scene.takes_trace and (shares(core) or (scene.sets_trace and sys.version_info < (3, 12)))
    assert shares_trace or "minicov: " not in ended.stderr
    found = lines_found(tmp_path)
    for file, text in texts.items():
        told = {number: match[1] for number, line in enumerate(text.splitlines(), 1) if (match := TOLD.search(line))}
        lines = found.get(file, set())
        assert not {number for number, word in told.items() if word == "miss"} & lines, file
        if not shares_trace:
            assert {number for number, word in told.items() if word == "hit"} <= lines, (file, found)
    assert all((tmp_path / name).is_file() or "library.zip" in name for name in found), "what has no text is left out"


DEBUGGED = """\
import debugpy
port = debugpy.listen(("127.0.0.1", 0))[1]
print(port, flush=True)
debugpy.wait_for_client()
def f(x):
    x += 1
    if x:
        return x
    return 0
f(41)
after = 1
"""


@pytest.mark.parametrize("core", CORES)
def test_debugpy(core: str, tmp_path: Path) -> None:
    """A debugger that is attached stops at its breakpoint, steps and goes on; what ran is found all the same."""
    pytest.importorskip("debugpy")
    (tmp_path / "program.py").write_text(DEBUGGED)
    command = [sys.executable, "-X", "frozen_modules=off", "-m", "minicov_tracer", "run", "--core", core, "program.py"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as ended:
        assert ended.stdout is not None
        debugger = Debugger(int(ended.stdout.readline()))
        debugger.attach(tmp_path / "program.py", 6)
        thread, line = debugger.place()
        assert line == 6
        debugger.answer(debugger.ask("next", threadId=thread))
        assert debugger.place() == (thread, 7)
        debugger.answer(debugger.ask("continue", threadId=thread))
        debugger.heard("terminated")
        debugger.close()  # or the adapter would go on, and keep standard error open
        _, messages = ended.communicate(timeout=60)
    assert ended.returncode == 0, messages
    lines = lines_found(tmp_path)["program.py"]
    assert 9 not in lines
    assert shares(core) or {1, 2, 3, 4, 5, 6, 7, 8, 10, 11} <= lines
