"""What a data file has of each file, by digest; with it the rows of partial files become rows of the data file.

A merge hands rows over table by table, and is given what the data file lacks.
What has a digest or key that the data file knows already is not looked at: it
adds nothing, whatever is in it. All else is checked against its digest on the way.

In C where that is built (csrc/checks), with the same results: a merge has hundreds of thousands of rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import iter_unpack
from typing import Protocol

from minicov_lsp.store.footprints import FIRST_NUMBER, NO_NUMBER, SURROGATES, keys
from minicov_lsp.store.merged_schema import FILE_SHIFT, MOST_OF_A_FILE
from minicov_tracer import seals

FootprintRow = tuple[int, int, bytes, bytes]
"""Of a partial file: id, the file's id, digest, keys of signatures."""
SignatureRow = tuple[bytes, bytes, str, int, bytes]
"""Of a partial file: key, bits, arcs, the code object's id and digest."""


class Ledger(Protocol):
    """What a data file has, and what is to be put into it. Ids are those of rows; "there" is the partial file.

    Every method that takes rows of a partial file raises TypeError, ValueError or OverflowError where one is not what
    was written; after that the ledger is of no use any more.
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
        """How many footprints and hits wait to be taken; a hit that came twice may count twice."""

    def add_footprints(self, files: dict[int, int], rows: Iterable[FootprintRow], /) -> None:
        """The footprints of another partial file; `files` are {a file's id there: its id in the data file}."""

    def take_keys(self) -> list[tuple[int, int, bytes]]:
        """(a file's id there, in the data file, keys one after the other) of new signatures, each once."""

    def add_signatures(self, file: int, rows: Iterable[SignatureRow], /) -> list[tuple[int, bytes, bytes, str, int]]:
        """Rows of new signatures of a file, whose keys were taken; what `signature` is to get, by column."""

    def take_codes(self) -> list[tuple[int, int]]:
        """(id there, id in the data file) of new code objects that the added signatures are of, each once."""

    def add_hits(self, rows: Iterable[tuple[int, bytes]], contexts: dict[int, int], /) -> tuple[int, int]:
        """Rows of `hit`; `contexts` are {id there: id in the data file, or 0 where its hits do not count}.

        What `seals.Tally` has of them: `hits` and `hit_count`.
        """

    def add_lists(self, rows: Iterable[tuple[int, str]], contexts: dict[int, int], /) -> None:
        """(id there, contexts) of footprints of a merged file."""

    def take_footprints(self) -> list[tuple[int, str, str]]:
        """What `footprint` is to get, by id: those that are new since the last call."""

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


class LedgerInPython:
    """The same in Python."""

    def __init__(self) -> None:
        self._files: dict[int, _File] = {}
        self._there: dict[int, int] = {}  # a footprint's id in the partial file: its id
        self._keys: dict[tuple[int, int], list[bytes]] = {}
        self._codes: list[tuple[int, int]] = []
        self._new: dict[int, str] = {}  # a footprint's id: signatures
        self._hits: dict[int, set[int]] = {}  # a footprint's id: contexts

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
        return len(self._new) + sum(map(len, self._hits.values()))

    def add_footprints(self, files: dict[int, int], rows: Iterable[FootprintRow], /) -> None:
        """See Ledger."""
        self._there.clear()
        for there, file_there, digest, signatures in rows:
            file = files.get(file_there)
            if file is None:
                raise ValueError(f"a footprint of file {file_there}, which is not there")
            known = self._files.setdefault(file, _File())
            number = known.footprints.get(_key(digest, seals.SIZE))
            if number is None:
                if digest != seals.footprint_digest(signatures):
                    raise ValueError("a row of table footprint is not what its digest says")
                known.last_footprint = number = _next(known.last_footprint)
                known.footprints[digest] = number
                self._new[_id(file, number)] = self._characters(file_there, file, signatures)
            if there in self._there:
                raise ValueError(f"footprint {there} is there twice")
            self._there[there] = _id(file, number)

    def _characters(self, file_there: int, file: int, signatures: bytes) -> str:
        """The characters of signatures; those that are new get one."""
        known = self._files[file]
        found = []
        for key in keys(signatures):
            number = known.signatures.get(key)
            if number is None:
                known.last_signature = number = known.signatures[key] = number_after(known.last_signature)
                self._keys.setdefault((file_there, file), []).append(key)
            found.append(chr(number))
        return "".join(found)

    def take_keys(self) -> list[tuple[int, int, bytes]]:
        """See Ledger."""
        found = [(*files, b"".join(sorted(new))) for files, new in sorted(self._keys.items())]
        self._keys.clear()
        return found

    def add_signatures(self, file: int, rows: Iterable[SignatureRow], /) -> list[tuple[int, bytes, bytes, str, int]]:
        """See Ledger."""
        known = self._files.get(file) or _File()
        found = []
        for key, bits, arcs, code_there, code_digest in rows:
            if key not in known.signatures:
                raise ValueError("a row of table signature is of no footprint")
            if not isinstance(arcs, str) or key != seals.signature_key(_key(code_digest, seals.SIZE), bits, arcs):
                raise ValueError("a row of table signature is not what its key says")
            number = known.codes.get(code_digest)
            if number is None:
                known.last_code = number = known.codes[code_digest] = _next(known.last_code)
                self._codes.append((code_there, _id(file, number)))
            found.append((_id(file, known.signatures[key]), key, bits, arcs, number))
        return sorted(found)

    def take_codes(self) -> list[tuple[int, int]]:
        """See Ledger."""
        found, self._codes = self._codes, []
        return found

    def add_hits(self, rows: Iterable[tuple[int, bytes]], contexts: dict[int, int], /) -> tuple[int, int]:
        """See Ledger."""
        _check_characters(contexts.values())
        total = count = 0
        for context_there, footprints in rows:
            context = contexts.get(context_there)
            if context is None:
                raise ValueError(f"a hit of context {context_there}, which is not there")
            if len(footprints) % 4:
                raise ValueError("a row of table hit is no list of footprints")
            for (there,) in iter_unpack("<I", footprints):
                total += context_there * 8191 + there
                count += 1
                self._hit(there, context)
        return total, count

    def add_lists(self, rows: Iterable[tuple[int, str]], contexts: dict[int, int], /) -> None:
        """See Ledger."""
        _check_characters(contexts.values())
        for there, shown in rows:
            if not isinstance(shown, str):
                raise TypeError("contexts of a footprint are no text")
            for character in shown:
                context = contexts.get(ord(character))
                if context is None:
                    raise ValueError(f"a footprint of context {ord(character)}, which is not there")
                self._hit(there, context)

    def _hit(self, there: int, context: int) -> None:
        footprint = self._there.get(there)
        if footprint is None:
            raise ValueError(f"a hit of footprint {there}, which is not there")
        if context:
            self._hits.setdefault(footprint, set()).add(context)

    def take_footprints(self) -> list[tuple[int, str, str]]:
        """See Ledger."""
        new, self._new = self._new, {}
        return [(each, new[each], _text(self._hits.pop(each, set()))) for each in sorted(new)]

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
        if number and (not FIRST_NUMBER <= number < NO_NUMBER or number in SURROGATES):
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
