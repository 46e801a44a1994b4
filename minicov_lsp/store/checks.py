"""Whether rows of a partial file are what their digests say: SQLite asks for each new one.

In C where that is built, with the same results: a merge asks for tens of thousands of rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from minicov_lsp.store.footprints import keys
from minicov_tracer import seals
from minicov_tracer.cores import is_free_threaded


class Seen(Protocol):
    """Keys of signatures, by file: those that footprints had."""

    def add(self, old_file: int, file: int, digest: bytes, signatures: bytes, /) -> bool:
        """Whether a `footprint` row is what its digest says; if so, what it is made of was seen from now on.

        The file is given by its row in the partial file, and in the data file. Raises TypeError or ValueError where a
        value isn't what it should be.
        """

    def take(self) -> list[tuple[int, int, bytes]]:
        """(the file's rows, key) of what was seen for the first time since the last call, in order."""

    def clear(self) -> None:
        """Forget all."""

    def number(self) -> int:
        """How many keys there are."""


class SeenInPython:
    """The same in Python."""

    def __init__(self) -> None:
        self._known: dict[int, set[bytes]] = {}
        self._new: list[tuple[int, int, bytes]] = []

    def add(self, old_file: int, file: int, digest: bytes, signatures: bytes, /) -> bool:
        """See Seen."""
        if digest != seals.footprint_digest(signatures):
            return False
        shown = keys(signatures)
        known = self._known.setdefault(file, set())
        if not known.issuperset(shown):
            new = [key for key in dict.fromkeys(shown) if key not in known]
            known.update(new)
            self._new += [(old_file, file, key) for key in new]
        return True

    def take(self) -> list[tuple[int, int, bytes]]:
        """See Seen."""
        found, self._new = sorted(self._new), []
        return found

    def clear(self) -> None:
        """See Seen."""
        self._known.clear()
        self._new.clear()

    def number(self) -> int:
        """See Seen."""
        return sum(map(len, self._known.values()))


def _is_whole_signature(key: bytes, code: bytes, bits: bytes, arcs: str, /) -> bool:
    try:
        return key == seals.signature_key(code, bits, arcs)
    except (TypeError, AttributeError):
        return False


def _is_whole_code(digest: bytes, /, *row: object) -> bool:
    try:
        return digest == seals.code_digest(*row)  # type: ignore[arg-type]  # a damaged file may hold any type
    except (TypeError, AttributeError):
        return False


class Checks(NamedTuple):
    """The checks in one of two languages; a damaged file may hold values of any type."""

    seen: Callable[[], Seen]
    """One with no keys."""
    is_whole_signature: Callable[[bytes, bytes, bytes, str], bool]
    """Whether a `signature` row (key, its code object's digest, bits, arcs) is what its key says."""
    is_whole_code: Callable[..., bool]
    """Whether a `code` row (digest, and its other columns but the ids, in order) is what its digest says."""


def _in_c() -> Checks | None:
    """The checks in C, None where they weren't built, and on a free-threaded Python, which has another ABI."""
    if is_free_threaded():
        return None
    try:
        from minicov_lsp.store import _checks
    except ImportError:
        return None
    return Checks(_checks.Seen, _checks.is_whole_signature, _checks.is_whole_code)


IN_PYTHON = Checks(SeenInPython, _is_whole_signature, _is_whole_code)
IN_C = _in_c()
CHOSEN = IN_C or IN_PYTHON
"""Those that are used."""
