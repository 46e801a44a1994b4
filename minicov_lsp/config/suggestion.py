"""What to write into `[paths]` when nothing that was recorded elsewhere is found here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath

_HERE = (".", "src", "lib")
"""Folders of a project that packages usually are in."""
_MOST_LOOKED_AT = 200


def suggest_alias(recorded: Iterable[str], root: Path, exists: Callable[[Path], bool] = Path.is_file) -> str:
    """A line for `[paths]` that finds the most of these paths, of which none is here; "" where none would help.

    A path ends, from some folder on, as that of a file here does; what is before that is where the folder was.
    """
    found: Counter[tuple[str, str]] = Counter()
    for path in list(recorded)[:_MOST_LOOKED_AT]:
        place = _place(PureWindowsPath(path) if "\\" in path else PurePosixPath(path), root, exists)
        if place is not None:
            found[place] += 1
    if not found:
        return ""
    ((here, there), _) = found.most_common(1)[0]
    return f'source = ["{here}", "{there}"]'.replace("\\", "\\\\")


def _place(path: PurePosixPath | PureWindowsPath, root: Path, exists: Callable[[Path], bool]) -> tuple[str, str] | None:
    """(folder here, the same folder there) for the longest end of a path that is here."""
    parts = path.parts
    for start in range(1, len(parts)):
        for here in _HERE:
            if exists(Path(root, here, *parts[start:])):
                return here, str(type(path)(*parts[:start]))
    return None
