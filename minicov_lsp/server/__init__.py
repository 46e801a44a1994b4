"""The language server; nothing else in this project speaks LSP."""
