"""A look at all garbage stops every thread, so it waits until nobody waits."""

import asyncio
import gc
import subprocess
import sys
import weakref

from minicov_lsp.server.garbage import collect_when_quiet


class Cycle:
    """Garbage that counting references doesn't find."""

    def __init__(self):
        self.me = self


def test_nothing_old_is_looked_at_while_the_server_works():
    """However much is made; what is young is looked at as ever."""
    program = (
        "import gc\nfrom minicov_lsp.server.garbage import spare_the_loop\nspare_the_loop()\n"
        "before = gc.get_stats()\nkept = [[number] for number in range(1_000_000)]\n"
        "print(*(now['collections'] - then['collections'] for then, now in zip(before, gc.get_stats())))\n"
    )
    young, middle, old = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout.split()
    assert int(young) > 0
    assert old == "0" or sys.version_info >= (3, 14)  # from there on it is done piece by piece
    assert middle != "0" or sys.version_info >= (3, 14)


def test_garbage_goes_in_a_quiet_time_and_not_while_something_runs():
    """A message and a run put it off."""

    async def wait(*, is_busy):
        made = Cycle()
        seen = weakref.ref(made)
        del made
        last = asyncio.get_running_loop().time() + 0.01
        task = asyncio.create_task(collect_when_quiet(lambda: last, lambda: is_busy, quiet=0.02))
        await asyncio.sleep(0.2)
        task.cancel()
        return seen() is None

    gc.disable()
    try:
        assert not asyncio.run(wait(is_busy=True))
        assert asyncio.run(wait(is_busy=False))
    finally:
        gc.enable()
        gc.unfreeze()
