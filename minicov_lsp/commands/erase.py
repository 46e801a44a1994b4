"""`minicov erase`: the data file and everything that belongs to it."""

from __future__ import annotations

import argparse

from minicov_lsp.commands.command import note, project_for
from minicov_lsp.store.partials import find_all


class Erase:
    """Removes what runs recorded."""

    name = "erase"
    help = "remove the data file and its partial files"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """It has no options of its own."""

    def run(self, options: argparse.Namespace) -> int:
        """Remove them."""
        data_file = project_for(options).data_file
        found = find_all(data_file)
        for path in found:
            path.unlink(missing_ok=True)
        what = data_file.name if len(found) == 1 else f"{len(found)} files of {data_file.name}"
        note(options, f"removed {what}" if found else f"nothing to erase: there is no {data_file}")
        return 0
