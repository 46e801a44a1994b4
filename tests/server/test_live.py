from minicov_lsp.server.live import LONGEST_WAIT, Debounce

from .fake_loop import FakeLoop


def acts_at(calls, quiet=0.1):
    """The times at which it acts when it is called at those times."""
    loop, acted = FakeLoop(), []
    debounce = Debounce(lambda: acted.append(round(loop.now, 3)), loop, quiet)
    for call in calls:
        loop.advance(call - loop.now)
        debounce()
    loop.advance(10)
    return acted


def test_one_call_is_acted_on_after_the_quiet_while():
    """Nothing is lost."""
    assert acts_at([1.0]) == [1.1]


def test_calls_that_come_together_are_acted_on_once():
    """After the last of them."""
    assert acts_at([1.0, 1.05, 1.1]) == [1.2]


def test_calls_without_end_are_acted_on_all_the_same():
    """At the latest so long after the first."""
    acted = acts_at([n * 0.05 for n in range(40)])
    assert acted[0] == LONGEST_WAIT
    assert len(acted) == 4


def test_calls_apart_are_acted_on_each():
    """It begins anew."""
    assert acts_at([1.0, 2.0]) == [1.1, 2.1]


def test_what_is_cancelled_is_not_acted_on():
    """A folder that is closed is not looked at."""
    loop, acted = FakeLoop(), []
    debounce = Debounce(lambda: acted.append(1), loop, 0.1)
    debounce()
    debounce.cancel()
    loop.advance(1)
    assert acted == []
