"""What a merge does for each of its many rows, in C where that is built, with the same results."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from minicov_lsp.store import chunk_rows
from minicov_lsp.store.ledger import Ledger, LedgerInPython
from minicov_tracer.cores import is_free_threaded


class Checks(NamedTuple):
    """The same in one of two languages; a damaged file may hold values of any type."""

    ledger: Callable[[], Ledger]
    """One that knows nothing."""
    files: Callable[[bytes], list[tuple[str, bytes]]]
    """(path, digest) of a chunk of files. Raises as the ledger does, as does the one below."""
    told: Callable[[Iterable[bytes], Iterable[bytes], int], list[chunk_rows.Told]]
    """What chunks of contexts and of notes tell of each context, all of a run that is given by its number."""


def _in_c() -> Checks | None:
    """What is in C, None where it wasn't built, and on a free-threaded Python, which has another ABI."""
    if is_free_threaded():
        return None
    try:
        from minicov_lsp.store import _checks
    except ImportError:
        return None
    return Checks(_checks.Ledger, _checks.files, _checks.told)


IN_PYTHON = Checks(LedgerInPython, chunk_rows.files, chunk_rows.told)
IN_C = _in_c()
CHOSEN = IN_C or IN_PYTHON
"""Those that are used."""
