"""An event loop's clock and timers, for what only asks for these."""


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
