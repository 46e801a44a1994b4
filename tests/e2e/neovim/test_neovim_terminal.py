"""What a person sees: Neovim on a terminal, typed into, and the cells of its screen."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.editor

GREEN, YELLOW, RED = "92", "93", "91"
COVERED, PARTIAL, MISSED = ("▎", GREEN), ("▞", YELLOW), ("█", RED)
"""Sign and colour; the shapes differ for those who can't tell the colours apart."""


def source_of_chunked(**changed):
    """The rows of chunked() on the screen, after test_even ran; marks can be given anew by a word of the row."""
    rows = {
        "def chunked(iterable, n, strict=False):": COVERED,
        "raise ValueError('n must be at least 0')": MISSED,
        "iterator = iter(partial(take, n, iter(iterable)), [])": COVERED,
        "def ret():": MISSED,
        "if len(chunk) != n:": MISSED,
        "raise ValueError('iterable is not divisible by n.')": MISSED,
        "yield chunk": MISSED,
        "return iterator": COVERED,
    }
    return rows | changed


def go_to(terminal, text):
    """Search for a line, as one does, and put it at the top of the screen."""
    terminal.type(f"/^{text}")
    terminal.keys("Enter")
    terminal.type("zt")


def test_rerun_covering_tests_shows_on_the_screen(more_terminal):
    """Type an assertion, write, choose "Rerun the test covering" from the menu: red rows of the gutter turn green."""
    terminal = more_terminal
    go_to(terminal, "def chunked(")
    terminal.until_gutter(source_of_chunked())
    print(terminal.text())

    terminal.type(":edit tests/test_more.py")
    terminal.keys("Enter")
    terminal.until_text(r"(?m)^test_more\.py")
    go_to(terminal, "class ChunkedTests")
    terminal.type("/ABCDEF")
    terminal.keys("Enter")
    terminal.type("joself.assertRaises(ValueError, list, mi.chunked('ABCDE', 3, strict=True))")
    terminal.keys("Escape")
    terminal.type(":write | edit #")
    terminal.keys("Enter")
    terminal.until_text(r"def chunked")

    go_to(terminal, "def chunked(")
    terminal.type("gra")
    menu = terminal.until_text(r"\d+: Rerun the test covering chunked")
    print(menu)
    terminal.type(re.search(r"(\d+): Rerun the test covering chunked", menu)[1])
    terminal.keys("Enter")
    terminal.until_text(r"minicov: 1 passed")
    terminal.keys("Enter")  # for a message that wants to be acknowledged
    terminal.until_gutter(
        source_of_chunked()
        | {
            "def ret():": COVERED,
            "if len(chunk) != n:": COVERED,
            "raise ValueError('iterable is not divisible by n.')": COVERED,
            "yield chunk": COVERED,
        }
    )


def test_pick_a_covering_test(more_terminal):
    """`:Minicov tests` lists the tests that ran a line; choosing one shows it."""
    terminal = more_terminal
    go_to(terminal, "def chunked(")
    terminal.until_gutter(source_of_chunked())
    terminal.type("/strict:")
    terminal.keys("Enter")
    terminal.type(":Minicov tests")
    terminal.keys("Enter")
    terminal.until_text(r"1: .*test_even")
    terminal.type("1")
    terminal.keys("Enter")
    terminal.until_text(r"(?m)^test_more\.py")
    terminal.until_text(r"def test_even")
