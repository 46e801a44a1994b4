"""What Python's compiler says of a text by warnings, which are for who runs it and not for who looks at it."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# warnings.catch_warnings swaps a list that all threads share.
_lock = threading.RLock()


@contextmanager
def silence() -> Iterator[None]:
    """Without warnings, for one thread at a time."""
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
