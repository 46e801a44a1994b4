"""The classes of lsprotocol, loaded leanly, behave as attrs makes them."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import attrs, importlib.util, sys
define = attrs.define
from minicov_lsp.server import lean_types
assert attrs.define is define
from lsprotocol import types as lean
spec = importlib.util.find_spec("lsprotocol.types")
whole = importlib.util.module_from_spec(spec)
sys.modules["whole"] = whole
spec.loader.exec_module(whole)

def made(types):
    here = types.Range(types.Position(1, 2), types.Position(3, 4))
    return (
        types.Diagnostic(here, "text", tags=[types.DiagnosticTag.Unnecessary]),
        types.Diagnostic(here, "text", tags=[types.DiagnosticTag.Unnecessary]),
        types.Diagnostic(here, "other"),
        types.CodeDescription("file:///x"),
        here,
    )

def told(types):
    objects = made(types)
    for one in objects:
        yield repr(one)
        for other in (*objects, "text", None):
            yield one == other, one != other
        try:
            yield hash(one)
        except TypeError as error:
            yield str(error)
    try:
        types.Position("1", 2)
    except (TypeError, ValueError) as error:
        yield str(error).replace("whole.", "lsprotocol.types.")

assert not hasattr(lean.Diagnostic, "__slots__") and hasattr(whole.Diagnostic, "__slots__")
assert list(told(lean)) == list(told(whole)), (list(told(lean)), list(told(whole)))
assert len(whole.Position.__init__.__globals__) > 100
for name, one in vars(whole).items():
    if isinstance(one, type) and attrs.has(one):
        other = getattr(lean, name)
        ours, theirs = [tuple((f.name, f.default, f.type, f.kw_only) for f in attrs.fields(c)) for c in (other, one)]
        assert [f[0] for f in ours] == [f[0] for f in theirs], name
        assert repr(ours) == repr(theirs).replace("whole.", "lsprotocol.types."), name
        assert len(other.__init__.__globals__) < 100, name
        assert ("__eq__" in vars(other)) and ("__repr__" in vars(other)), name
print("ok")
"""


def test_lean_classes_are_as_attrs_makes_them():
    """Fields, comparison, representation and refusals are those of the whole classes, in a process of its own."""
    shown = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert shown.stdout == "ok\n", shown.stderr
