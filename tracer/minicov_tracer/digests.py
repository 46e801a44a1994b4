"""BLAKE2b and SHA-256 without `hashlib`, which loads OpenSSL: milliseconds and megabytes in each measured process.

Where it is loaded anyway its SHA-256 takes a fifth of the time.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import blake2b, sha256
else:
    try:
        from _blake2 import blake2b

        if "_hashlib" in sys.modules:
            from hashlib import sha256
        elif sys.version_info >= (3, 12):
            from _sha2 import sha256
        else:
            from _sha256 import sha256
    except ImportError:  # another interpreter than CPython, or one built without them
        from hashlib import blake2b, sha256

__all__ = ["blake2b", "sha256"]
