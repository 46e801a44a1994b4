"""Writes the generated parts of the documentation anew: the README's picture of the gutter."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent
README = DOCS.parent / "README.md"
PICTURE = re.compile(r"(<!-- picture: -->\n```text\n).*?(```\n<!-- :picture -->)", re.DOTALL)


def picture() -> str:
    """What the demo shows of the sample's source, without colours: signs, numbers, text, legend and summary."""
    with tempfile.TemporaryDirectory() as folder:
        shown = subprocess.run(
            [sys.executable, DOCS / "demo", "--folder", Path(folder) / "basket"],
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "120"},
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=True,
        ).stdout
    _, _, rest = shown.partition("as the gutter shows it now\n\n")
    drawn, _, _ = rest.partition("\n\nNow in your editor")
    return drawn + "\n"


def main() -> None:
    """Write each generated part into its page."""
    text = README.read_text("utf-8")
    drawn = picture()
    README.write_text(PICTURE.sub(lambda found: found[1] + drawn + found[2], text), "utf-8")
    print(f"{README.name}: the picture of the gutter")


if __name__ == "__main__":
    main()
