"""Logs of modules that rarely have anything to say: `logging`, a tenth of a command's start, comes with a message."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging


class Log:
    """What `logging.getLogger` gives for a name, as far as it is needed, without loading it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def debug(self, message: str, *values: object) -> None:
        """Tell of one of many events."""
        self._logger().debug(message, *values, stacklevel=2)

    def info(self, message: str, *values: object) -> None:
        """Tell what explains how things go."""
        self._logger().info(message, *values, stacklevel=2)

    def warning(self, message: str, *values: object) -> None:
        """Tell what a user can fix."""
        self._logger().warning(message, *values, stacklevel=2)

    def _logger(self) -> logging.Logger:
        import logging

        if logging.lastResort is not None:  # what writes warnings where nobody said how
            logging.lastResort.setFormatter(logging.Formatter("minicov: %(message)s"))
        return logging.getLogger(self._name)
