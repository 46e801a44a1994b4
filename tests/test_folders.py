"""Making the folders that files of ours go into."""

from __future__ import annotations

import pytest

from minicov_lsp.errors import MinicovError
from minicov_lsp.folders import make_folder


def test_as_deep_as_a_path_may_be(tmp_path):
    """A folder may be deeper than Python may call itself; one that is there is no mistake."""
    deep = tmp_path.joinpath(*["d"] * 1_500)
    for _ in range(2):
        make_folder(deep, "")
        assert deep.is_dir()
    for folder in (deep, *deep.parents)[:1_500]:  # what removes a tree calls itself for each level, too
        folder.rmdir()


def test_why_not_and_what_to_do(tmp_path):
    """The message names the folder that can't be made, why, and what to do."""
    (tmp_path / "file").touch()
    with pytest.raises(MinicovError) as raised:
        make_folder(tmp_path / "file" / "folder" / "deeper", "name another")
    assert str(raised.value) == f"{tmp_path / 'file'}: this folder can't be made (File exists); name another"
