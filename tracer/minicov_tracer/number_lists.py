"""Lists of numbers as short texts, out of which SQL can take a number by its place.

Each number is a character: "#" is 0, "$" is 1, and so on in the order of Unicode. Most numbers are
small, and such a character is one byte. A list with a number that no character stands for is JSON
instead, after a space.
"""

from __future__ import annotations

from minicov_tracer.plain_json import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

ZERO = 35
"""The code point that stands for 0: no quote, and no character that does something to a terminal, comes after it."""
_OF_BYTES = bytes(ZERO) + bytes(range(256 - ZERO))
"""For bytes.translate: from code points to numbers."""
LIMIT = 0xD800 - ZERO
"""No character stands for this number or a larger one: there surrogates begin, which UTF-8 does not have."""


def packed(numbers: Sequence[int]) -> str:
    """The text of a list."""
    if not numbers:
        return ""
    if min(numbers) >= 0 and max(numbers) < LIMIT:
        return "".join([chr(ZERO + number) for number in numbers])
    return f" [{','.join(map(str, numbers))}]"


def unpacked(text: str) -> list[int]:
    """The list of a text. Raises ValueError or TypeError where it is none."""
    if text.startswith(" "):
        found = loads(text[1:])
        if not isinstance(found, list) or any(type(number) is not int for number in found):
            raise ValueError("a list of numbers is damaged")
        return found
    points = text.encode("ascii") if text.isascii() else list(map(ord, text))
    if points and min(points) < ZERO:
        raise ValueError("a list of numbers is damaged")
    return list(points.translate(_OF_BYTES)) if isinstance(points, bytes) else [point - ZERO for point in points]
