"""The text of a source file as the interpreter understood it, and its name by content.

Both sides of the wall use this one definition, so that "the text that ran" and
"the text in the editor" have the same digest exactly when they are the same text.
"""

from __future__ import annotations

import codecs
import io

MAX_SOURCE_BYTES = 64 * 1024 * 1024
"""Larger files are not kept."""


def decode(data: bytes) -> str:
    """The text of Python source: PEP 263 encoding, no byte order mark, line ends as written.

    Undecodable bytes become U+FFFD, as coverage.py reads them.
    """
    encoding = "utf-8"
    # A declaration is in the first two lines. tokenize is slow to import, so only where there may be one.
    if b"coding" in b"".join(data[:4096].splitlines(keepends=True)[:2]):
        import tokenize

        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        except (SyntaxError, LookupError):
            encoding = "utf-8"
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
        encoding = "utf-8"
    return data.decode(encoding, "replace")


def normalize(text: str) -> str:
    """The text with every line end as a line feed, as the compiler reads it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def digest(text: str) -> str:
    """The SHA-256 of the normalized text's UTF-8, in hexadecimal."""
    from minicov_tracer.digests import sha256

    return sha256(normalize(text).encode("utf-8", "surrogatepass")).hexdigest()


def read(path: str) -> str | None:
    """The normalized text of a file, or None where it can't be read or is too large."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_SOURCE_BYTES + 1)
    except (OSError, ValueError):
        return None
    return normalize(decode(data)) if len(data) <= MAX_SOURCE_BYTES else None
