"""`minicov lsp`: the language server."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from minicov_tracer.version import VERSION


class Lsp:
    """Starts the server that it is made with: commands don't know the server."""

    name = "lsp"
    help = "start the language server"
    takes_program = False

    def __init__(self, serve: Callable[[tuple[str, int] | None, Path | None], int]) -> None:
        self._serve = serve

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add where to listen, and where to tell what goes on."""
        parser.add_argument("--version", action="version", version=f"minicov {VERSION}")
        parser.add_argument("--stdio", action="store_true", help="talk over standard input and output, as always")
        parser.add_argument("--tcp", type=address, metavar="HOST:PORT", help="wait for one client there, for debugging")
        parser.add_argument(
            "--log-file", "--log", dest="log", type=Path, metavar="FILE", help="write what it does to this file"
        )

    def run(self, options: argparse.Namespace) -> int:
        """Serve until the client has enough."""
        return self._serve(options.tcp, options.log)


def address(text: str) -> tuple[str, int]:
    """A host and a port. Raises ArgumentTypeError."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host.strip("[]") or "127.0.0.1", int(port)
