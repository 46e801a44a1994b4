"""What all report commands do: choose the files, merge what is unmerged, write, hold the total against a threshold."""

from __future__ import annotations

import argparse
import contextlib
import gc
from collections.abc import Iterator, Mapping, Sequence

from minicov_lsp.commands.command import MISUSED, listed, note, project_for, warn
from minicov_lsp.commands.merging import merge_unmerged
from minicov_lsp.commands.progress import progress_bar
from minicov_lsp.config import MOST_DECIMALS, Config
from minicov_lsp.config.values import COLUMNS
from minicov_lsp.metrics.numbers import display, fail_under_precision, is_under
from minicov_lsp.model import MeasuredFile
from minicov_lsp.project import Project
from minicov_lsp.reporters.reporter import STANDARD_OUTPUT, Report, Reporter


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """The options of every report command; `report_overrides` gives what they say."""
    parser.add_argument("--include", type=listed, metavar="GLOB,…", help="report only on these files")
    parser.add_argument("--omit", type=listed, metavar="GLOB,…", help="leave these files out")
    parser.add_argument(
        "--contexts",
        type=listed,
        metavar="REGEX,…",
        help="count only what ran in contexts that match one",
    )
    parser.add_argument(
        "-i",
        "--ignore-errors",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="leave out files that can't be read or parsed",
    )
    parser.add_argument(
        "--fail-under", type=percentage, metavar="N", help="exit with 2 if the total is less, in percent"
    )
    parser.add_argument("--precision", type=decimals, metavar="N", help="decimals of percentages")
    parser.add_argument("--diff", metavar="REF", help="report only on lines that changed since this git commit")


def add_table_options(parser: argparse.ArgumentParser) -> None:
    """The options of reports that are one table; `table_overrides` gives what they say."""
    switch = argparse.BooleanOptionalAction
    parser.add_argument("-m", "--show-missing", action=switch, default=None, help="list what is missing")
    parser.add_argument("--skip-covered", action=switch, default=None, help="leave out files without a gap")
    parser.add_argument("--skip-empty", action=switch, default=None, help="leave out files without a statement")
    parser.add_argument(
        "--sort", type=column, metavar="COLUMN", help=f"{', '.join(COLUMNS)}; - before it for the reverse"
    )


def table_overrides(options: argparse.Namespace) -> dict[str, object]:
    """Fields of Config that `add_table_options` are about; None where nothing was said."""
    return {
        "show_missing": options.show_missing,
        "skip_covered": options.skip_covered,
        "skip_empty": options.skip_empty,
        "sort": options.sort,
    }


def report_overrides(options: argparse.Namespace) -> dict[str, object]:
    """Fields of Config that `add_report_options` are about; None where nothing was said."""
    return {
        "report_include": options.include,
        "report_omit": options.omit,
        "report_contexts": options.contexts,
        "ignore_errors": options.ignore_errors,
        "fail_under": options.fail_under,
        "precision": options.precision,
    }


def make_reports(
    options: argparse.Namespace, reporters: Sequence[Reporter], output: str | None, overrides: Mapping[str, object]
) -> int:
    """Write one or several reports and give the exit status. Raises MinicovError or OSError."""
    project = project_for(options, {**report_overrides(options), **overrides})
    merge_unmerged(options, project)
    config = project.config
    changed = None
    if options.diff is not None:
        from minicov_lsp.commands.changed_lines import changed_files  # asks git and compares texts

        with progress_bar(options, f"Looking for what changed since {options.diff}") as progress:
            changed = tuple(changed_files(project, options.diff, progress))
        if not changed:
            note(options, f"no statement that was measured changed since {options.diff}, so there is nothing to report")
            return 0
    totals = []
    for reporter in reporters:
        target = output or reporter.target(config)
        totals.append(_make_report(options, project, reporter, target, changed))
        if target != STANDARD_OUTPUT:
            note(options, f"wrote the {reporter.title} to {target}")
    return max(_threshold(total, config) for total in totals)


def _make_report(
    options: argparse.Namespace,
    project: Project,
    reporter: Reporter,
    target: str,
    changed: Sequence[MeasuredFile] | None,
) -> float:
    """Write one report: of all files, or of what `changed`; the total in percent."""
    with progress_bar(options, f"Writing the {reporter.title}") as progress, _uncollected():
        has_branches, has_conditions = project.what_was_measured()
        report = Report(
            project.measured_files(progress) if changed is None else changed,
            has_branches,
            project.config,
            project.root,
            has_conditions,
            (lambda purpose, make: project.each(purpose, make, progress)) if changed is None else None,
        )
        return reporter.write(report, target)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles meanwhile: it would go over syntax trees again and again, which are large and have none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _threshold(total: float, config: Config) -> int:
    """The exit status that a total deserves; says so where it is too little."""
    if not is_under(total, config.fail_under, config.precision):
        return 0
    precision = fail_under_precision(config.fail_under, config.precision)
    # Rounded as it was compared, but 100 only for all of it.
    shown = display(total, precision) if config.fail_under == 100 else f"{round(total, precision):.{precision}f}"
    warn(f"the total of {shown}% is less than fail-under={config.fail_under:.{precision}f}%")
    return MISUSED


def percentage(text: str) -> float:
    """An option's number from 0 to 100. Raises ArgumentTypeError."""
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 100")
    return value


def decimals(text: str) -> int:
    """An option's number of decimals. Raises ArgumentTypeError."""
    if not text.isdecimal() or len(text) > 9 or int(text) > MOST_DECIMALS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of decimals, from 0 to {MOST_DECIMALS}")
    return int(text)


def column(text: str) -> str:
    """A column to sort by. Raises ArgumentTypeError."""
    if text.lower().removeprefix("-").removeprefix("+") not in COLUMNS:
        raise argparse.ArgumentTypeError(f"can't sort by {text!r}; choose from {', '.join(COLUMNS)}")
    return text.lower()
