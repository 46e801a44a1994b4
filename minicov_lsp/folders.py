"""Making the folders that files of ours go into."""

from __future__ import annotations

from pathlib import Path

from minicov_lsp.errors import MinicovError


def make_folder(folder: Path, advice: str) -> None:
    """Make a folder and all that is missing above it. Raises MinicovError, with the advice, where that can't be."""
    missing = []
    try:
        while not folder.is_dir():  # a level at a time: pathlib's own way calls itself for each, and may go too deep
            missing.append(folder)
            folder = folder.parent
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
    except OSError as error:
        raise MinicovError(f"{folder}: this folder can't be made ({error.strerror}); {advice}") from error
