"""How long answers are written."""

import json

from minicov_lsp.server.protocol import written


def test_what_is_written_in_pieces_is_the_same_json():
    """Lists of any length, inside of objects or not; lone surrogates and all else in ASCII."""
    for value in (
        None,
        "ü\ud800",
        [],
        {},
        [[]],
        list(range(64)),
        list(range(65)),
        [{"a": [number, "é"]} for number in range(200)],
        {"uri": "file:///ü", "runs": [[1, 2, "covered"]] * 129, "summary": None, "more": {"items": [], "deep": [1.5]}},
    ):
        text = written(value)
        assert json.loads(text) == value
        assert text.isascii()
