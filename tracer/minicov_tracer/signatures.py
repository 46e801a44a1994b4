"""What a core flushes, by number: a way in which a code object ran is told whole only the first time.

The C cores do this by themselves, with the same result.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

    from minicov_tracer.cores import Hits
    from minicov_tracer.interfaces import Core


class Signatures:
    """Numbers everything that a core tells."""

    def __init__(self, core: Core) -> None:
        self._core = core
        # Keys hold code objects by id; `_kept` keeps them alive, so an id stays its own.
        self._numbers: dict[tuple[int, bytes, tuple[int, ...], tuple[tuple[int, int], ...]], int] = {}
        self._kept: dict[int, CodeType] = {}

    def flush_signatures(self) -> tuple[list[bytes], list[Hits]]:
        """See `interfaces.SignatureCore`."""
        from array import array  # not at start: it imports `collections`

        groups: dict[str, list[int]] = {}
        new = []
        for found in self._core.flush():
            key = (id(found.code), found.probes, found.raised, found.arcs)
            number = self._numbers.get(key)
            if number is None:
                number = self._numbers[key] = len(self._numbers)
                self._kept[id(found.code)] = found.code
                new.append(found)
            groups.setdefault(found.code.co_filename, []).append(number)
        return [array("I", sorted(numbers)).tobytes() for numbers in groups.values()], new
