"""`minicov erase`: the data file and everything that belongs to it."""

from __future__ import annotations

import argparse
from pathlib import Path

from minicov_lsp.commands.command import FAILED, note, project_for, warn
from minicov_lsp.store.partials import find_all


class Erase:
    """Removes what runs recorded."""

    name = "erase"
    help = "remove the data file and its partial files"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """It has no options of its own."""

    def run(self, options: argparse.Namespace) -> int:
        """Remove them; status 1 where one stays."""
        data_file = project_for(options).data_file
        found = find_all(data_file)
        removed = sum(map(_remove, found))
        what = data_file.name if removed == 1 else f"{removed} files of {data_file.name}"
        if removed or not found:
            note(options, f"removed {what}" if found else f"nothing to erase: there is no {data_file}")
        return 0 if removed == len(found) else FAILED


def _remove(path: Path) -> bool:
    """Remove a file; False, after a word on it, where that isn't possible."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        warn(f"{path}: can't be removed ({error.strerror}); remove it yourself")
        return False
    return True
