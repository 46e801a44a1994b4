"""What can go wrong, in one place so that no layer needs another for its exceptions.

Each message is one line for a person: what, where (file:line), what to do.
"""


class MinicovError(Exception):
    """Anything that a command reports in one line and a server in one message."""


class ConfigError(MinicovError):
    """A configuration file or option can't be understood."""


class DataError(MinicovError):
    """A data file can't be read or written."""


class SourceError(MinicovError):
    """A source file can't be read, decoded or parsed."""


class RunError(MinicovError):
    """A program or a test run could not be started."""
