import sys

import pytest

from minicov_lsp.server.features.inlay_hints import inlay_hints
from minicov_lsp.server.settings import Settings

SOURCE = "def f(a, b):\n    x = a or b\n    return 'é' if a else 1\n"

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="no core sees jumps")


def test_what_never_ran_is_told_where_it_ends(snapshot, measured):
    """Within the lines that are asked for, in the client's units, and only if the user wants them."""
    made = snapshot(
        SOURCE,
        {},
        recorded=measured(SOURCE, {"": "f(1, 0)"}),
        settings=Settings(inlay_hints=True),
        encoding="utf-8",
    )
    told = [(each.position.line, each.position.character, each.label) for each in inlay_hints(made, 1, 3)]
    assert told == [(1, 14, "never evaluated"), (2, 27, "never taken")]
    assert len(inlay_hints(made, 3, 3)) == 1
    assert inlay_hints(snapshot(SOURCE, {}, recorded=measured(SOURCE, {"": "f(1, 0)"})), 1, 3) == []
