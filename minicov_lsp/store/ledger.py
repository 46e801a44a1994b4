"""What a data file has of each file, by digest; with it the rows of partial files become rows of the data file.

A merge hands over chunks of rows, and is given what the data file lacks. What has
a digest or key that the data file knows already is not looked at: it adds
nothing, whatever is in it. All else is checked against its digest on the way.

In C where that is built (csrc/checks), with the same results: a merge has hundreds of thousands of rows.
"""

from collections.abc import Iterable
from itertools import chain
from struct import unpack_from
from typing import Any, NamedTuple, Protocol

from minicov_lsp.store.chunk_rows import Reader, item
from minicov_lsp.store.footprints import FIRST_NUMBER, NO_NUMBER, SURROGATES, keys
from minicov_lsp.store.merged_schema import FILE_SHIFT, MOST_OF_A_FILE
from minicov_tracer import chunks, seals

NewCode = tuple[int, bytes, str, int, str, str, str, bytes]
"""A row of `code`, by column."""
NewSignature = tuple[int, bytes, bytes, str, int]
"""A row of `signature`: id, key, bits, arcs, code."""

_MOST_FILES = 1 << (63 - FILE_SHIFT)

ROW_BYTES, HIT_BYTES = 400, 8
"""What a row that waits takes in C, on the average of code objects, signatures and footprints; and a hit."""


class Ledger(Protocol):
    """What a data file has, and what is to be put into it. "There" is a partial file, whose rows have numbers.

    Every method that takes chunks raises TypeError, ValueError or OverflowError where one is not what was written;
    after that the ledger is of no use any more.
    """

    def load(
        self,
        file: int,
        codes: Iterable[tuple[int, bytes]],
        signatures: Iterable[tuple[int, bytes]],
        footprints: Iterable[tuple[int, str]],
        /,
    ) -> None:
        """What the data file has of one of its files: (id, digest), (id, key), (id, signatures). Once for each file.

        Raises as the others do.
        """

    def size(self) -> int:
        """How many code objects, signatures and footprints are known: some 25 bytes each."""

    def waiting(self) -> int:
        """About how many bytes the rows and hits have that wait to be taken; a hit that came twice may count twice."""

    def begin(self, files: list[int], /) -> None:
        """Another partial file: the ids that its files have in the data file, by number from 1."""

    def add_codes(self, rows: bytes, /) -> None:
        """A chunk of its code objects; they are kept until it is done with."""

    def add_signatures(self, rows: bytes, /) -> None:
        """A chunk of its signatures, which are kept too."""

    def add_footprints(self, rows: bytes, /) -> None:
        """A chunk of its footprints, after all of its code objects and signatures."""

    def add_notes(self, rows: bytes, contexts: list[int], /) -> None:
        """A chunk of its notes, after all else; `contexts` are ids, by number from 1, 0 where hits do not count."""

    def add_lists(self, rows: Iterable[tuple[int, str]], contexts: dict[int, int], /) -> None:
        """(number of a footprint, contexts that left it) of a merged file; {context there: its id}."""

    def take_codes(self) -> list[Any]:
        """What `code` is to get, by id: what is new since the last call, the values of all rows one after the other."""

    def take_signatures(self) -> list[Any]:
        """What `signature` is to get, in the same form."""

    def take_footprints(self) -> list[Any]:
        """What `footprint` is to get, in the same form."""

    def take_contexts(self) -> list[tuple[int, str]]:
        """(id, contexts in order) that other footprints are to have besides theirs, by id."""


class _File:
    """What is known of a file of the data file."""

    __slots__ = ("codes", "footprints", "last_code", "last_footprint", "last_signature", "signatures")

    def __init__(self) -> None:
        self.codes: dict[bytes, int] = {}
        self.signatures: dict[bytes, int] = {}
        self.footprints: dict[bytes, int] = {}
        self.last_code = self.last_footprint = 0
        self.last_signature = FIRST_NUMBER - 1


class _Code(NamedTuple):
    """A code object there."""

    file: int
    digest: bytes
    first_line: int
    texts: list[bytes]
    """Name, Python, probes, own lines and their digest."""


class _Signature(NamedTuple):
    """A signature there."""

    code: int
    bits: bytes
    arcs: bytes


