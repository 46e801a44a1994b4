"""JSON without the package `json`, which imports `re` and `enum`: that would double what it costs to start here.

CPython has the parts that do the work in C; another interpreter gives them to `json` in its own way.
"""

from __future__ import annotations

try:
    from _json import encode_basestring_ascii as quoted
    from _json import make_scanner
except ImportError:
    from json.encoder import encode_basestring_ascii as quoted
    from json.scanner import make_scanner

__all__ = ["loads", "quoted"]


class _Context:
    """What a scanner asks for: json.JSONDecoder's settings, as they are by default."""

    strict = True
    object_hook = object_pairs_hook = None
    array_hook = None  # from Python 3.15 on
    parse_float = float
    parse_int = int

    @staticmethod
    def parse_constant(name: str) -> object:
        raise ValueError(f"{name} is not JSON")


def loads(text: str) -> object:
    """What a JSON text without space around it means. Raises ValueError where it isn't one."""
    try:
        scan = make_scanner(_Context)  # type: ignore[arg-type]  # it takes anything with these attributes
    except AttributeError:  # a later Python may ask for more: starting slowly is better than not at all
        from json import loads as load

        return load(text)
    try:
        found, end = scan(text, 0)
    except StopIteration:
        end = -1
    if end != len(text):
        raise ValueError("not JSON")
    return found
