from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from minicov_lsp.model import Span
from minicov_lsp.server.positions import from_units, lines_of, plain_range, range_of, range_of_lines, to_units

ENCODINGS = st.sampled_from(list(types.PositionEncodingKind))
CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


@given(st.text("aé€\U0001f600\ud800", max_size=12), st.integers(0, 14), ENCODINGS)
def test_units_are_those_of_the_encoding(line, column, encoding):
    """Counted as the codec encodes, lone surrogates too."""
    codec, width = CODECS[encoding.value]
    expected = len(line[:column].encode(codec, "surrogatepass")) // width
    assert to_units(line, column, encoding) == expected


@given(st.text("aé€\U0001f600", max_size=12), st.integers(0, 14), ENCODINGS)
def test_there_and_back_is_where_it_was(line, column, encoding):
    """Each column has its own units."""
    assert from_units(line, to_units(line, column, encoding), encoding) == min(column, len(line))


@given(st.text("aé€\U0001f600", max_size=8), st.integers(0, 99), ENCODINGS)
def test_units_beyond_or_inside_a_character_are_at_a_column(line, units, encoding):
    """A client that is wrong breaks nothing."""
    assert 0 <= from_units(line, units, encoding) <= len(line)


def test_a_span_is_a_range_of_the_client():
    """Lines from 0, columns in units; written it is the same."""
    lines = ("", 'x = "\U0001f600"; y', "zz")
    found = range_of(Span(2, 8, 3, 1), lines, "utf-16")
    assert found == types.Range(types.Position(1, 9), types.Position(2, 1))
    plain = plain_range(Span(2, 8, 3, 1), lines[1], lines[2], "utf-16")
    assert plain == {"start": {"line": 1, "character": 9}, "end": {"line": 2, "character": 1}}


def test_whole_lines_begin_and_end_at_their_text():
    """The blanks around it are not what is meant."""
    found = range_of_lines(1, 2, ("    a", "  b  "), "utf-16")
    assert found == types.Range(types.Position(0, 4), types.Position(1, 3))


def test_a_range_that_ends_at_the_start_of_a_line_does_not_hold_it():
    """As when whole lines are selected; a cursor is on its line."""
    assert lines_of(types.Range(types.Position(2, 0), types.Position(4, 0))) == (3, 4)
    assert lines_of(types.Range(types.Position(2, 0), types.Position(2, 0))) == (3, 3)
    assert lines_of(types.Range(types.Position(2, 1), types.Position(4, 1))) == (3, 5)
