"""What is told to be different between two texts."""

from __future__ import annotations

import textwrap

import pytest

from minicov_lsp.runs.changed_code import Change, compare, outline

BEFORE = textwrap.dedent(
    '''
    LIMIT = 3


    def clamp(value, most=LIMIT):
        """Not more."""
        if value > most:
            return most
        return value


    class Shop:
        name = "shop"

        @property
        def title(self):
            return self.name.title()

        def prices(self):
            def price(item):
                return len(item)

            return price
    '''
)


def change(old: str, new: str) -> Change:
    assert old in BEFORE
    return compare(outline(BEFORE), outline(BEFORE.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return value\n", "return value  # as it was\n"),
        ("LIMIT = 3", "# What fits\nLIMIT  =  (3)"),
        ("    name", "\n\n    name"),
        ("class Shop", "def unused(): pass\n\n\nclass Shop"),
    ],
    ids=["comment", "layout", "blank lines", "new function"],
)
def test_what_changes_no_code_that_was_there(old, new):
    """Comments, layout, and a function that nobody could have called."""
    found = change(old, new)
    assert not found.everything
    assert found.names <= {"unused"}


@pytest.mark.parametrize(
    ("old", "new", "names", "headers"),
    [
        ("return most", "return most - 1", {"clamp"}, set()),
        ("most=LIMIT", "most=4", {"clamp"}, {"clamp"}),
        ("    @property\n", "", {"Shop.title"}, {"Shop.title"}),
        ("len(item)", "2", {"Shop.prices.price"}, set()),
        ("price(item)", "price(item, n=1)", {"Shop.prices", "Shop.prices.price"}, {"Shop.prices.price"}),
        ("self.name.title()", "self.name", {"Shop.title"}, set()),
    ],
)
def test_a_function_is_told_by_its_name(old, new, names, headers):
    """Its body, what stands before it, and a function within another; none of the others."""
    assert change(old, new) == Change(names=frozenset(names), headers=frozenset(headers))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 3", "LIMIT = 4"),
        ('name = "shop"', 'name = "store"'),
        ("class Shop:", "class Shop(dict):"),
        ("    @property", "    def __eq__(self, other): return True\n\n    @property"),
        ("class Shop", "def len(item): return 5\n\n\nclass Shop"),
        ("class Shop", "def __getattr__(name): return 5\n\n\nclass Shop"),
        ("LIMIT = 3", "LIMIT = "),
    ],
    ids=["constant", "class attribute", "base", "override", "shadowed name", "special name", "syntax error"],
)
def test_what_runs_at_import_concerns_everything(old, new):
    """Or takes the place of what was called before."""
    assert change(old, new).everything


def test_a_file_that_is_new_or_gone():
    """It differs in everything."""
    assert compare(None, outline(BEFORE)).everything
    assert compare(outline(BEFORE), None).everything


def test_one_of_two_with_the_same_name():
    """Either can be the one that runs."""
    text = "import sys\nif sys:\n    def f():\n        return 1\nelse:\n    def f():\n        return 2\n"
    assert compare(outline(text), outline(text.replace("2", "3"))).names == {"f"}
