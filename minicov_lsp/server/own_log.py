"""Where the server's log goes: to standard error no more than warnings, which editors keep; all of it to who asks."""

from __future__ import annotations

import logging
from pathlib import Path

LOG = logging.getLogger("minicov_lsp")
"""Everything of ours."""


def log_to(file: Path) -> None:
    """Write everything to a file. Raises OSError."""
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    spare_standard_error()
    logging.getLogger().addHandler(handler)
    LOG.setLevel(logging.DEBUG)


def spare_standard_error() -> None:
    """Write no more than before to standard error when more is logged."""
    root = logging.getLogger()
    for other in root.handlers:
        if type(other) is logging.StreamHandler:
            other.setLevel(max(other.level, root.getEffectiveLevel(), logging.WARNING))
