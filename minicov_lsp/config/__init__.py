"""The configuration: ours, or whatever coverage.py's files already say."""

from minicov_lsp.config.aliases import PathAliases
from minicov_lsp.config.entries import Origin
from minicov_lsp.config.reading import read_config
from minicov_lsp.config.values import MOST_DECIMALS, Config, with_options

__all__ = ["MOST_DECIMALS", "Config", "Origin", "PathAliases", "read_config", "with_options"]
