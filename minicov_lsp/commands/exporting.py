"""`minicov export`: the data in another tool's own format."""

from __future__ import annotations

import argparse
from pathlib import Path

from minicov_lsp.commands.command import listed, note, project_for
from minicov_lsp.commands.merging import merge_unmerged
from minicov_lsp.commands.progress import progress_bar
from minicov_lsp.store.exporting import export_coverage_py


class Export:
    """Writes a data file that coverage.py reads."""

    name = "export"
    help = "write the data for another tool"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what to write and of which files."""
        parser.add_argument(
            "--coveragepy", required=True, metavar="FILE", help="a data file that coverage.py's own commands read"
        )
        parser.add_argument("--include", type=listed, metavar="GLOB,…", help="write only these files")
        parser.add_argument("--omit", type=listed, metavar="GLOB,…", help="leave these files out")

    def run(self, options: argparse.Namespace) -> int:
        """Write it."""
        overrides = {"report_include": options.include, "report_omit": options.omit, "ignore_errors": True}
        project = project_for(options, overrides)
        merge_unmerged(options, project)
        target = Path(options.coveragepy)
        with progress_bar(options, "Exporting") as progress:
            measured = project.measured_files(progress)
            # coverage.py looks files up by the names that it would have given them itself.
            folder = Path() if project.config.relative_files else project.root
            files = ((str(folder / file.path), file.facts) for file in measured)
            export_coverage_py(target, files, has_branches=project.has_branches())
        note(options, f"wrote coverage.py's data file {target}")
        return 0
