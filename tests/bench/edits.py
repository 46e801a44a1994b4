"""How long it takes to analyse a text again after a one-line edit, in ms of CPU: median and slowest of many edits.

    python tests/bench/edits.py [FILE…]

Without files it takes modules of the standard library, cut to about 1,000 and 5,000 lines at a definition. Each edit
puts a statement behind a random line inside a function or method, as the editor's keystrokes do, and is undone again.
"""

from __future__ import annotations

import ast
import random
import statistics
import sys
import sysconfig
import time
from pathlib import Path

from minicov_lsp.source.exclusion import ExclusionRules
from minicov_lsp.source.parser import parse
from minicov_lsp.source.splicing import Reparser

EDITS = 60
MODULES = (("argparse.py", 1000), ("tarfile.py", 1000), ("turtle.py", 4200), ("_pydecimal.py", 5700))


def cut(text: str, lines: int) -> str:
    """The whole definitions of a text that fit into so many lines."""
    ends = [node.end_lineno or 0 for node in ast.parse(text).body if (node.end_lineno or 0) <= lines]
    return "".join(text.splitlines(keepends=True)[: max(ends, default=lines)])


def edits(text: str, chosen: random.Random) -> list[str]:
    """The text with one line more, at random places where a simple statement ends inside a function."""
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    simple = ast.Assign | ast.Expr | ast.AugAssign
    places = [each for function in functions for each in function.body[1:] if isinstance(each, simple)]
    lines = text.splitlines(keepends=True)
    found = []
    for place in chosen.sample(places, min(EDITS, len(places))):
        at = place.end_lineno or place.lineno
        found.append("".join([*lines[:at], " " * place.col_offset + "edited = 1\n", *lines[at:]]))
    return found


def measure(name: str, text: str) -> None:
    """Print how long it took, and how often all had to be analysed."""
    start = time.process_time()
    parse(text, ExclusionRules())
    whole = time.process_time() - start
    reparser = Reparser(ExclusionRules())
    reparser.parse(text)
    before = reparser.full_analyses
    taken = []
    for edited in edits(text, random.Random(1)):
        for version in (edited, text):
            start = time.process_time()
            reparser.parse(version)
            taken.append(1000 * (time.process_time() - start))
    full = reparser.full_analyses - before
    print(
        f"{name:16} {text.count(chr(10)):6} lines: whole {1000 * whole:6.0f} ms, "
        f"after an edit {statistics.median(taken):6.1f} ms, slowest {max(taken):6.1f} ms, "
        f"{full} of {len(taken)} times all of it"
    )


def main() -> None:
    """Measure the files that were named, or the standard library's."""
    if len(sys.argv) > 1:
        for name in sys.argv[1:]:
            measure(Path(name).name, Path(name).read_text())
        return
    for name, lines in MODULES:
        measure(name, cut(Path(sysconfig.get_path("stdlib"), name).read_text(), lines))


if __name__ == "__main__":
    main()