class LedgerInPython:
    """The same in Python."""

    def __init__(self) -> None:
        self._files: dict[int, _File] = {}
        self._new_codes: list[NewCode] = []
        self._new_signatures: list[NewSignature] = []
        self._new: dict[int, str] = {}  # a footprint's id: signatures
        self._hits: dict[int, set[int]] = {}  # a footprint's id: contexts
        self.begin([])

    def begin(self, files: list[int], /) -> None:
        """See Ledger."""
        if not all(0 <= file < _MOST_FILES for file in files):
            raise OverflowError("a file has too large an id")
        self._there = files
        self._codes_there: list[_Code] = []
        self._signatures_there: dict[tuple[int, bytes], _Signature] = {}
        self._footprints_there: list[int] = []  # their ids

    def load(
        self,
        file: int,
        codes: Iterable[tuple[int, bytes]],
        signatures: Iterable[tuple[int, bytes]],
        footprints: Iterable[tuple[int, str]],
        /,
    ) -> None:
        """See Ledger."""
        known = self._files[file] = _File()
        known.codes = {_key(digest, seals.SIZE): _number(code, file) for code, digest in codes}
        known.signatures = {_key(key, seals.KEY_SIZE): _number(signature, file) for signature, key in signatures}
        _check_characters(known.signatures.values())
        keys_of = {chr(number): key for key, number in known.signatures.items()}
        for footprint, shown in footprints:
            if not isinstance(shown, str) or not keys_of.keys() >= set(shown):
                raise ValueError(f"footprint {footprint} is made of signatures that are not there")
            digest = seals.footprint_digest(b"".join(sorted([keys_of[character] for character in shown])))
            known.footprints[digest] = _number(footprint, file)
        known.last_code = max(known.codes.values(), default=0)
        known.last_signature = max(known.signatures.values(), default=FIRST_NUMBER - 1)
        known.last_footprint = max(known.footprints.values(), default=0)

    def size(self) -> int:
        """See Ledger."""
        return sum(len(each.codes) + len(each.signatures) + len(each.footprints) for each in self._files.values())

    def waiting(self) -> int:
        """See Ledger."""
        rows = len(self._new_codes) + len(self._new_signatures) + len(self._new)
        return ROW_BYTES * rows + HIT_BYTES * sum(map(len, self._hits.values()))

    def add_codes(self, rows: bytes, /) -> None:
        """See Ledger."""
        reader = Reader(rows)
        while reader.is_left():
            file, first_line, *sizes, digest = reader.head(chunks.CODE_HEAD)
            self._codes_there.append(_Code(file, digest, first_line, [reader.bytes(size) for size in sizes]))

    def add_signatures(self, rows: bytes, /) -> None:
        """See Ledger."""
        reader = Reader(rows)
        while reader.is_left():
            file, code, bits, arcs, key = reader.head(chunks.SIGNATURE_HEAD)
            self._signatures_there[file, key] = _Signature(code, reader.bytes(bits), reader.bytes(arcs))

    def add_footprints(self, rows: bytes, /) -> None:
        """See Ledger."""
        reader = Reader(rows)
        while reader.is_left():
            there, count, digest = reader.head(chunks.FOOTPRINT_HEAD)
            shown = reader.bytes(count * seals.KEY_SIZE)
            file = item(self._there, there)
            known = self._files.setdefault(file, _File())
            number = known.footprints.get(digest)
            if number is None:
                if digest != seals.footprint_digest(shown):
                    raise ValueError("a footprint is not what its digest says")
                known.last_footprint = number = _next(known.last_footprint)
                known.footprints[digest] = number
                self._new[_id(file, number)] = "".join([chr(self._signature(there, file, key)) for key in keys(shown)])
            self._footprints_there.append(_id(file, number))

    def _signature(self, there: int, file: int, key: bytes) -> int:
        """The number of a signature, which the data file gets if it lacks it."""
        known = self._files[file]
        number = known.signatures.get(key)
        if number is None:
            found = self._signatures_there.get((there, key))
            if found is None:
                raise ValueError("a signature is not there, or of another file")
            code = item(self._codes_there, found.code)
            arcs = found.arcs.decode()
            if code.file != there or key != seals.signature_key(code.digest, found.bits, arcs):
                raise ValueError("a signature is not what its key says")
            known.last_signature = number = known.signatures[key] = number_after(known.last_signature)
            self._new_signatures.append((_id(file, number), key, found.bits, arcs, self._code(file, code)))
        return number

    def _code(self, file: int, code: _Code) -> int:
        """The number of a code object, which the data file gets if it lacks it."""
        known = self._files[file]
        number = known.codes.get(code.digest)
        if number is None:
            name, python, probes, own_lines = [text.decode() for text in code.texts[:4]]
            rest = name, code.first_line, python, probes, own_lines, code.texts[4]
            if code.digest != seals.code_digest(*rest):
                raise ValueError("a code object is not what its digest says")
            known.last_code = number = known.codes[code.digest] = _next(known.last_code)
            self._new_codes.append((_id(file, number), code.digest, *rest))
        return number

    def add_notes(self, rows: bytes, contexts: list[int], /) -> None:
        """See Ledger."""
        _check_characters(contexts)
        reader = Reader(rows)
        while reader.is_left():
            there, _, count, _, _ = reader.head(chunks.NOTE_HEAD)
            context = item(contexts, there)
            for footprint in unpack_from(f"<{count}I", reader.bytes(4 * count)):
                self._hit(footprint, context)

    def add_lists(self, rows: Iterable[tuple[int, str]], contexts: dict[int, int], /) -> None:
        """See Ledger."""
        _check_characters(contexts.values())
        for footprint, shown in rows:
            if not isinstance(shown, str):
                raise TypeError("contexts of a footprint are no text")
            for character in shown:
                context = contexts.get(ord(character))
                if context is None:
                    raise ValueError(f"a footprint of context {ord(character)}, which is not there")
                self._hit(footprint, context)

    def _hit(self, there: int, context: int) -> None:
        footprint = item(self._footprints_there, there)
        if context:
            self._hits.setdefault(footprint, set()).add(context)

    def take_codes(self) -> list[Any]:
        """See Ledger."""
        found, self._new_codes = sorted(self._new_codes), []
        return list(chain.from_iterable(found))

    def take_signatures(self) -> list[Any]:
        """See Ledger."""
        found, self._new_signatures = sorted(self._new_signatures), []
        return list(chain.from_iterable(found))

    def take_footprints(self) -> list[Any]:
        """See Ledger."""
        new, self._new = self._new, {}
        return [
            value
            for footprint in sorted(new)
            for value in (footprint, new[footprint], _text(self._hits.pop(footprint, set())))
        ]

    def take_contexts(self) -> list[tuple[int, str]]:
        """See Ledger."""
        hits, self._hits = self._hits, {}
        return [(each, _text(hits[each])) for each in sorted(hits)]


