"""A progress bar for long work: on a terminal, and nothing elsewhere."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def progress_bar(options: argparse.Namespace, title: str) -> Iterator[Callable[[int, int], None]]:
    """A function to tell (done, of) to; the bar is gone at the end."""
    if options.quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
