"""The language server; nothing else in this project speaks LSP."""

from minicov_lsp.server import lean_types

lean_types.load()  # before a module of this package imports them
