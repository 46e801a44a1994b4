"""Logs of modules that rarely have anything to say: `logging`, a tenth of a command's start, comes with a message."""

from __future__ import annotations


class Log:
    """What `logging.getLogger` gives for a name, as far as it is needed, without loading it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def debug(self, message: str, *values: object) -> None:
        """Tell of one of many events."""
        import logging

        logging.getLogger(self._name).debug(message, *values, stacklevel=2)

    def info(self, message: str, *values: object) -> None:
        """Tell what explains how things go."""
        import logging

        logging.getLogger(self._name).info(message, *values, stacklevel=2)

    def warning(self, message: str, *values: object) -> None:
        """Tell what a user can fix."""
        import logging

        logging.getLogger(self._name).warning(message, *values, stacklevel=2)
