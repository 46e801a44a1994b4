"""The store's figures on what a real suite left, in one run: our partial files beside coverage.py's parallel ones.

    minicov run --parallel --data OURS/.coverage.db -m pytest PART        for each part of the suite, and
    COVERAGE_FILE=THEIRS/.coverage.PART pytest --cov --cov-branch --cov-context=test PART
    python tests/bench/recorded.py OURS THEIRS [--root ROOT]

ROOT is the folder that the suite ran in. Both folders stay as they are: copies are merged, three times each, of which
the least counts: by the call alone, and by the command, which starts in ROOT and reads the configuration there.
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
from store import command_cpu, measure, our_merge, size_of, size_of_the_same, their_merge

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


def least(recorded: Path, copy: Callable[[Path, Path], None], folder: Path, merge: Callable[[], float]) -> float:
    """The least CPU seconds that a merge in a folder says it took; the last round's data file is there then."""
    found = []
    for _ in range(_ROUNDS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        copy(recorded, folder)
        found.append(merge())
    return min(found)


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours", type=Path)
    parser.add_argument("theirs", type=Path)
    parser.add_argument("--root", type=Path, default=Path.cwd())
    options = parser.parse_args()
    root = options.root.resolve()
    with tempfile.TemporaryDirectory(prefix="minicov-bench-") as name:
        ours, theirs = Path(name) / "ours" / ".coverage.db", Path(name) / "theirs" / ".coverage"

        def tell(title: str, merge: Callable[[], float], merge_theirs: Callable[[], float]) -> None:
            used = least(options.ours, copy_ours, ours.parent, merge)
            their_used = least(options.theirs, copy_theirs, theirs.parent, merge_theirs)
            print(f"{title} {used:.3f}, theirs {their_used:.3f}: {their_used / used:.1f}x less")

        tell(
            "as whole processes, CPU s",
            lambda: command_cpu("minicov", ours, root, None),
            lambda: command_cpu("coverage", theirs, root, None),
        )
        tell(
            "CPU s",
            lambda: measure(our_merge(str(root)), ours.parent)[0],
            lambda: measure(their_merge(), theirs.parent)[0],
        )
        for title, size in (("MB", size_of), ("facts and names alone, packed, MB", size_of_the_same)):
            mb, their_mb = size(ours), size(theirs)
            print(f"{title} {mb:.2f}, theirs {their_mb:.2f}: {their_mb / mb:.1f}x less")
        print(json.dumps(proportions(ours)))


if __name__ == "__main__":
    main()
