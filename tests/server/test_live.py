from minicov_lsp.server.live import LONGEST_WAIT, Debounce


class FakeLoop:
    """A clock that moves when it is told to."""

    def __init__(self):
        self.now = 0.0
        self.timers = []

    def time(self):
        return self.now

    def call_at(self, when, callback):
        timer = Timer(when, callback)
        self.timers.append(timer)
        return timer

    def advance(self, seconds):
        end = self.now + seconds
        while due := sorted((each for each in self.timers if each.when <= end), key=lambda each: each.when):
            self.timers.remove(due[0])
            self.now = max(self.now, due[0].when)
            if not due[0].is_cancelled:
                due[0].callback()
        self.now = end


class Timer:
    def __init__(self, when, callback):
        self.when, self.callback, self.is_cancelled = when, callback, False

    def cancel(self):
        self.is_cancelled = True


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
