"""Ctrl-C while partial files are merged."""

from __future__ import annotations

import signal
import subprocess
import sys

from minicov_lsp.store.combine import combine
from minicov_lsp.store.partials import find_partials

from .recording import lines_by_context

COMBINER = """
import os, signal, sys
from pathlib import Path
from minicov_lsp.store.combine import combine

signal.signal(signal.SIGINT, signal.default_int_handler)
asked = []

def rename(path):
    asked.append(path)
    if len(asked) == 2:
        os.kill(os.getpid(), signal.SIGINT)
    return path

try:
    combine(Path(sys.argv[1]), rename=rename)
except KeyboardInterrupt:
    print("interrupted")
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
"""


def test_signal_within_a_statement_is_no_damage(recorder, data_file):
    """A SIGINT that comes while SQLite calls one of our functions ends the merge after that partial file."""
    combine(data_file, [recorder.record({"t0": {"a.py": [2]}})])
    recorder.record({"t1": {"a.py": [2], "pkg/b.py": [8]}})
    recorder.record({"t2": {"a.py": [3], "pkg/b.py": [7]}})
    ran = subprocess.run(
        [sys.executable, "-c", COMBINER, data_file],
        capture_output=True,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (ran.stdout, ran.stderr) == ("interrupted\n", "")
    assert lines_by_context(data_file) == {"a.py": {"t0": [2], "t1": [2]}, "pkg/b.py": {"t1": [8]}}
    assert len(find_partials(data_file)) == 1
    assert combine(data_file).problems == ()
    assert lines_by_context(data_file) == {
        "a.py": {"t0": [2], "t1": [2], "t2": [3]},
        "pkg/b.py": {"t1": [8], "t2": [7]},
    }
