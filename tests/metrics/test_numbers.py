"""Counts and percentages as coverage.py shows and compares them."""

from __future__ import annotations

import pytest
from coverage.results import Numbers as TheirNumbers
from coverage.results import display_covered, should_fail_under
from hypothesis import given
from hypothesis import strategies as st

from minicov_lsp.errors import ConfigError
from minicov_lsp.metrics.numbers import Numbers, display, fail_under_precision, is_under, percent

PERCENTS = st.integers(1, 5000).flatmap(lambda whole: st.integers(0, whole).map(lambda part: 100.0 * part / whole))


def test_nothing_is_all_covered() -> None:
    """Of nothing, all is covered."""
    assert percent(0, 0) == 100.0
    assert Numbers().percent_covered == Numbers().percent_statements == Numbers().percent_branches == 100.0


def test_statements_and_branches_count_alike() -> None:
    """The percentage is of statements and branches together."""
    numbers = Numbers(statements=4, missing=1, branches=6, missing_branches=3)
    assert (numbers.percent_covered, numbers.percent_statements, numbers.percent_branches) == (60.0, 75.0, 50.0)


def test_numbers_add_up() -> None:
    """A total is the sum of its files, not the mean of their percentages."""
    assert Numbers(1, 2, 3, 4, 5, 6) + Numbers(10, 20, 30, 40, 50, 60) == Numbers(11, 22, 33, 44, 55, 66)


@pytest.mark.parametrize(
    ("value", "precision", "shown"),
    [
        (0, 0, "0"),
        (0.001, 0, "1"),
        (99.99, 0, "99"),
        (100, 0, "100"),
        (0.001, 2, "0.01"),
        (99.999, 2, "99.99"),
        (12.5, 0, "12"),
        (66.666, 1, "66.7"),
    ],
)
def test_display_never_rounds_to_the_ends(value: float, precision: int, shown: str) -> None:
    """Only exactly 0 is shown as 0, only exactly 100 as 100."""
    assert display(value, precision) == shown


@given(value=PERCENTS, precision=st.integers(0, 4))
def test_display_is_coverages(value: float, precision: int) -> None:
    """Any percentage is shown as coverage.py shows it."""
    assert display(value, precision) == display_covered(value, precision)


@given(value=PERCENTS, threshold=st.integers(0, 10000).map(lambda n: n / 100), precision=st.integers(0, 3))
def test_threshold_is_coverages(value: float, threshold: float, precision: int) -> None:
    """Any percentage passes or fails a threshold as it does in coverage.py."""
    assert is_under(value, threshold, precision) == should_fail_under(value, threshold, precision)


@pytest.mark.parametrize(
    ("value", "threshold", "precision", "fails"),
    [
        (99.99, 100, 0, True),
        (100, 100, 0, False),
        (89.6, 90, 0, False),
        (89.6, 90, 1, True),
        (89.96, 89.97, 0, True),
        (0, 0, 0, False),
    ],
)
def test_threshold(value: float, threshold: float, precision: int, fails: bool) -> None:
    """The comparison has the decimals of the setting or the threshold, whichever has more; 100 is exactly 100."""
    assert is_under(value, threshold, precision) is fails


def test_threshold_sets_the_decimals() -> None:
    """A threshold with more decimals than are shown is compared with them."""
    assert [fail_under_precision(*case) for case in [(90, 1), (90.0, 1), (90.5, 0), (90.25, 1), (90.2, 3)]] == [
        1,
        1,
        1,
        2,
        3,
    ]


def test_bad_settings() -> None:
    """A negative precision and a threshold beyond 100 are errors of the configuration."""
    with pytest.raises(ConfigError, match="precision is -1"):
        display(50, -1)
    with pytest.raises(ConfigError, match="fail_under is 101"):
        is_under(50, 101)


def test_sums_are_coverages() -> None:
    """A total of several files has coverage.py's percentage."""
    ours = Numbers(10, 1, 3, 4, 1, 2) + Numbers(7, 0, 0, 2, 0, 0)
    theirs = TheirNumbers(0, 1, 10, 1, 3, 4, 1, 2) + TheirNumbers(0, 1, 7, 0, 0, 2, 0, 0)
    assert ours.percent_covered == theirs.pc_covered
    assert (ours.executed, ours.executed_branches) == (theirs.n_executed, theirs.n_executed_branches)
