"""Large texts are read in a process beside the server, with the same answers, and whatever becomes of it."""

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import pytest

from minicov_lsp.documents.pragmas import places_of
from minicov_lsp.documents.texts import HERE
from minicov_lsp.errors import SourceError
from minicov_lsp.model import Analysis, FileFacts
from minicov_lsp.runs.conventions import Conventions
from minicov_lsp.runs.discovery import definitions_around, discover
from minicov_lsp.runs.impacted import ChangedFile, impacted
from minicov_lsp.server.apart import Apart, TextsApart
from minicov_lsp.source.exclusion import ExclusionRules
from minicov_tracer import sources

RULES = ExclusionRules()
TEXT = sources.normalize(Path(argparse.__file__).read_text("utf-8"))
DEADLINE = 30.0


@pytest.fixture
def apart():
    made = Apart()
    yield made
    made.close()


def wait_until(condition):
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_is_asked_is_answered_as_here(apart):
    """Of a large file, every question."""
    there = TextsApart(apart)
    model = there.parse(TEXT, RULES, path="argparse.py")
    assert apart.pid is not None
    assert model == HERE.parse(TEXT, RULES, path="argparse.py")
    for sees_jumps in (True, False):
        shown = there.evidence(model, RULES, sees_jumps=sees_jumps)
        assert shown == HERE.evidence(model, RULES, sees_jumps=sees_jumps)
    assert there.decisions(model).diagrams == HERE.decisions(model).diagrams
    assert there.ways(model) == HERE.ways(model)
    assert there.identities(TEXT) == HERE.identities(TEXT)
    missing = frozenset(sorted(model.statements)[::3])
    none = frozenset()
    analysis = Analysis("argparse.py", model, model.statements - missing, missing, none, none, {})
    assert there.gains(analysis, RULES) == HERE.gains(analysis, RULES)


def test_the_process_keeps_what_one_text_takes(apart):
    """However many it was asked about: a tree takes hundreds of times what its text does."""
    there = TextsApart(apart)
    blocks = []
    for number in range(5):
        text = f"# {number}\n{TEXT}"
        model = there.parse(text, RULES, path="argparse.py")
        there.evidence(model, RULES, sees_jumps=True)
        there.decisions(model)
        there.ways(model)
        there.identities(text)
        blocks.append(apart.ask(sys.getallocatedblocks))
    assert blocks[-1] < 1.2 * blocks[0]


def test_readers_of_two_large_texts_are_kept(apart):
    """Those of more would be most of what the server has in memory."""
    there = TextsApart(apart)
    models = [there.parse(f"# {number}\n{TEXT}", RULES, path="argparse.py") for number in range(4)]
    readers = [weakref.ref(there.decisions(model)) for model in models]
    assert [each() is not None for each in readers] == [False, False, True, True]
    assert there.decisions(models[-1]) is readers[-1]()


def test_any_pure_question_can_be_asked(apart):
    """As those of features: what is defined around a line, where a pragma must stand, which tests there are."""
    there = TextsApart(apart)
    line = TEXT.split("\n").index("    def parse_known_args(self, args=None, namespace=None):") + 2
    names = [node.name for node in there.of(TEXT, definitions_around, TEXT, line)]
    assert names == ["ArgumentParser", "parse_known_args"]
    assert apart.pid is not None
    lines, asked = tuple(TEXT.split("\n")), [("never-run", line, line)]
    assert there.of(TEXT, places_of, lines, asked) == places_of(lines, asked)
    tests = "".join(f"def test_{number}():\n    pass\n" for number in range(2000))
    assert there.of(tests, discover, "test_m.py", tests, Conventions()) == discover("test_m.py", tests, Conventions())


def test_what_a_change_of_a_large_text_affects_is_found_there(apart):
    """Its functions are compared there, before and after; the tests are those that are chosen here."""
    after = TEXT.replace("def parse_known_args(self, args=None", "def parse_known_args(self, args=()", 1)
    change = ChangedFile("argparse.py", TEXT, after, (FileFacts("argparse.py", sources.digest(TEXT), TEXT, ()),))
    test = "".join(f"def test_{number}():\n    pass\n" for number in range(2000))
    changes = (change, ChangedFile("test_m.py", None, test))
    found = impacted(changes, ["test_m.py"], Conventions(), TextsApart(apart))
    assert apart.pid is not None
    assert found == impacted(changes, ["test_m.py"], Conventions())
    assert found.tests


def test_small_texts_are_read_here(apart):
    """No process is started for them."""
    TextsApart(apart).parse("x = 1\n", RULES, path="m.py")
    assert apart.pid is None


def test_what_is_no_python_is_told_with_its_name(apart):
    """As if it had been read here."""
    with pytest.raises(SourceError, match=r"^m\.py:1: not Python source"):
        TextsApart(apart).parse("x = = 1\n" + "y = 1\n" * 10_000, RULES, path="m.py")


def test_a_process_that_died_is_replaced(apart):
    """While it rests, and while it is asked."""
    there = TextsApart(apart)
    there.identities(TEXT)
    os.kill(apart.pid, signal.SIGKILL)
    assert there.identities(TEXT) == HERE.identities(TEXT)
    first = apart.pid
    told = []

    def ask():
        try:
            apart.ask(time.sleep, 3600)
        except SourceError as error:
            told.append(str(error))

    asking = threading.Thread(target=ask)
    asking.start()
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: apart.pid not in (first, None))  # it is asked once more
    os.kill(apart.pid, signal.SIGKILL)
    asking.join(DEADLINE)
    assert "too much" in told[0]
    assert there.identities(TEXT) == HERE.identities(TEXT)


def test_a_text_that_takes_for_ever_is_given_up():
    """And the next one is read."""
    apart = Apart(patience=0.3)
    with pytest.raises(SourceError, match="too much"):
        apart.ask(time.sleep, 3600)
    assert apart.ask(abs, -1) == 1
    apart.close()


def test_a_process_that_nobody_asks_is_let_go():
    """It takes memory; the next question starts another."""
    apart = Apart(idle=0.05)
    assert apart.ask(abs, -1) == 1
    wait_until(lambda: apart.pid is None)
    assert apart.ask(abs, -2) == 2
    apart.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_it_ends_with_the_server_and_takes_nothing_from_the_current_folder(tmp_path):
    """Also if that is killed; a project's own module of a name of ours is not imported."""
    for name in ("pickle", "ast", "json", "minicov_lsp"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported')\n")
    program = (
        "import sys\nsys.path.pop(0)\nfrom minicov_lsp.server.apart import Apart\n"
        "apart = Apart()\napart.ask(abs, -1)\nprint(apart.pid, flush=True)\ninput()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    pid = int(process.stdout.readline())
    assert is_running(pid)
    process.kill()
    process.wait()
    wait_until(lambda: not is_running(pid))
