import pytest

from minicov_lsp.runs.events import (
    MAX_MESSAGE,
    Collected,
    CollectionFailed,
    EventFile,
    Outcome,
    Started,
    parse_event,
)


def test_events_are_read_as_they_are_written(tmp_path):
    """A line that isn't finished yet waits; none is told twice."""
    path = tmp_path / "events"
    source = EventFile(path)
    assert source.read() == []
    with path.open("wb") as file:
        file.write(b'{"event": "collected", "tests": ["a", "b"]}\n{"event": "start", ')
        file.flush()
        assert source.read() == [Collected(("a", "b"))]
        file.write(b'"id": "a"}\n')
        file.flush()
        assert source.read() == [Started("a")]
        assert source.read() == []


def test_an_outcome_has_a_place_only_where_it_failed():
    """What is left out is empty."""
    line = b'{"event": "outcome", "id": "a", "outcome": "passed", "duration": 0.5}'
    assert parse_event(line) == Outcome("a", "passed", 0.5)
    line = (
        b'{"event": "outcome", "id": "a", "outcome": "failed", "duration": 1, "message": "m", "path": "/p", "line": 3}'
    )
    assert parse_event(line) == Outcome("a", "failed", 1.0, "m", "/p", 3)
    assert parse_event(b'{"event": "error", "message": "m", "path": "/p", "line": 1}') == CollectionFailed("m", "/p", 1)


def test_long_messages_are_cut():
    """A test may compare two books."""
    line = b'{"event": "error", "message": "%s", "path": "", "line": null}' % (b"x" * 9999)
    assert len(parse_event(line).message) == MAX_MESSAGE


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"[]",
        b'{"event": "start"}',
        b'{"event": "outcome", "id": "a", "outcome": "odd", "duration": 1}',
        b"\xff",
    ],
)
def test_what_is_no_event_is_passed_over(line):
    """A test that writes to our file breaks nothing."""
    assert parse_event(line) is None
