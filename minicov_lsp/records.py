"""`dataclass` and what goes with it, as the standard library has it, for what every command imports.

The library's loads `inspect`, `ast` and `dis`, and compiles six methods for each class: a third of what a command takes
to start. record_maker.py does that when a class is first used, which most never are in one command. To type checkers
they are the library's.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass, field, fields, replace
else:
    from minicov_lsp.record_maker import dataclass, field, fields, replace

__all__ = ["dataclass", "field", "fields", "replace"]
