"""The store's figures on what a real suite left, in one run: our partial files beside coverage.py's parallel ones.

    minicov run --parallel --data OURS/.coverage.db -m pytest PART        for each part of the suite, and
    COVERAGE_FILE=THEIRS/.coverage.PART pytest --cov --cov-branch --cov-context=test PART
    python tests/bench/recorded.py OURS THEIRS [--root ROOT]

ROOT is the folder that the suite ran in. Both folders stay as they are: copies are merged, three times each, of which
the least counts.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from proportions import proportions
from store import measure, our_merge, size_of, size_of_the_same, their_merge

from minicov_lsp.store.partials import find_partials

_ROUNDS = 3


def copy_ours(recorded: Path, folder: Path) -> None:
    """Copy partial files under names of another machine's: here another process may have their process's number now."""
    for number, partial in enumerate(find_partials(recorded / ".coverage.db")):
        shutil.copy2(partial, folder / f".coverage.db.elsewhere.1.{number:08x}")


def copy_theirs(recorded: Path, folder: Path) -> None:
    """Copy coverage.py's parallel files."""
    for number, data in enumerate(sorted(recorded.glob(".coverage.*"))):
        shutil.copy2(data, folder / f".coverage.elsewhere.{number:04}")


def merged(copy: Callable[[Path, Path], None], recorded: Path, script: str, folder: Path) -> float:
    """The least CPU seconds of a merge; the last round's data file is in the folder."""
    found = []
    for _ in range(_ROUNDS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        copy(recorded, folder)
        found.append(measure(script, folder)[0])
    return min(found)


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours", type=Path)
    parser.add_argument("theirs", type=Path)
    parser.add_argument("--root", type=Path, default=Path.cwd())
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="minicov-bench-") as name:
        ours, theirs = Path(name) / "ours" / ".coverage.db", Path(name) / "theirs" / ".coverage"
        script = our_merge(str(options.root.resolve()))
        used = merged(copy_ours, options.ours, script, ours.parent)
        their_used = merged(copy_theirs, options.theirs, their_merge(), theirs.parent)
        print(f"CPU s {used:.3f}, theirs {their_used:.3f}: {their_used / used:.1f}x less")
        for title, size in (("MB", size_of), ("facts and names alone, packed, MB", size_of_the_same)):
            mb, their_mb = size(ours), size(theirs)
            print(f"{title} {mb:.2f}, theirs {their_mb:.2f}: {their_mb / mb:.1f}x less")
        print(json.dumps(proportions(ours)))


if __name__ == "__main__":
    main()