def _id(file: int, number: int) -> int:
    return file << FILE_SHIFT | number


def _number(row: int, file: int) -> int:
    """The number in its file of a row of the data file. Raises ValueError where it is another file's."""
    if row >> FILE_SHIFT != file:
        raise ValueError(f"row {row} is not of file {file}")
    return row & MOST_OF_A_FILE


def _check_characters(numbers: Iterable[int]) -> None:
    """Raise ValueError where a number of a signature or context stands for no character; 0 does for none."""
    for number in numbers:
        if number != 0 and (not FIRST_NUMBER <= number < NO_NUMBER or number in SURROGATES):
            raise ValueError(f"there is no character {number}")


def _key(key: bytes, size: int) -> bytes:
    """A digest or key, if it is one of so many bytes. Raises ValueError."""
    if not isinstance(key, bytes) or len(key) != size:
        raise ValueError(f"no digest of {size} bytes")
    return key


def _next(number: int) -> int:
    """The next number of a code object or footprint of a file."""
    if number >= MOST_OF_A_FILE:
        raise OverflowError("a file has too many code objects or footprints")
    return number + 1


def number_after(number: int) -> int:
    """The next code point for a signature or context; surrogates are no characters of a text. Raises OverflowError."""
    following = SURROGATES.stop if number + 1 == SURROGATES.start else number + 1
    if following >= NO_NUMBER:
        raise OverflowError("there are too many signatures of a file, or contexts")
    return following


def _text(contexts: Iterable[int]) -> str:
    return "".join(map(chr, sorted(contexts)))
