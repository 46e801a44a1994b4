"""The line for `[paths]` that would find files recorded elsewhere."""

from __future__ import annotations

import pytest

from minicov_lsp.config.suggestion import suggest_alias


@pytest.fixture
def root(tmp_path):
    for name in ("src/shop/basket.py", "src/shop/cart.py", "tools/build.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("recorded", "line"),
    [
        (["/ci/7/src/shop/basket.py"], 'source = [".", "/ci/7"]'),
        (["/ci/7/tools/build.py", "/ci/7/gone.py"], 'source = [".", "/ci/7"]'),
        (["/tox/site-packages/shop/cart.py"], 'source = ["src", "/tox/site-packages"]'),
        (["C:\\build\\src\\shop\\cart.py"], 'source = [".", "C:\\\\build"]'),
        (["/x/tools/build.py", "/y/src/shop/cart.py", "/y/src/shop/basket.py"], 'source = [".", "/y"]'),
        (["/ci/7/nothing.py"], ""),
        ([], ""),
    ],
)
def test_suggestion(root, recorded, line):
    """The folder that most of the files would be found by."""
    assert suggest_alias(recorded, root) == line
