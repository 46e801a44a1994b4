"""`minicov gaps`, as its user sees it."""

from __future__ import annotations

import json

import pytest

SHOP = """\
def price(items, member):
    total = sum(items)
    if member and total > 100:
        saved = total // 10
        saved = min(saved, 50)
        total -= saved
    if not total:
        return "free"
    return total
"""
NEVER = """\
def never():
    return 1
"""


@pytest.fixture
def measured(write, minicov):
    """A project with three gaps in two files, and what was measured of it."""
    write({"shop.py": SHOP, "lib/never.py": NEVER, "program.py": "import shop\nshop.price([1], True)\n"})
    write({"lib/__init__.py": ""})
    ran = minicov("run", "--source=.", "program.py")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.usefixtures("measured")
def test_what_brings_most_comes_first(minicov):
    """A table with what never happened, and the lines that would run with it; nothing is told twice."""
    told = minicov("gaps")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == (
        "Where           What is missing                         Lines that come along  Gain\n"
        "shop.py:3       the condition on line 3 was never true  4-6                       3\n"
        "lib/never.py:1  `def never():` never ran                1                         1\n"
        "lib/never.py:2  `return 1` never ran                    2                         1\n"
        "shop.py:7       the condition on line 7 was never true  8                         1\n"
    )


@pytest.mark.usefixtures("measured")
def test_only_so_many_of_some_files(minicov):
    """What is left out is told on standard error; a folder stands for what is in it."""
    told = minicov("gaps", "-n", "1", "lib")
    assert len(told.stdout.splitlines()) == 2
    assert told.stderr == "minicov: 1 of 2 gaps; -n lists more\n"


@pytest.mark.usefixtures("measured")
def test_json(minicov):
    """All that is known of each gap, for programs."""
    told = json.loads(minicov("gaps", "--json", "-n1", "shop.py").stdout)
    assert told == [
        {
            "path": "shop.py",
            "kind": "branch",
            "line": 3,
            "destination": 4,
            "message": "the condition on line 3 was never true",
            "lines": [4, 5, 6],
            "gain": 3,
        }
    ]


@pytest.mark.usefixtures("measured")
def test_nothing_to_tell(minicov, write):
    """No gap is good news, and a file that was never measured is not the same."""
    told = minicov("gaps", "program.py", "lib/__init__.py")
    assert (told.stdout, told.stderr) == ("", "minicov: nothing is missed in program.py, lib/__init__.py\n")
    told = minicov("gaps", "other.py")
    assert (told.stdout, told.stderr) == ("", "minicov: nothing was measured in other.py\n")


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_no_number(minicov, number):
    """A number that is none is bad usage."""
    told = minicov("gaps", f"--most={number}")
    assert told.returncode == 2
    assert f"{number!r} is not a number from 1 on" in told.stderr
