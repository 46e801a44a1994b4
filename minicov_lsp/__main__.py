"""`python -m minicov_lsp …` is `minicov …`."""

import os
import sys

# `-m` puts the current folder first on sys.path: a project's own json.py must not become ours.
try:
    if not sys.flags.safe_path and sys.path and os.path.realpath(sys.path[0]) == os.path.realpath(os.curdir):
        del sys.path[0]
except FileNotFoundError:  # it was removed, so nothing of it can be imported
    pass

from minicov_lsp.cli import main

if __name__ == "__main__":
    sys.exit(main())
