"""When a data file is looked at."""

import itertools

import pytest

from minicov_lsp.server.glances import SOON, Glances

from .fake_loop import FakeLoop

QUIET = 0.1


def looks_at(events, quiet=QUIET, changes_at=None):
    """The times of all looks, after events at those times; a look at `changes_at` or after it sees a change, once."""
    loop, looked = FakeLoop(), []

    def look():
        looked.append(round(loop.now, 3))
        if changes_at is not None and loop.now >= changes_at and not any(at >= changes_at for at in looked[:-1]):
            glances.rest()

    glances = Glances(look, loop, quiet)
    for event in events:
        loop.advance(event - loop.now)
        glances()
    loop.advance(10)
    return looked


def test_an_event_is_looked_after_soon_and_until_what_it_announced_must_be_there():
    """The first look comes in a few milliseconds, the last one after the quiet while."""
    assert looks_at([1.0]) == [1.015, 1.03, 1.06, 1.1]


def test_events_without_end_are_looked_after_all_the_while():
    """No stream of events puts a look off, and none brings a look for each event."""
    looked = looks_at([1 + n * 0.001 for n in range(1000)])
    assert looked[0] == 1.015
    pauses = [after - before for before, after in itertools.pairwise(looked)]
    assert max(pauses[:-1]) <= 4 * SOON
    assert 20 <= len(looked) <= 75


def test_a_change_is_followed_by_rest():
    """What is done about a change costs more than a look."""
    looked = looks_at([1 + n * 0.001 for n in range(200)], changes_at=1.015)
    assert looked[:2] == [1.015, 1.115]


def test_what_comes_while_it_rests_is_looked_after():
    """Nothing is lost: the last look comes when everything must be there."""
    assert looks_at([1.0, 1.1], changes_at=1.015) == [1.015, 1.115, 1.13, 1.16, 1.2]


@pytest.mark.parametrize("quiet", [0.0, 2.0])
def test_the_quiet_while_moves_the_last_look_only(quiet):
    """Whatever the setting, a commit is seen soon, and looked for until it must be there."""
    looked = looks_at([1.0], quiet)
    assert looked[0] == 1.015
    assert looked[-1] == 1.0 + max(quiet, 4 * SOON)


def test_what_is_cancelled_is_not_looked_at():
    """A folder that is closed."""
    loop, looked = FakeLoop(), []
    glances = Glances(lambda: looked.append(1), loop, QUIET)
    glances()
    glances.cancel()
    loop.advance(1)
    assert looked == []
