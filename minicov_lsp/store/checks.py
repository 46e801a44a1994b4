"""Whether rows of a partial file are what their digests say: SQLite asks for each new one.

In C where that is built, with the same results: a merge asks for tens of thousands of rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from minicov_lsp.store.footprints import FIRST_NUMBER, NO_NUMBER, SURROGATES, keys
from minicov_tracer import seals
from minicov_tracer.cores import is_free_threaded


class Seen(Protocol):
    """Keys of signatures, by file: those that footprints had. Each has a number, the code point of a character."""

    def add(self, old_file: int, file: int, digest: bytes, signatures: bytes, /) -> bool:
        """Whether a `footprint` row is what its digest says; if so, what it is made of was seen from now on.

        The file is given by its row in the partial file, and in the data file. Raises TypeError or ValueError where a
        value isn't what it should be.
        """

    def load(self, file: int, key: bytes, number: int, /) -> None:
        """A signature that the data file has; before footprints of that file come. Raises TypeError or ValueError."""

    def characters(self, file: int, signatures: bytes, /) -> str:
        """The characters of signatures that were seen, in their order."""

    def take(self) -> list[tuple[int, int, bytes, int]]:
        """(the file's rows, key, number) of what was seen for the first time since the last call, in order."""

    def clear(self) -> None:
        """Forget all."""

    def number(self) -> int:
        """How many keys there are."""


class SeenInPython:
    """The same in Python."""

    def __init__(self) -> None:
        self._known: dict[int, dict[bytes, int]] = {}
        self._last: dict[int, int] = {}
        self._new: list[tuple[int, int, bytes, int]] = []

    def add(self, old_file: int, file: int, digest: bytes, signatures: bytes, /) -> bool:
        """See Seen."""
        if digest != seals.footprint_digest(signatures):
            return False
        shown = keys(signatures)
        known = self._known.setdefault(file, {})
        for key in shown:
            if key not in known:
                known[key] = self._last[file] = number = _number_after(self._last.get(file, FIRST_NUMBER - 1))
                self._new.append((old_file, file, key, number))
        return True

    def load(self, file: int, key: bytes, number: int, /) -> None:
        """See Seen."""
        if not FIRST_NUMBER <= number < NO_NUMBER:
            raise ValueError("no number of a signature")
        self._known.setdefault(file, {})[key] = number
        self._last[file] = max(number, self._last.get(file, 0))

    def characters(self, file: int, signatures: bytes, /) -> str:
        """See Seen."""
        known = self._known.get(file, {})
        return "".join([chr(known[key]) for key in keys(signatures) if key in known])

    def take(self) -> list[tuple[int, int, bytes, int]]:
        """See Seen."""
        found, self._new = sorted(self._new), []
        return found

    def clear(self) -> None:
        """See Seen."""
        self._known.clear()
        self._last.clear()
        self._new.clear()

    def number(self) -> int:
        """See Seen."""
        return sum(map(len, self._known.values()))


def _number_after(number: int) -> int:
    """The next number of a signature; surrogates are no characters of a text. Raises OverflowError."""
    following = SURROGATES.stop if number + 1 == SURROGATES.start else number + 1
    if following >= NO_NUMBER:
        raise OverflowError("a file has too many signatures")
    return following


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
