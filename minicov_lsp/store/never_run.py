"""Files that nothing ran, in a partial file of their own, so that reports count them.

It has their texts, too, whoever else may have them: partial files are moved
apart, and what one leaves out, the data file that it gets into may lack.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from minicov_lsp.errors import DataError
from minicov_tracer import partial, sources
from minicov_tracer.naming import RunInfo


def write_never_run(path: Path, files: Iterable[Path], root: Path) -> int:
    """Write a partial file that lists files and says nothing else; how many of them could be read.

    If none could there is no file. Raises DataError where it can't be written.
    """
    listed = 0
    try:
        written = partial.PartialFile(str(path), RunInfo(str(root), "", replaces=False))
        try:
            with written.transaction():
                for file in files:
                    text = sources.read(str(file))
                    if text is not None:
                        written.file(str(file), text)
                        listed += 1
        finally:
            written.close()
        if not listed:
            path.unlink()
    except (sqlite3.Error, OSError) as error:
        raise DataError(f"{path}: can't be written ({error}); nothing was lost, try again") from error
    return listed
