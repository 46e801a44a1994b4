"""Our static analysis against coverage.py's, on the standard library of the Python that runs the tests.

MINICOV_ALL_STDLIB=1 compares every file of it (some minutes); else those that between them hold all kinds of code.
"""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path
from typing import Any

import pytest
from coverage.python import get_python_source

from minicov_tracer import sources

STDLIB = Path(sysconfig.get_path("stdlib"))

REPRESENTATIVE = """
    _collections_abc _compat_pickle _markupbase _pydecimal _pyio _strptime _weakrefset abc argparse ast
    asyncio.base_events asyncio.locks asyncio.selector_events asyncio.streams asyncio.subprocess asyncio.taskgroups
    base64 bdb bz2 calendar code codeop collections.__init__ configparser contextlib copy csv ctypes.util dataclasses
    datetime difflib dis doctest email._header_value_parser email.message enum fileinput fnmatch fractions ftplib
    functools getpass glob heapq html.parser http.client http.cookiejar idlelib.editor importlib._bootstrap inspect
    json.decoder json.encoder logging.__init__ logging.config mailbox multiprocessing.pool ntpath os pathlib pdb pickle
    pickletools platform pstats pydoc queue random re._parser sched selectors shutil site smtplib socket sqlite3.dump
    statistics string subprocess sysconfig tarfile tempfile threading tokenize trace traceback turtle types typing
    unittest.mock urllib.request uuid weakref xml.dom.minidom zipfile
""".split()  # noqa: SIM905  # a literal would have a line for each


def files() -> list[Path]:
    """The files to compare, those of them that this Python has."""
    if os.environ.get("MINICOV_ALL_STDLIB"):
        return sorted(path for path in STDLIB.rglob("*.py") if "site-packages" not in path.parts)
    found = [STDLIB.joinpath(*name.split(".")).with_suffix(".py") for name in REPRESENTATIVE]
    return [path for path in found if path.exists()]


def is_python(path: Path) -> bool:
    """Whether the interpreter itself can read a file; the standard library has some that it can't, to test itself."""
    try:
        compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("path", [pytest.param(path, id=path.relative_to(STDLIB).as_posix()) for path in files()])
def test_agrees_with_coverage(path: Path, differences: Any) -> None:
    """Statements, exclusions, arcs, branches and regions of a real module are coverage.py's."""
    if not is_python(path):
        pytest.skip("not Python, on purpose")
    text = sources.decode(path.read_bytes())
    assert differences(text, get_python_source(str(path))) == {}


def test_there_is_enough_to_compare() -> None:
    """At least sixty modules are compared on every Python."""
    assert len(files()) >= 60
