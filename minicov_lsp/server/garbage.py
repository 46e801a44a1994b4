"""When garbage is looked for: a look at everything stops all threads for 100 ms and more, so it waits for a quiet time.

What is read of data and texts is never garbage in cycles: counting references frees it. Looks at what is young go on.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

from minicov_lsp.server.memory import give_back

QUIET = 30.0
"""Seconds without a message after which nobody is expected to wait for an answer."""
_NEVER = 1_000_000_000
"""Looks at what is young after which the collector would look at everything."""


def spare_the_loop() -> None:
    """Leave out what was imported, and everything that has grown old, from now on; looking may have been off so far."""
    gc.freeze()
    gc.enable()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _NEVER)


async def collect_when_quiet(
    last_message: Callable[[], float], is_busy: Callable[[], bool], quiet: float = QUIET
) -> None:
    """Look at all that has come since the last look, once in each quiet time; both are asked on the event loop."""
    loop = asyncio.get_running_loop()
    looked = loop.time()
    while True:
        await asyncio.sleep(quiet / 2)
        last = last_message()
        if looked < last < loop.time() - quiet and not is_busy():
            gc.collect()
            gc.freeze()
            give_back()
            looked = loop.time()
