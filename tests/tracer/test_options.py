"""Options that are written out plainly are read without argparse, and mean what they mean to it."""

from __future__ import annotations

import pytest

from minicov_tracer.options import Options, parser, plain_options

PLAIN = (
    "run program.py",
    "run program.py --data other -m x",
    "run -m pytest -q --source=none tests",
    "run --data=here --source a,b --include=*.py --omit x --contexts none --context= --core python -m module",
    "run --data one --data two program.py",
    "run --no-branch --conditions --no-subprocesses --counts --context label program.py",
    "run --no-branch --branch --data a=b program.py a",
)
NOT_PLAIN = (
    "",
    "run",
    "run -m",
    "run --help",
    "run --data",
    "run --data --counts program.py",
    "run --contexts some program.py",
    "run --counts=1 program.py",
    "run --no-counts program.py",
    "run --no-data x program.py",
    "run --dat x program.py",
    "run -data x program.py",
    "run -- program.py",
    "run program.py -- x",
    "run -mpytest",
    "other program.py",
)


@pytest.mark.parametrize("line", PLAIN)
def test_plain_options_are_argparse_s(line):
    """What is read by hand is what argparse reads."""
    found = plain_options(line.split())
    assert found is not None
    expected = vars(parser().parse_args(line.split()))
    assert vars(found) == {name: value for name, value in expected.items() if name != "command"}


@pytest.mark.parametrize("line", NOT_PLAIN)
def test_argparse_is_asked_for_the_rest(line):
    """Help, errors and short forms are argparse's."""
    assert plain_options(line.split()) is None


def test_each_option_can_be_read_by_hand():
    """No option is known to argparse alone."""
    known = set(vars(Options())) - {"module", "program"}
    for name in known:
        assert plain_options(["run", f"--{name}", "none", "program.py"]) is not None, name
    assert known == set(vars(parser().parse_args(["run", "x"]))) - {"module", "program", "command"}
