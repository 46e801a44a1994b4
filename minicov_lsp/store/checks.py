"""What a merge does for each of its many rows, in C where that is built, with the same results."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from minicov_lsp.store.ledger import Ledger, LedgerInPython
from minicov_tracer import seals
from minicov_tracer.cores import is_free_threaded


def _is_whole_code(digest: bytes, /, *row: object) -> bool:
    try:
        return digest == seals.code_digest(*row)  # type: ignore[arg-type]  # a damaged file may hold any type
    except (TypeError, AttributeError, UnicodeEncodeError):
        return False


class Checks(NamedTuple):
    """The same in one of two languages; a damaged file may hold values of any type."""

    ledger: Callable[[], Ledger]
    """One that knows nothing."""
    is_whole_code: Callable[..., bool]
    """Whether a `code` row (digest, and its other columns but the ids, in order) is what its digest says."""


def _in_c() -> Checks | None:
    """What is in C, None where it wasn't built, and on a free-threaded Python, which has another ABI."""
    if is_free_threaded():
        return None
    try:
        from minicov_lsp.store import _checks
    except ImportError:
        return None
    return Checks(_checks.Ledger, _checks.is_whole_code)


IN_PYTHON = Checks(LedgerInPython, _is_whole_code)
IN_C = _in_c()
CHOSEN = IN_C or IN_PYTHON
"""Those that are used."""
